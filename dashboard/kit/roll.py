"""The alert roll: one row per alert, the gravest first, then the newest; beyond a page the browser turns the pages."""

from collections.abc import Sequence
from typing import Any

from dash import html

from brain.model.query.alerts import AlertRow
from dashboard.kit.address import alert_address
from dashboard.kit.attributes import data
from dashboard.kit.level import is_busy, is_over, level_square, state_of
from dashboard.kit.moment import moment_text
from dashboard.kit.place import area_label, owner_of, what_of, where_of
from dashboard.panel import Screen, View

TURN_S = 8


def by_gravity(rows: Sequence[AlertRow]) -> list[AlertRow]:
    """What lasts before what has recovered; gravest first, then newest, then by id: equal rows keep their place."""
    return sorted(rows, key=lambda row: (row.recovered_ms is not None, -row.level, -row.opened_ms, row.id))


def by_closing(rows: Sequence[AlertRow]) -> list[AlertRow]:
    """The newest closed first."""
    return sorted(rows, key=lambda row: (-(row.closed_ms or row.last_ms), row.id))


def roll(rows: Sequence[AlertRow], view: View, page_size: int | None = None) -> html.Div:
    """`rows` in their order. With more than `page_size` of them the pages lie on one another: the first is shown and
    `data-turn` says after how many seconds the browser shows the next."""
    size = page_size or max(len(rows), 1)
    pages = [rows[i : i + size] for i in range(0, len(rows), size)] or [rows]
    drawn = [
        html.Div([roll_row(row, view) for row in page], className="roll", hidden=i > 0) for i, page in enumerate(pages)
    ]
    if len(drawn) == 1:
        return drawn[0]
    return html.Div(drawn, className="roll-pages", **data(turn=TURN_S))


def roll_row(row: AlertRow, view: View) -> html.A:
    address = alert_address(row.id, view)
    what: list[Any] = [what_of(row, view), html.Span(_place(row, view), className="roll-where")]
    return html.A(
        [
            level_square(row.level, view, closed=is_over(row.state)),
            html.Span(moment_text(row.opened_ms, view), className="roll-time"),
            html.Span(what, className="roll-what"),
            html.Span(owner_of(row, view), className="roll-owner", title=owner_of(row, view)),
            html.Span(state_of(row, view), className="roll-state"),
        ],
        className="roll-row busy" if is_busy(row.state) else "roll-row",
        href=address,
        **data(go=address, alert=row.id),
    )


def _place(row: AlertRow, view: View) -> str:
    """The wall has room for the area alone, and what concerns all that it shows needs no place."""
    if view.screen is not Screen.LARGE:
        return where_of(row, view)
    return "" if row.area_id == view.area.id else area_label(row.area_id, view)
