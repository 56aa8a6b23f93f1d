"""Two weeks of tickets: what came in, what was closed, what is open and late, and how many were closed in time."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.tickets import TicketTrend, Trend
from dashboard.kit.chart import graph
from dashboard.kit.interval import LEAST_N, wilson
from dashboard.kit.number import NONE, grouped
from dashboard.kit.trend import days_in_a_row
from dashboard.panel import Panel, View


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    return {"trend": TicketTrend(days=int(options["days"]))}


def build(view: View) -> list[Any]:
    trend: Trend = view.value("trend")
    words = view.tr("hotline_trend.received"), view.tr("hotline_trend.closed")
    drawn = days_in_a_row(trend.days, view, *words)
    label = view.tr("hotline_trend.chart", days=str(len(trend.days)))
    return [html.Div(_facts(trend, view), className="facts"), graph(drawn, label=label)]


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
    return view.tr("hotline_trend.title", days=str(view.options.get("days", DAYS)))


DAYS = 14
PANEL = Panel(build=build, needs=needs, title=title, is_empty=is_empty, interval_s=2.0, options={"days": DAYS})
