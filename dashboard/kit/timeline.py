"""What happened to an alert, step by step: when, what, by whom, and how long after the step before."""

from collections.abc import Sequence
from typing import Any

from dash import html

from brain.model.alert import AlertState
from brain.model.query.alerts import AlertRow, EventRow
from dashboard.kit.escape import plain
from dashboard.kit.level import is_over
from dashboard.kit.measure import measured, metric_unit
from dashboard.kit.moment import length_text, moment_text
from dashboard.kit.number import NONE
from dashboard.panel import Screen, View

ACTIONS = (
    "raise",
    "escalate",
    "ease",
    "refresh",
    "recover",
    "out_of_service",
    "no_data",
    "acknowledge",
    "dispatch",
    "handle",
    "resolve",
    "close",
    "false",
    "suppress",
    "absorb",
)
_RAISES = ("raise", "escalate")
_TO_LEVEL = ("escalate", "ease")
_AUTOMATIC = ("", "system", "rule")


def timeline(events: Sequence[EventRow], row: AlertRow, view: View, most: int = 12) -> html.Ol:
    """Oldest first; of many the first and the newest. An alert that is not over ends in a step still to come."""
    ordered = sorted(events, key=lambda event: event.at_ms)
    shown = ordered if len(ordered) <= most else [ordered[0], *ordered[-(most - 1) :]]
    steps: list[Any] = [_step(event, shown[i - 1] if i else None, row, view) for i, event in enumerate(shown)]
    if not is_over(row.state):
        steps.append(_waiting(row, view))
    return html.Ol(steps, className="timeline")


def _step(event: EventRow, before: EventRow | None, row: AlertRow, view: View) -> html.Li:
    took = "" if before is None else length_text((event.at_ms - before.at_ms) / 1000, view)
    raised = event.action in _RAISES
    said = (_level(event, view), _who(event, view), _value(event, row, view), plain(event.note, 120))
    text = [part for part in said if part]
    return html.Li(
        [
            html.Span(moment_text(event.at_ms, view, seconds=True), className="step-time"),
            html.Span(action_word(event.action, view), className="step-what"),
            html.Span(" · ".join(text), className="step-text"),
            html.Span(took, className="step-took"),
        ],
        className=f"step raise l-{(event.level or row.level).word}" if raised else "step done",
    )


def action_word(action: str, view: View) -> str:
    """An action this screen has no word for is shown as it was recorded."""
    return view.tr(f"kit.action.{action}") if action in ACTIONS else plain(action, 32)


def _level(event: EventRow, view: View) -> str:
    """To which the alert rose or came down."""
    return view.tr(f"kit.level.{event.level.word}") if event.level is not None and event.action in _TO_LEVEL else ""


def _who(event: EventRow, view: View) -> str:
    if event.actor in _AUTOMATIC:
        return view.tr("kit.actor.rule") if event.actor == "rule" else ""
    return "" if view.screen is Screen.LARGE else plain(event.actor, 40)


def _value(event: EventRow, row: AlertRow, view: View) -> str:
    if event.value is None or row.metric is None:
        return ""
    return f"{measured(row.metric, event.value)} {metric_unit(row.metric, view)}"


def _waiting(row: AlertRow, view: View) -> html.Li:
    key = "confirm" if row.state == AlertState.OPEN else "close"
    return html.Li(
        [
            html.Span(NONE, className="step-time"),
            html.Span(view.tr(f"kit.timeline.{key}"), className="step-what"),
            html.Span("", className="step-text"),
            html.Span(view.tr("kit.timeline.open"), className="step-took"),
        ],
        className="step now",
    )
