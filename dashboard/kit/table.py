"""A panel's numbers as a table to be read: cells in words of the screen, numbers to the right, units in the head."""

from datetime import datetime
from math import isfinite

import dash_bootstrap_components as dbc
from dash import html

from dashboard.kit.attributes import aria
from dashboard.kit.escape import plain
from dashboard.kit.moment import local
from dashboard.kit.number import NONE, grouped
from dashboard.panel import Cell, Column, Kind, Table, View

MOST_SHOWN = 200
_SHORT = 12  # characters that stay on one line
_FINEST = 6  # places of a number whose column does not say how many


def head_text(column: Column) -> str:
    """均值 (µg/m³)."""
    name = plain(column.name, 60)
    return f"{name} ({plain(column.unit, 20)})" if column.unit else name


def moment_of(cell: Cell, kind: Kind, view: View) -> datetime | None:
    """The moment or day of a cell, in the city's zone; None for a cell that holds none."""
    if kind not in (Kind.MOMENT, Kind.DAY) or not isinstance(cell, int | float):
        return None
    return local(round(cell), view)


def cell_text(cell: Cell, column: Column, view: View) -> str:
    """What stands in a cell on the screen; a dash for what is not known."""
    if cell is None or cell == "":
        return NONE
    at = moment_of(cell, column.kind, view)
    if at is not None:
        return f"{at:%Y-%m-%d}" if column.kind is Kind.DAY else f"{at:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, str):
        return plain(cell)
    return grouped(cell, places(cell) if column.decimals is None else column.decimals)


def places(number: float) -> int:
    """How many decimals a number was given with."""
    if not isfinite(number):
        return 0
    return len(f"{number:.{_FINEST}f}".rstrip("0").partition(".")[2])


def _cell(text: str, kind: Kind) -> html.Td:
    whole = kind is not Kind.TEXT or len(text) <= _SHORT
    return html.Td(text, className="num" if kind is Kind.NUMBER else "text-nowrap" if whole else "")


def table_of(table: Table, view: View, caption: str) -> html.Div:
    """`caption`: what the table is of, for those who hear it. Scrolls sideways where it is wider than its place."""
    head = [
        html.Th(head_text(column), scope="col", className="num" if column.kind is Kind.NUMBER else "")
        for column in table.columns
    ]
    body = [
        html.Tr(
            [_cell(cell_text(cell, column, view), column.kind) for cell, column in zip(row, table.columns, strict=True)]
        )
        for row in table.rows[:MOST_SHOWN]
    ]
    drawn = dbc.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="data")
    return html.Div(drawn, className="table-wrap", tabIndex=0, role="region", **aria(label=caption))
