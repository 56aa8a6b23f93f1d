"""What one may do with an alert, as two-tap buttons: the first tap arms, the second acts. Never red."""

from typing import Any

from dash import html

from brain.model.alert import AlertState
from brain.model.query.alerts import AlertRow
from brain.model.scope import Action
from dashboard.kit.attributes import data
from dashboard.kit.level import is_over
from dashboard.kit.place import owner_of
from dashboard.panel import Screen, View


def alert_actions(row: AlertRow, version: int, view: View) -> html.Div | None:
    """The buttons that role and state allow; None on walls and where there are none."""
    if view.screen is Screen.LARGE or is_over(row.state):
        return None
    buttons: list[Any] = []
    if row.state == AlertState.OPEN and view.scope.can(Action.ALERT_ACKNOWLEDGE):
        buttons.append(_button("acknowledge", Action.ALERT_ACKNOWLEDGE, row, version, view, "act main"))
    if view.scope.can(Action.ALERT_CLOSE):
        buttons.append(_button("close", Action.ALERT_CLOSE, row, version, view, "act"))
    if not buttons:
        return None
    if len(buttons) == 1:
        buttons[0].className += " wide"
    return html.Div([*buttons, html.P(view.tr("kit.act.note"), className="note")], className="actionbar")


def _button(name: str, action: Action, row: AlertRow, version: int, view: View, look: str) -> html.Button:
    """`data-armed` and `data-armed-note` are what it says between the two taps."""
    note = owner_of(row, view) if name == "acknowledge" else view.tr("kit.act.close_note")
    return html.Button(
        [html.Span(view.tr(f"kit.act.{name}"), className="act-label"), html.Small(note, className="act-note")],
        type="button",
        className=look,
        **data(
            act=action.value,
            target=row.id,
            version=version,
            armed=view.tr(f"kit.act.{name}_again"),
            armed_note=view.tr("kit.act.again_note"),
        ),
    )
