"""Some weeks of tickets: what came in, what was closed, what is open and late, and how many were closed in time."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.tickets import Compare, TicketTrend, Trend
from dashboard.kit.chart import graph
from dashboard.kit.delta import change_ratio, delta
from dashboard.kit.interval import LEAST_N, wilson
from dashboard.kit.moment import local
from dashboard.kit.number import NONE, grouped
from dashboard.kit.trend import days_in_a_row
from dashboard.panel import Cell, Column, Kind, Panel, Table, View


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    return {"trend": TicketTrend(int(options["days"]), Compare(options["compare"]))}


def build(view: View) -> list[Any]:
    trend: Trend = view.value("trend")
    words = view.tr("hotline_trend.received"), view.tr("hotline_trend.closed")
    drawn = days_in_a_row(trend.days, view, *words, trend.before, _compared(trend, view))
    label = view.tr("hotline_trend.chart", days=str(len(trend.days)))
    return [html.Div(_facts(trend, view), className="facts"), _against(trend, view), graph(drawn, label=label)]


def _compared(trend: Trend, view: View) -> str:
    """The word for the days compared with; "" without comparison."""
    return view.tr(f"hotline_trend.before.{view.options['compare']}") if trend.before else ""


def _against(trend: Trend, view: View) -> html.P | None:
    """All days together against those they are compared with, as far as these have data."""
    known = [(day.received, n) for day, n in zip(trend.days, trend.before, strict=False) if n is not None]
    now, before = sum(n for n, _ in known), sum(n for _, n in known)
    base = view.tr("hotline_trend.against", word=_compared(trend, view), n=grouped(before))
    change = delta(view, change_ratio(now, before), "%", base)
    return html.P(change, className="note") if change else None


def _facts(trend: Trend, view: View) -> list[html.Div]:
    late = grouped(trend.overdue_now)
    return [
        _fact(view.tr("hotline_trend.open"), grouped(trend.open_now), view.tr("hotline_trend.open_unit")),
        _fact(view.tr("hotline_trend.overdue"), late, view.tr("hotline_trend.open_unit")),
        *_on_time(trend, view),
    ]


def _fact(label: str, value: str, unit: str) -> html.Div:
    said = html.Div([value, html.Small(unit)] if unit else value, className="fact-value")
    return html.Div([html.Div(label, className="fact-label"), said], className="fact")


def _note(parts: list[str]) -> html.Div:
    """On a line of its own, broken between its parts only."""
    last = len(parts) - 1
    spans = [html.Span(part + (" · " if i < last else "")) for i, part in enumerate(parts)]
    return html.Div(spans, className="fact-note")


def _on_time(trend: Trend, view: View) -> list[html.Div]:
    """The share with n and its interval; not yet due stated apart; no share below the least n."""
    label = view.tr("hotline_trend.on_time")
    waiting = view.tr("hotline_trend.waiting", n=grouped(trend.not_yet_due_n))
    if trend.due_n < LEAST_N:
        return [_fact(label, NONE, ""), _note([view.tr("hotline_trend.few", n=grouped(trend.due_n)), waiting])]
    low, high = wilson(trend.on_time_n, trend.due_n)
    interval = f"{grouped(low * 100, 1)}–{grouped(high * 100, 1)}"
    share = grouped(trend.on_time_n / trend.due_n * 100, 1)
    note = [view.tr("hotline_trend.sure", n=grouped(trend.due_n)), view.tr("hotline_trend.interval", interval=interval)]
    return [_fact(label, share, "%"), _note([*note, waiting])]


def is_empty(view: View) -> bool:
    trend: Trend = view.value("trend")
    return not any(day.received or day.closed for day in trend.days)


def title(view: View) -> str:
    days = view.options.get("days", DAYS)
    return view.tr("hotline_trend.title_today") if days == 1 else view.tr("hotline_trend.title", days=str(days))


def rows(view: View) -> Table:
    """Day by day, oldest first."""
    trend: Trend = view.value("trend")
    unit = view.tr("hotline_trend.unit")
    columns = [Column(view.tr("hotline_trend.day"), kind=Kind.DAY)]
    columns += [Column(view.tr(f"hotline_trend.{name}"), unit, Kind.NUMBER) for name in ("received", "closed")]
    if trend.before:
        columns.append(Column(view.tr("hotline_trend.received_on", word=_compared(trend, view)), unit, Kind.NUMBER))
    columns += [Column(view.tr(f"hotline_trend.{name}")) for name in ("workday", "whole")]
    found: list[tuple[Cell, ...]] = []
    for i, day in enumerate(trend.days):
        compared = (trend.before[i],) if trend.before else ()
        marks = (view.tr(f"kit.{'yes' if mark else 'no'}") for mark in (day.workday, day.whole))
        found.append((day.day_ms, day.received, day.closed, *compared, *marks))
    counts = {"open": trend.open_now, "overdue": trend.overdue_now, "due": trend.due_n, "in_time": trend.on_time_n}
    counts |= {"not_yet_due": trend.not_yet_due_n, "no_deadline": trend.no_deadline_n}
    beside = tuple((view.tr(f"hotline_trend.{name}"), grouped(n)) for name, n in counts.items())
    ends = [f"{local(day.day_ms, view):%Y-%m-%d}" for day in (trend.days[0], trend.days[-1])] if trend.days else []
    period = view.tr("kit.period.range", start=ends[0], end=ends[1]) if ends else ""
    return Table(tuple(columns), tuple(found), beside, period, {"on_time": view.tr("hotline_trend.on_time")})


DAYS = 14
PANEL = Panel(
    build=build,
    needs=needs,
    title=title,
    is_empty=is_empty,
    interval_s=2.0,
    options={"days": DAYS, "compare": Compare.NONE.value},
    rows=rows,
    filters=("days", "compare"),
)
