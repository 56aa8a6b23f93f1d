"""Today's calls: how many, against last week's weekday or another day up to the same time, and hour by hour."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.tickets import Compare, DayOfTickets, TicketsToday
from dashboard.kit.chart import graph
from dashboard.kit.delta import change_ratio, delta
from dashboard.kit.figure import figure
from dashboard.kit.moment import local, weekday_text
from dashboard.kit.number import grouped
from dashboard.kit.trend import day_by_hour
from dashboard.panel import Cell, Column, Kind, Panel, Screen, Table, View


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    return {"day": TicketsToday(compare=Compare(options["compare"]))}


def build(view: View) -> list[Any]:
    day: DayOfTickets = view.value("day")
    change = delta(view, change_ratio(day.total, day.before_same_time), "%", _said(day, view, "base"))
    number = figure(grouped(day.total), view.tr("hotline_today.unit"))
    line = html.Div([number, html.Span(change, className="aside") if change else None], className="figure-line")
    return [line, _chart(day, view), _rest(day, view) if view.screen is not Screen.LARGE else None]


def _said(day: DayOfTickets, view: View, what: str) -> str:
    """Words for the day compared with: `what` is "base" (比上周三同时) or "before" (上周三); "" where there is none."""
    if day.before_day_ms is None:
        return ""
    return view.tr(f"hotline_today.{what}.{view.options['compare']}", weekday=weekday_text(day.before_day_ms, view))


def _chart(day: DayOfTickets, view: View) -> html.Div:
    today = view.tr("hotline_today.today")
    drawn = day_by_hour(day, view, today, view.tr("hotline_today.usual"), _said(day, view, "before"))
    return graph(drawn, label=view.tr("hotline_today.chart", total=grouped(day.total)))


def _rest(day: DayOfTickets, view: View) -> html.P:
    text = view.tr("hotline_today.rest", closed=grouped(day.closed_today), open=grouped(day.open_now))
    other = "" if day.same_kind else f" · {view.tr('hotline_today.other_kind')}"
    return html.P(f"{text}{other}", className="note")


def is_empty(view: View) -> bool:
    day: DayOfTickets = view.value("day")
    return day.total == 0


def rows(view: View) -> Table:
    """Hour by hour, the one that runs not whole; hours to come hold the comparison alone."""
    day: DayOfTickets = view.value("day")
    before = day.before_by_hour
    columns = [Column(view.tr("hotline_today.hour")), _count(view.tr("hotline_today.today"), view)]
    if before is not None:
        columns.append(_count(_said(day, view, "before"), view))
    columns += [_count(view.tr(f"hotline_today.usual_{end}"), view) for end in ("low", "high")]
    found: list[tuple[Cell, ...]] = []
    for hour, n in enumerate(day.by_hour):
        compared = () if before is None else (before[hour],)
        found.append((f"{hour:02d}:00–{hour + 1:02d}:00", n, *compared, *(day.usual[hour] or (None, None))))
    beside = [("hotline_today.total", day.total), ("hotline_today.closed", day.closed_today)]
    beside.append(("hotline_today.open", day.open_now))
    figures = [(view.tr(key), grouped(n)) for key, n in beside]
    if day.before_same_time is not None:
        figures.append((view.tr("hotline_today.same_time", day=columns[2].name), grouped(day.before_same_time)))
    names = {"total": view.tr("hotline_today.total")}
    return Table(tuple(columns), tuple(found), tuple(figures), f"{local(day.day_ms, view):%Y-%m-%d}", names)


def _count(name: str, view: View) -> Column:
    return Column(name, view.tr("hotline_today.unit"), Kind.NUMBER)


PANEL = Panel(
    build=build,
    needs=needs,
    is_empty=is_empty,
    options={"compare": Compare.WEEK.value},
    rows=rows,
    filters=("compare",),
)
