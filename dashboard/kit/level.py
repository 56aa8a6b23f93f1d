"""The square of a warning level: its colour and its character, never colour alone. Red, orange, yellow and blue are
for these and nothing else."""

from dash import html

from brain.model.alert import AlertState, Level
from brain.model.query.alerts import AlertRow
from dashboard.kit.attributes import aria
from dashboard.panel import View

_OVER = frozenset({AlertState.CLOSED, AlertState.FALSE})
_BUSY = frozenset({AlertState.DISPATCHED, AlertState.HANDLING})


def level_square(level: Level, view: View, closed: bool = False) -> html.Span:
    """`closed`: hollow, since what is over warns no longer."""
    word = view.tr(f"kit.level.{level.word}")
    return html.Span(
        view.tr(f"kit.level_mark.{level.word}"),
        className="level closed" if closed else f"level l-{level.word}",
        title=word,
        role="img",
        **aria(label=word),
    )


def state_word(state: str, view: View) -> str:
    return view.tr(f"kit.state.{AlertState(state).value}")


def state_of(row: AlertRow, view: View) -> str:
    """The state, with the word for an alert whose cause is gone and that waits for a person."""
    if row.recovered_ms is not None and not is_over(row.state):
        key = "kit.recovered.open" if row.state == AlertState.OPEN else "kit.recovered.taken"
        return view.tr(key)
    return state_word(row.state, view)


def is_over(state: str) -> bool:
    return AlertState(state) in _OVER


def is_busy(state: str) -> bool:
    """Somebody is at work on it."""
    return AlertState(state) in _BUSY
