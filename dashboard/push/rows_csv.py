"""A panel's rows as a CSV file that spreadsheets open as it is: UTF-8 with a byte order mark, in its first lines what
it is of, and no text that a spreadsheet would run as a formula."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from dashboard.kit.escape import plain
from dashboard.kit.frame import is_simulated
from dashboard.kit.place import area_name
from dashboard.kit.provenance import as_of_ms, sources_of, stamp
from dashboard.kit.table import head_text, moment_of, places
from dashboard.panel import Cell, Column, Kind, Table, View

MOST_ROWS = 10_000
_STARTERS = frozenset("=+-@\t\r\n\0＝＋－＠")  # spreadsheets take the wide ones for the narrow
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_BOM = "\ufeff"


def inert(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would read a formula; plain numbers stay."""
    risky = text[:1] in _STARTERS or text.lstrip()[:1] in _STARTERS
    return f"'{text}" if risky and not _NUMBER.fullmatch(text) else text


def rows_csv(title: str, table: Table | None, view: View) -> bytes:
    """`table` None: there is no data yet, and the file says so."""
    out = io.StringIO()
    out.write(_BOM)
    # All texts in quotes: where the list separator is a semicolon, none inside a text parts it.
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for key, text in _head(title, table, view):
        writer.writerow([view.tr(f"csv.{key}"), inert(plain(text))])
    if table is None:
        return out.getvalue().encode()
    for name, figure in table.beside:
        writer.writerow([view.tr("csv.beside"), inert(plain(name)), inert(plain(figure))])
    writer.writerow([])
    writer.writerow([inert(head_text(column)) for column in table.columns])
    for row in table.rows[:MOST_ROWS]:
        writer.writerow([_cell(cell, column, view) for cell, column in zip(row, table.columns, strict=True)])
    return out.getvalue().encode()


def _head(title: str, table: Table | None, view: View) -> Iterator[tuple[str, str]]:
    """What the rows are of. The wall clock of the file is the city's, which may be a replay."""
    yield "title", title
    yield "area", area_name(view.area.id, view)
    if table is not None and table.period:
        yield "period", table.period
    newest = as_of_ms(view)
    yield "as_of", view.tr("csv.none") if newest is None else stamp(newest, view)
    yield "source", view.tr("kit.list_comma").join(sources_of(view)) or view.tr("provenance.own")
    yield "data", view.tr("kit.simulated") if is_simulated(view) else view.tr("csv.real")
    yield "state", view.tr(f"csv.face.{view.face.value}")
    yield "made", f"{stamp(view.now_ms, view)} {view.city.tz}" + (f" {view.tr('csv.replay')}" if view.replay else "")
    if table is not None:
        n = len(table.rows)
        yield "rows", view.tr("csv.cut", shown=str(MOST_ROWS), total=str(n)) if n > MOST_ROWS else str(n)


def _cell(cell: Cell, column: Column, view: View) -> Any:
    """Numbers as numbers, moments as the city's clock shows them, nothing for what is not known."""
    if cell is None:
        return ""
    at = moment_of(cell, column.kind, view)
    if at is not None:
        return f"{at:%Y-%m-%d}" if column.kind is Kind.DAY else f"{at:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, str):
        return inert(plain(cell))
    decimals = places(cell) if column.decimals is None else column.decimals
    rounded = round(cell, decimals)
    return int(rounded) if rounded == int(rounded) and not decimals else rounded
