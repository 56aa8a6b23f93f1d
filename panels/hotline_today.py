"""Today's calls: how many, against the same weekday last week up to the same time, and hour by hour."""

from typing import Any

from dash import html

from brain.model.query.tickets import DayOfTickets, TicketsToday
from dashboard.kit.chart import graph
from dashboard.kit.delta import change_ratio, delta
from dashboard.kit.figure import figure
from dashboard.kit.moment import weekday_text
from dashboard.kit.number import grouped
from dashboard.kit.trend import day_by_hour
from dashboard.panel import Panel, Screen, View


def build(view: View) -> list[Any]:
    day: DayOfTickets = view.value("day")
    weekday = weekday_text(day.day_ms, view)
    base = view.tr("hotline_today.base", weekday=weekday)
    change = delta(view, change_ratio(day.total, day.before_same_time), "%", base)
    number = figure(grouped(day.total), view.tr("hotline_today.unit"))
    line = html.Div([number, html.Span(change, className="aside") if change else None], className="figure-line")
    return [line, _chart(day, weekday, view), _rest(day, view) if view.screen is not Screen.LARGE else None]


def _chart(day: DayOfTickets, weekday: str, view: View) -> html.Div:
    today = view.tr("hotline_today.today")
    before = view.tr("hotline_today.before", weekday=weekday)
    drawn = day_by_hour(day, view, today, view.tr("hotline_today.usual"), before)
    return graph(drawn, label=view.tr("hotline_today.chart", total=grouped(day.total)))


def _rest(day: DayOfTickets, view: View) -> html.P:
    text = view.tr("hotline_today.rest", closed=grouped(day.closed_today), open=grouped(day.open_now))
    return html.P(text, className="note")


def is_empty(view: View) -> bool:
    day: DayOfTickets = view.value("day")
    return day.total == 0


PANEL = Panel(build=build, needs={"day": TicketsToday()}, is_empty=is_empty)
