"""One device: what it is, how it is, and what it measured over any span, with its limits and its alerts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dash import html

from brain.model.history import Point
from brain.model.query.alerts import AlertRow
from brain.model.query.answer import Query
from brain.model.query.history import DeviceHistory, History, MetricLast
from brain.model.reading import DeviceState
from dashboard.kit.address import alert_address, device_address, entry_address
from dashboard.kit.attributes import aria, data
from dashboard.kit.chart import graph
from dashboard.kit.escape import plain
from dashboard.kit.level import level_square, state_of
from dashboard.kit.measure import measured, metric_name, metric_unit, shown
from dashboard.kit.moment import age, length_text, moment_text
from dashboard.kit.past import drawn_past
from dashboard.kit.place import area_name, device_label, what_of
from dashboard.kit.provenance import stamp
from dashboard.panel import Column, Kind, Panel, Screen, Table, View

_HOURS = 24
_MOST_ALERTS = 12
_CHOSEN = ("span", "from", "to", "before")
_OPTIONS = {"span": 1, "from": "", "to": "", "metric": "", "before": ""}


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    return {
        "history": DeviceHistory(
            device_id=params.get("device_id", ""),
            metric=options["metric"],
            hours=int(options["span"]) * _HOURS,
            first=_day(options["from"]),
            last=_day(options["to"]),
            before=bool(options["before"]),
        )
    }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def title(view: View) -> str:
    told: History | None = view.value("history") if "history" in view.answers else None
    return view.tr("device_history.title") if told is None else device_label(told.device, view)


def build(view: View) -> list[Any]:
    told: History = view.value("history")
    return [_facts(told, view), _metrics(told, view), *_past(told, view), *_alerts(told, view)]


def _facts(told: History, view: View) -> html.Dl:
    """What the register says, and whether it speaks."""
    device = told.device
    kind = view.city.device_kinds.get(device.kind)
    name = device.kind if kind is None else kind.en if view.lang == "en" else kind.zh
    state = view.tr(f"devices.state.{device.state.value}")
    if device.state is DeviceState.ACTIVE:
        state = f"{state} · {view.tr(f'devices.speaks.{told.speaks}')}"
    pairs: list[Any] = [
        *_pair("kind", plain(name, 40), view),
        *_pair("area", area_name(device.area_id, view), view),
        *_pair("state", state, view),
        *_pair("interval", length_text(device.interval_s, view), view),
    ]
    if told.reported_ms is not None:
        pairs += _pair("reported", age(told.reported_ms, view), view)
    entry: list[Any] = [html.Span(plain(device.id, 64))]
    if view.screen is Screen.MEDIUM:
        entry.append(html.A(view.tr("device_history.entry"), href=entry_address(device.id), className="entry"))
    return html.Dl([*pairs, *_pair("device", entry, view)], className="pairs device-facts")


def _pair(word: str, said: Any, view: View) -> list[Any]:
    return [html.Dt(view.tr(f"device_history.{word}")), html.Dd(said)]


def _metrics(told: History, view: View) -> Any:
    """All that it measures, each with its newest value; one of them is drawn."""
    if not told.metrics:
        return html.P(view.tr("device_history.silent"), className="note")
    links = [_metric(last, last.metric == told.metric, told, view) for last in told.metrics]
    return html.Div(links, className="choice metrics", role="group", **aria(label=view.tr("device_history.metrics")))


def _metric(last: MetricLast, on: bool, told: History, view: View) -> html.A | html.Span:
    kept = {name: view.params[name] for name in _CHOSEN if name in view.params}
    path = device_address(told.device.id, view, metric=last.metric.id, **kept)
    value = measured(last.metric, last.value) if last.value is not None else view.tr("devices.bad_value")
    unit = metric_unit(last.metric, view) if last.value is not None else ""
    said: list[Any] = [f"{metric_name(last.metric, view)} ", html.B(f"{value} {unit}".strip())]
    current = aria(current="true") if on else {}
    return html.A(said, href=path, **data(go=path), **current) if path else html.Span(said, **current)


def _past(told: History, view: View) -> list[Any]:
    if told.metric is None:
        return []
    parts: list[Any] = [html.P(_span_said(told, view), className="note")]
    if not told.points and not told.before:
        return [*parts, html.P(view.tr("device_history.empty"), className="face-text")]
    name = metric_name(told.metric, view)
    label = view.tr("device_history.chart", name=name, span=_span_said(told, view))
    return [graph(drawn_past(told, told.metric, view), label=label), _key(told, view), *parts]


def _key(told: History, view: View) -> html.Div:
    """What is drawn, of that only what is there."""
    marks = [("line", "mean" if told.span_s else "reading", True)]
    marks += [("band", "band", bool(told.span_s)), ("dots", "before", bool(told.before))]
    marks += [("cross", "bad", told.bad > 0), ("square", "alerts", bool(told.alerts))]
    return html.Div(
        [
            html.Span([html.I(className=name), view.tr(f"device_history.key.{word}")])
            for name, word, there in marks
            if there
        ],
        className="chart-key past-key",
    )


def _span_said(told: History, view: View) -> str:
    """From when to when, in what grain."""
    grain = length_text(told.span_s, view) if told.span_s else view.tr("device_history.single")
    span = f"{stamp(told.start_ms, view)} – {stamp(told.end_ms, view)}"
    return view.tr("device_history.span", span=span, grain=grain)


def _alerts(told: History, view: View) -> list[Any]:
    if not told.alerts:
        return []
    rows = [_alert_row(row, view) for row in told.alerts[:_MOST_ALERTS]]
    head = view.tr("device_history.alerts", n=str(told.alerts_total))
    table = html.Div(html.Table(html.Tbody(rows), className="table"), className="table-wrap")
    return [html.H3(head, className="section-title"), table]


def _alert_row(row: AlertRow, view: View) -> html.Tr:
    path = alert_address(row.id, view)
    what = html.A(what_of(row, view), href=path, **data(go=path))
    cells: list[Any] = [level_square(row.level, view), moment_text(row.opened_ms, view), what, state_of(row, view)]
    return html.Tr([html.Td(cell, className="time" if i == 1 else "") for i, cell in enumerate(cells)])


def rows(view: View) -> Table:
    told: History = view.value("history")
    unit = metric_unit(told.metric, view) if told.metric else ""
    # One place more than is shown elsewhere: a mean is finer than what it is made of.
    figures: dict[str, Any] = {"unit": unit, "kind": Kind.NUMBER}
    figures["decimals"] = told.metric.decimals + 1 if told.metric else 0
    several = bool(told.span_s)
    columns = [
        _column("begun", view, kind=Kind.MOMENT),
        *([_column("ended", view, kind=Kind.MOMENT)] if several else []),
        _column("mean" if several else "value", view, **figures),
    ]
    if several:
        columns += [_column(name, view, **figures) for name in ("low", "high")]
        columns.append(_column("count", view, kind=Kind.NUMBER))
    columns.append(_column("bad", view, kind=Kind.NUMBER))
    listed = tuple(_cells(point, told) for point in reversed(told.points))
    name = metric_name(told.metric, view) if told.metric else ""
    beside = (
        (view.tr("device_history.device"), plain(told.device.id, 64)),
        (view.tr("device_history.area"), area_name(told.device.area_id, view)),
        (view.tr("device_history.metric"), name),
    )
    return Table(tuple(columns), listed, beside, _span_said(told, view), {"history": name})


def _column(name: str, view: View, **more: Any) -> Column:
    return Column(view.tr(f"device_history.col.{name}"), **more)


def _cells(point: Point, told: History) -> tuple[Any, ...]:
    values = [point.mean, *([point.low, point.high] if told.span_s else [])]
    metric = told.metric
    in_unit = [None if metric is None else shown(metric, value) for value in values]
    if not told.span_s:
        return (point.end_ms, *in_unit, point.bad)
    return (point.start_ms, point.end_ms, *in_unit, point.count, point.bad)


PANEL = Panel(
    build=build,
    needs=needs,
    title=title,
    rows=rows,
    interval_s=10.0,
    options=_OPTIONS,
    filters=("span", "before", "metric", "from", "to"),
    of="device_id",
)
