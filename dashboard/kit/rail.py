"""The rail of a deadline: its clocks side by side; finished, running with a tick at now, still to come, or past due."""

from collections.abc import Sequence
from typing import Any

from dash import html

from brain.model.alert import Level
from brain.model.query.alerts import ClockRow
from dashboard.kit.moment import due, length_text, moment_text
from dashboard.kit.weave import weave
from dashboard.panel import View

_LONG_S = 86400


def rail(clocks: Sequence[ClockRow | None], now_ms: int, level: Level | None = None) -> html.Div:
    """One segment per clock in the order given, None for one that has not started. Of those still in time the first
    runs, the others are to come. What is past due wears `level`, that of the alert a rule raised about it."""
    segments = []
    runs = False
    for clock in clocks:
        waits = clock is None or (runs and clock.ended_ms is None and now_ms < clock.due_ms)
        segments.append(html.Span(className="todo") if clock is None or waits else _segment(clock, now_ms, level))
        runs = runs or (clock is not None and clock.ended_ms is None and now_ms < clock.due_ms)
    return html.Div(segments, className="rail")


def _segment(clock: ClockRow, now_ms: int, level: Level | None) -> html.Span:
    if clock.ended_ms is not None:
        return html.Span(className="over" if clock.ended_ms > clock.due_ms else "done")
    if now_ms >= clock.due_ms:
        name = f"run over l-{level.word}" if level is not None else "run over"
        return html.Span(html.I(style={"width": "100%"}), className=name)
    span = max(clock.due_ms - clock.started_ms, 1)
    share = min(max((now_ms - clock.started_ms) / span, 0.0), 1.0) * 100
    return html.Span(html.I(style={"width": f"{share:.1f}%"}), className="run")


def clock_rows(clocks: Sequence[ClockRow], view: View) -> html.Div:
    """Each clock with what is left of it (or how far past due it is) and its rail."""
    ordered = sorted(clocks, key=lambda clock: (clock.due_ms, clock.clock))
    return html.Div([_row(clock, view) for clock in ordered], className="clocks")


def _row(clock: ClockRow, view: View) -> html.Div:
    name = clock.name_en if view.lang == "en" and clock.name_en else clock.name
    marks: list[Any] = [html.Span(name, className="clock-what")]
    limit = view.tr("kit.clock.due", at=moment_text(clock.due_ms, view))
    if clock.provisional:
        limit = f"{limit} · {view.tr('kit.clock.provisional')}"
    marks.append(html.Span(limit, className="clock-where"))
    marks.append(html.Span(_left(clock, view), className="clock-left"))
    over = clock.ended_ms is None and view.now_ms >= clock.due_ms
    return html.Div([*marks, rail([clock], view.now_ms)], className="clock-row over" if over else "clock-row")


def _left(clock: ClockRow, view: View) -> list[Any]:
    if clock.ended_ms is not None:
        took = length_text((clock.ended_ms - clock.started_ms) / 1000, view)
        late = clock.ended_ms > clock.due_ms
        return [view.tr("kit.clock.late" if late else "kit.clock.met", took=took)]
    left_s = (clock.due_ms - view.now_ms) / 1000
    if left_s > _LONG_S:
        value = html.B(length_text(left_s, view), className="clock-value")
    else:
        value = html.B(due(clock.due_ms, view), className="clock-value")
    return weave(view.tr, "kit.clock.left" if left_s > 0 else "kit.clock.over", left=value)
