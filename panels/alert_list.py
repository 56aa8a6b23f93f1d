"""All alerts of an area: those open, gravest first, then those closed lately. Each row opens its page."""

from collections.abc import Sequence
from typing import Any

from dash import html

from brain.model.query.alerts import AlertRow, AlertRows, OpenAlerts
from dashboard.kit.address import alert_address
from dashboard.kit.alert_table import alert_table
from dashboard.kit.attributes import data
from dashboard.kit.level import is_over, level_square, state_word
from dashboard.kit.measure import measured, metric_unit
from dashboard.kit.moment import length_text, moment_text, since
from dashboard.kit.number import NONE, grouped
from dashboard.kit.place import owner_of, what_of, where_of
from dashboard.kit.roll import by_closing, by_gravity, roll
from dashboard.panel import Panel, Screen, Table, View

_COLUMNS = ("level", "opened", "what", "where", "value", "owner", "lasting", "state")
_OPEN_ON_WALL = 13  # what fits without scrolling; the head says how many there are
_CLOSED_ON_WALL = 5


def build(view: View) -> list[Any]:
    now: AlertRows = view.value("open")
    past: AlertRows = view.value("closed")
    current, over = by_gravity(now.rows), by_closing(past.rows)
    parts: list[Any] = []
    if view.screen is Screen.LARGE:
        current, over = current[:_OPEN_ON_WALL], over[:_CLOSED_ON_WALL]
    if current:
        parts.append(_rows(current, view))
    if over:
        parts.append(html.H3(view.tr("alert_list.closed", n=grouped(past.total)), className="section-title"))
        parts.append(_rows(over, view))
    return parts


def _rows(rows: Sequence[AlertRow], view: View) -> html.Div:
    return roll(rows, view) if view.screen is Screen.SMALL else _table(rows, view)


def _table(rows: Sequence[AlertRow], view: View) -> html.Div:
    head = html.Tr([html.Th(view.tr(f"alert_list.{c}"), className="num" if c == "value" else "") for c in _COLUMNS])
    body = [_row(row, view) for row in rows]
    return html.Div(html.Table([html.Thead(head), html.Tbody(body)], className="table alerts"), className="table-wrap")


def _row(row: AlertRow, view: View) -> html.Tr:
    address = alert_address(row.id, view)
    over = is_over(row.state)
    link = html.A(what_of(row, view), href=address, **data(go=address))
    times = html.Span(f" ×{row.times}", className="note") if row.times > 1 else None
    return html.Tr(
        [
            html.Td(level_square(row.level, view, closed=over)),
            html.Td(moment_text(row.opened_ms, view), className="time"),
            html.Td([link, times]),
            html.Td(where_of(row, view)),
            html.Td(_value(row, view), className="num"),
            html.Td(owner_of(row, view)),
            html.Td(_lasting(row, view), className="time"),
            html.Td(state_word(row.state, view)),
        ],
        **data(go=address, alert=row.id),
    )


def _value(row: AlertRow, view: View) -> Any:
    if row.metric is None or row.value is None:
        return NONE
    parts: list[Any] = [f"{measured(row.metric, row.value)} {metric_unit(row.metric, view)}"]
    if row.limit_value is not None:
        parts.append(html.Span(f" / {measured(row.metric, row.limit_value)}", className="note"))
    return parts


def _lasting(row: AlertRow, view: View) -> Any:
    if row.closed_ms is not None:
        return length_text((row.closed_ms - row.opened_ms) / 1000, view)
    return since(row.opened_ms, view)


def sub(view: View) -> str:
    alerts: AlertRows | None = view.answers["open"].value if "open" in view.answers else None
    return view.tr("alert_list.open", n=grouped(alerts.total)) if alerts else ""


def is_empty(view: View) -> bool:
    now: AlertRows = view.value("open")
    return not now.rows


def rows(view: View) -> Table:
    now: AlertRows = view.value("open")
    past: AlertRows = view.value("closed")
    return alert_table([*by_gravity(now.rows), *by_closing(past.rows)], view)


PANEL = Panel(
    build=build,
    needs={"open": OpenAlerts(limit=200), "closed": OpenAlerts(limit=20, closed=True)},
    sub=sub,
    is_empty=is_empty,
    interval_s=0.0,
    rows=rows,
)
