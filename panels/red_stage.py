"""The stage on the wall: while a red alert is open it covers the totals; it leaves when the alert is closed, never by
itself. Several reds take turns."""

from typing import Any

from dash import html

from brain.model.alert import Level
from brain.model.query.alerts import AlertRow, AlertRows, OpenAlerts
from dashboard.kit.address import alert_address
from dashboard.kit.attributes import data
from dashboard.kit.roll import by_gravity
from dashboard.kit.stage import stage_block, stage_class, stage_facts
from dashboard.panel import Panel, View

TURN_S = 20


def build(view: View) -> Any:
    reds = [row for row in by_gravity(view.value("alerts").rows) if row.level is Level.RED]
    if not reds:
        return None
    stages = [_stage(row, i, len(reds), view) for i, row in enumerate(reds)]
    return html.Div(stages, className="stages", **(data(turn=TURN_S) if len(stages) > 1 else {}))


def _stage(row: AlertRow, i: int, n: int, view: View) -> html.A:
    address = alert_address(row.id, view)
    count = f"{i + 1}/{n}" if n > 1 else ""
    return html.A(
        [stage_block(row, view, count), stage_facts(row, view)],
        className=stage_class(row),
        hidden=i > 0,
        href=address,
        **data(go=address, alert=row.id),
    )


def is_empty(view: View) -> bool:
    alerts: AlertRows = view.value("alerts")
    return not any(row.level is Level.RED for row in alerts.rows)


PANEL = Panel(build=build, needs={"alerts": OpenAlerts()}, is_empty=is_empty, bare=True, interval_s=0.0)
