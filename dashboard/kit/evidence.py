"""What speaks for an alert: the curve of its device against the limits, the ticket whose clock ran out, what was
done."""

from typing import Any

from dash import html

from brain.model.query.alerts import AlertDetail, CaseRow, EventSeen
from dashboard.kit.chart import graph
from dashboard.kit.devicelink import device_link
from dashboard.kit.escape import outside_link, plain
from dashboard.kit.figure import figure
from dashboard.kit.measure import metric_name, metric_unit, shown
from dashboard.kit.moment import age, moment_text
from dashboard.kit.number import grouped, signed
from dashboard.kit.rail import clock_rows
from dashboard.kit.timeline import timeline
from dashboard.kit.trend import against_limits
from dashboard.kit.weave import weave
from dashboard.panel import Screen, View

_TEN_MINUTES_MS = 600_000


def evidence_block(title: str, note: list[Any], parts: list[Any]) -> html.Section:
    head = html.Div(
        [html.H3(title, className="section-title"), html.Span(note, className="panel-age")], className="section-head"
    )
    return html.Section([head, *parts], className="alert-block")


def reading_block(detail: AlertDetail, view: View) -> list[Any]:
    """What the device measured against its limits, and how it moved in ten minutes."""
    metric = detail.series_metric or detail.row.metric
    if metric is None:
        return []
    series = [(at, shown(metric, value)) for at, value in detail.series]
    known = [(at, value) for at, value in series if value is not None]
    if not known:
        return []
    limits = [(level, value) for level, at in detail.limits if (value := shown(metric, at)) is not None]
    name = metric_name(metric, view)
    last_ms, last = known[-1]
    before = next((value for at, value in reversed(known) if at <= last_ms - _TEN_MINUTES_MS), None)
    aside = (
        view.tr("kit.evidence.ten_minutes", change=signed(last - before, metric.decimals)) if before is not None else ""
    )
    line = html.Div(
        [
            figure(grouped(last, metric.decimals), metric_unit(metric, view)),
            html.Span(aside, className="aside"),
        ],
        className="figure-line",
    )
    drawn = against_limits(series, limits, view, name, metric.decimals, detail.row.opened_ms)
    label = view.tr("kit.evidence.chart", name=name, value=grouped(last, metric.decimals))
    title = view.tr("kit.evidence.reading", name=name)
    device = [html.P(device_link(detail.device, view, metric.id), className="note")] if detail.device else []
    return [evidence_block(title, [age(last_ms, view)], [line, graph(drawn, label=label), *device])]


def case_block(detail: AlertDetail, view: View) -> list[Any]:
    """The ticket whose clock ran out, and its clocks."""
    case = detail.case
    if case is None:
        return []
    pairs: list[Any] = []
    for key, value in (
        ("number", case.number),
        ("category", category_label(case, view)),
        ("title", case.title if view.screen is not Screen.LARGE else ""),
        ("unit", case.unit_name_en if view.lang == "en" and case.unit_name_en else case.unit_name),
        ("created", moment_text(case.created_ms, view)),
    ):
        if value:
            pairs += [html.Dt(view.tr(f"kit.evidence.case.{key}")), html.Dd(plain(value))]
    clocks = [clock_rows(detail.clocks, view)] if detail.clocks else []
    head = view.tr("kit.evidence.case")
    return [evidence_block(head, [age(case.created_ms, view)], [html.Dl(pairs, className="pairs"), *clocks])]


def event_block(detail: AlertDetail, view: View, most: int = 8) -> list[Any]:
    """What the device saw, how sure it was, and a link to the picture; on a wall only when and how sure."""
    if not detail.seen:
        return []
    rows = [html.Tr(_event_cells(event, view)) for event in detail.seen[:most]]
    table = html.Div(html.Table(html.Tbody(rows), className="table"), className="table-wrap")
    device = [html.P(device_link(detail.device, view), className="note")] if detail.device else []
    return [evidence_block(view.tr("kit.evidence.event"), [age(detail.seen[0].at_ms, view)], [table, *device])]


def _event_cells(event: EventSeen, view: View) -> list[html.Td]:
    sure = "" if event.confidence is None else view.tr("kit.evidence.sure", n=grouped(event.confidence * 100))
    cells = [html.Td(moment_text(event.at_ms, view, seconds=True), className="time"), html.Td(sure, className="num")]
    if view.screen is Screen.LARGE:
        return cells
    link = outside_link(event.picture)
    # Followed by people only, and without telling the other side where they come from.
    picture = html.A(view.tr("kit.evidence.picture"), href=link, target="_blank", rel="noreferrer noopener")
    return [*cells, html.Td(plain(event.text, 80)), html.Td(picture if link else "")]


def category_label(case: CaseRow, view: View) -> str:
    name = case.category_name_en if view.lang == "en" and case.category_name_en else case.category_name
    return plain(name or case.category, 60)


def process_block(detail: AlertDetail, view: View, most: int = 12) -> list[Any]:
    recovered = detail.row.recovered_ms
    note = weave(view.tr, "kit.evidence.recovered", age=age(recovered, view)) if recovered is not None else []
    return [evidence_block(view.tr("kit.evidence.process"), note, [timeline(detail.events, detail.row, view, most)])]
