"""The stage on the wall: while a red alert is open it covers the totals, and the right column down to the alert roll
with what was done and what speaks for it. It leaves when the alert is closed or, taken up, has come down to a milder
level that still holds; never before somebody saw it. Several take turns."""

from collections.abc import Sequence
from typing import Any

from dash import html

from brain.model.query.alerts import AlertRow, RedAlert, RedAlerts
from dashboard.kit.address import alert_address
from dashboard.kit.attributes import data
from dashboard.kit.evidence import case_block, event_block, process_block, reading_block
from dashboard.kit.measure import measured, metric_unit
from dashboard.kit.place import area_label
from dashboard.kit.stage import stage_block, stage_class, stage_facts
from dashboard.panel import Panel, Screen, View

TURN_S = 20
_NEW_MS = 15_000  # so long it comes in with its six seconds of flashing; a wall that is opened later shows it still
_MOST_SEEN = 4
_MOST_STEPS = 5
_MOST_ALIKE = 4


def build(view: View) -> list[Any]:
    reds: Sequence[RedAlert] = view.value("reds")
    if not reds:
        return []
    drawn = [_turns([_stage(red, i, len(reds), view) for i, red in enumerate(reds)], "stages")]
    if view.screen is Screen.LARGE:
        sides = [html.Div(_side(red, view), className="stage-side", hidden=i > 0) for i, red in enumerate(reds)]
        drawn.append(_turns(sides, "stage-sides"))
    return drawn


def _turns(pages: list[Any], name: str) -> html.Div:
    """The browser shows the pages in turn; lists whose turns are equally long keep step."""
    return html.Div(pages, className=name, **(data(turn=TURN_S) if len(pages) > 1 else {}))


def _stage(red: RedAlert, i: int, n: int, view: View) -> html.A:
    row = red.detail.row
    address = alert_address(row.id, view)
    came_ms = max([row.opened_ms, *(event.at_ms for event in red.detail.events if event.action == "escalate")])
    return html.A(
        [stage_block(row, view, f"{i + 1}/{n}" if n > 1 else ""), stage_facts(red.detail, view, red)],
        className=f"{stage_class(row)} enter" if view.now_ms - came_ms < _NEW_MS else stage_class(row),
        hidden=i > 0,
        href=address,
        **data(go=address, alert=row.id),
    )


def _side(red: RedAlert, view: View) -> list[Any]:
    seen = event_block(red.detail, view, _MOST_SEEN)
    evidence = seen or reading_block(red.detail, view) or case_block(red.detail, view)
    return [*process_block(red.detail, view, _MOST_STEPS), *evidence, *_alike(red, view)]


def _alike(red: RedAlert, view: View) -> list[Any]:
    """Where else the same is measured: the gravest of each other area."""
    own, metric = red.detail.row, red.detail.row.metric
    others: dict[str, AlertRow] = {}
    for row in red.alike:
        if row.area_id != own.area_id and row.value is not None:
            others.setdefault(row.area_id, row)
    if metric is None or not others:
        return []
    said: list[Any] = [html.Span(view.tr("red_stage.alike"), className="text-3")]
    for row in list(others.values())[:_MOST_ALIKE]:
        value = html.B(f"{measured(metric, row.value)} {metric_unit(metric, view)}")
        said.append(html.Span([area_label(row.area_id, view), " ", value]))
    return [html.P(said, className="stage-others")]


def is_empty(view: View) -> bool:
    return not view.value("reds")


PANEL = Panel(build=build, needs={"reds": RedAlerts()}, is_empty=is_empty, bare=True, interval_s=0.0)
