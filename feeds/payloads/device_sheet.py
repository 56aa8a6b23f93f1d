"""Rows as an Excel workbook in which nothing is a formula."""

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE


def workbook(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """All cells are texts: a code keeps its zeros, and what begins with = stays a text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("devices")
    for row in (head, *rows):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
