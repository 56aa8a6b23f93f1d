"""Tables of figures as offices make them: title and unit rows above the header, one figure a row or one column per
period, area or indicator, notes below. Reads a CSV or Excel file row by row into what each figure says.

Raises BadPayload, naming file, place and what to do, for what makes the whole file unreadable.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from brain.feed import BadPayload, Rejected
from brain.model.reason import Reason
from feeds.payloads.figure_cells import half_width, is_unit
from feeds.payloads.figure_mapping import FigureMapping
from feeds.payloads.figure_periods import shown_date
from feeds.payloads.figure_rows import FigureRows, Said, refuse
from feeds.payloads.refusal import Refusal
from feeds.payloads.table_files import MAX_FIELD, TableFormat, format_of, opened_sheet
from feeds.payloads.table_text import Content, decoded

_SEARCHED = 50  # rows in which the header must stand
_UNIT_ABOVE = re.compile(r"(?:计量)?单位:([^\s,;。、()]{1,16})")
_BRACKETS = re.compile(r"(.*?)\((?:单位:)?([^()]*)\)")
_NOTE = re.compile(r"(?:注\d?|附注|备注|说明|(?:数据|资料)?来源|notes?|sources?)\s*[:：]", re.IGNORECASE)

Cells = Sequence[Any]


@dataclass(frozen=True, slots=True)
class FigureShape:
    """How the files are to be read. `header_row` 0: it is looked for."""

    format: TableFormat
    encoding: str
    delimiter: str
    sheet: str
    header_row: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class _Header:
    """`facts`: what -> position of its column; `units`: position -> unit in the header's brackets; `across`: position
    -> label of the columns that hold figures of a wide table; `unit`: what a row above the header says."""

    row: int
    labels: tuple[str, ...]
    facts: dict[str, int]
    units: dict[int, str]
    across: dict[int, str]
    unit: str


class FigureTable:
    """One file. `whole` says after `read` whether its last line was complete."""

    def __init__(self, content: Content, shape: FigureShape, mapping: FigureMapping, rows: FigureRows) -> None:
        self._content = content
        self._shape = shape
        self._mapping = mapping
        self._rows = rows
        self.whole = True

    def read(self) -> Iterator[Said | Rejected]:
        numbered = self._excel() if self._is_excel() else self._csv()
        header, rest = self._header(numbered)
        known = {at: said for at, label in header.across.items() if (said := self._known(label))}
        if self._mapping.across and not known:
            raise BadPayload(
                f"{self._content.name}:{header.row}: no header is a known {self._mapping.across}; "
                f"found: {', '.join(header.across.values())[:200]}; translate them in words"
            )
        if self._mapping.words.unknown == "refuse":
            yield from self._strangers(header, known)
        for number, cells in rest:
            yield from self._row(header, known, number, cells)

    def _is_excel(self) -> bool:
        found = format_of(self._content.name, self._shape.format)
        if found not in (TableFormat.CSV, TableFormat.EXCEL):
            raise BadPayload(f"{self._content.name}: figures are read from CSV and Excel; set format: csv or excel")
        return found is TableFormat.EXCEL

    # --- rows of cells ---
    def _csv(self) -> Iterator[tuple[int, Cells]]:
        csv.field_size_limit(MAX_FIELD)
        name = self._content.name
        text = decoded(self._content, self._shape.encoding)
        if not self._content.settled and not text.endswith(("\n", "\r")):  # a figure may be cut in the middle
            text, self.whole = text[: max(text.rfind("\n"), text.rfind("\r")) + 1], False
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._shape.delimiter)
        while True:
            line = reader.line_num + 1
            try:
                fields = next(reader, None)
            except csv.Error as error:
                raise BadPayload(f"{name}:{line}: {error}; is a quotation mark missing?") from error
            if fields is None:
                return
            yield line, fields

    def _excel(self) -> Iterator[tuple[int, Cells]]:
        with opened_sheet(self._content, self._shape.sheet, self._shape.max_bytes) as sheet:
            for number, cells in enumerate(sheet.iter_rows(), 1):
                yield number, [_excel_value(cell) for cell in cells]

    # --- header ---
    def _header(self, numbered: Iterator[tuple[int, Cells]]) -> tuple[_Header, Iterator[tuple[int, Cells]]]:
        above: list[str] = []
        nearest: tuple[int, list[str]] = (0, list(self._mapping.columns.named().values()))
        for count, (number, cells) in enumerate(numbered, 1):
            labels = tuple(_label(shown_date(cell, self._mapping.words.dates)) for cell in cells)
            header = self._as_header(number, labels, above)
            wanted = self._shape.header_row in (0, number)
            if header is not None and wanted and (header.across or not self._mapping.across):
                return header, numbered
            if header is None and wanted:
                absent = self._absent(labels)
                nearest = (number, absent) if len(absent) < len(nearest[1]) or not nearest[0] else nearest
            above.append(" ".join(label for label in labels if label))
            if count >= max(_SEARCHED, self._shape.header_row):
                break
        where = f"row {self._shape.header_row}" if self._shape.header_row else f"the first {_SEARCHED} rows"
        detail = f"{self._content.name}: no header in {where}; missing: {', '.join(nearest[1]) or 'columns of figures'}"
        raise BadPayload(f"{detail} (nearest: row {nearest[0]}); mend columns or header_row")

    def _absent(self, labels: tuple[str, ...]) -> list[str]:
        return [name for name in self._mapping.columns.named().values() if _position(labels, name) is None]

    def _as_header(self, number: int, labels: tuple[str, ...], above: list[str]) -> _Header | None:
        found = {fact: _position(labels, name) for fact, name in self._mapping.columns.named().items()}
        facts = {fact: at for fact, at in found.items() if at is not None}
        if len(facts) < len(found):
            return None
        taken = set(facts.values())
        across = (
            {at: label for at, label in enumerate(labels) if label and at not in taken} if self._mapping.across else {}
        )
        figures = [*across, *([facts["value"]] if "value" in facts else [])]
        units = {at: unit for at in figures if (unit := _unit_in(labels[at], self._mapping.words.units))}
        unit = next((said[1] for line in reversed(above) if (said := _UNIT_ABOVE.search(half_width(line)))), "")
        return _Header(number, labels, facts, units, across, unit)

    def _known(self, label: str) -> str:
        """What the header of a wide table says, as `rows` know it; "" for a stranger. An indicator is known by its
        whole label or by what stands before its unit in brackets."""
        for said in (label, _without_unit(label)):
            try:
                self._look_up(said)
            except Refusal:
                continue
            return said
        return ""

    def _look_up(self, label: str) -> None:
        across = self._mapping.across
        if across == "period":
            self._rows.period(label, label)
        elif across == "area":
            self._rows.area(label, label)
        else:
            self._rows.indicator(label, label)

    def _strangers(self, header: _Header, known: dict[int, str]) -> Iterator[Rejected]:
        for at, label in header.across.items():
            if at in known:
                continue
            try:
                self._look_up(label)
            except Refusal as refusal:
                place = f"{self._content.name}:{header.row}"
                yield refuse(Refusal(refusal.reason, f"{refusal.detail}, or set words.unknown: skip"), place, label)

    # --- figures ---
    def _row(self, header: _Header, known: dict[int, str], number: int, cells: Cells) -> Iterator[Said | Rejected]:
        place = f"{self._content.name}:{number}"
        if _says_nothing(header, cells):
            return
        if any(_label(cell) and not _label_at(header, at) for at, cell in enumerate(cells)):
            detail = "a cell stands under no header; is a delimiter not quoted?"
            yield refuse(Refusal(Reason.MALFORMED, detail), place, list(cells))
            return
        facts = {fact: _cell(cells, at) for fact, at in header.facts.items()}
        columns = {fact: header.labels[at] for fact, at in header.facts.items()}
        if not self._mapping.across:
            unit = self._unit(header, facts, header.facts["value"])
            row = dict(zip(header.labels, cells, strict=False))
            yield Said(place, facts | {"unit": unit}, columns, row)
            return
        row = {columns[fact]: cell for fact, cell in facts.items()}
        for at, said in known.items():
            value, label = _cell(cells, at), header.labels[at]
            if self._rows.is_absent(value):
                continue
            here = {self._mapping.across: said, "value": value, "unit": self._unit(header, facts, at)}
            where = {self._mapping.across: label, "value": label}
            yield Said(place, facts | here, columns | where, row | {label: value})

    def _unit(self, header: _Header, facts: dict[str, Any], at: int) -> Any:
        """The nearest to the figure wins: its row, its column, the rows above the header."""
        return facts.get("unit") or header.units.get(at) or header.unit


def _says_nothing(header: _Header, cells: Cells) -> bool:
    """An empty row, a note, or the header again at the top of a printed page."""
    first = next((text for cell in cells if (text := _label(cell))), "")
    again = all(_label(cell) == label for cell, label in zip(cells, header.labels, strict=False))
    return not first or _NOTE.match(first) is not None or again


def _cell(cells: Cells, at: int) -> Any:
    return cells[at] if at < len(cells) else None


def _label_at(header: _Header, at: int) -> str:
    return header.labels[at] if at < len(header.labels) else ""


def _excel_value(cell: Any) -> Any:
    """A cell shown in per cent is kept as a fraction of one: it is read as it is shown."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return f"{(Decimal(format(value, '.15g')) * 100).normalize():f}%"
    return value


def _label(cell: Any) -> str:
    """A cell as people read it; a year that a spreadsheet made a fraction is whole again."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _position(labels: Sequence[str], name: str) -> int | None:
    """The column of this name, else the one whose label without its unit is the name."""
    wanted = half_width(name)
    for plain in (half_width, lambda label: half_width(_without_unit(label))):
        for at, label in enumerate(labels):
            if label and plain(label) == wanted:
                return at
    return None


def _without_unit(label: str) -> str:
    found = _BRACKETS.fullmatch(half_width(label))
    return found[1] if found else label


def _unit_in(label: str, units: Mapping[str, str]) -> str:
    found = _BRACKETS.fullmatch(half_width(label))
    return found[2] if found and (found[2] in units or is_unit(found[2])) else ""
