"""Tables in files: CSV, JSON array, JSON lines, Excel. Reads what is new since `start`, row by row, text kept as text.

Raises BadPayload, naming file, place and what to do, for what makes the whole file unreadable.
"""

import csv
import difflib
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import openpyxl
import orjson

from brain.feed import BadPayload, Rejected
from brain.model.reason import Reason
from feeds.payloads.paths import MISSING, compile_path, pick
from feeds.payloads.refusal import Refusal
from feeds.payloads.table_text import Content, decoded, is_torn
from feeds.payloads.ticket_rows import Row, nested, refused

MAX_FIELD = 4_194_304  # characters of one CSV field
_EXCEL_ROWS = 1_048_576  # of a sheet; a file may claim any number, and the rows between are made up


class TableFormat(StrEnum):
    AUTO = "auto"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    EXCEL = "excel"


@dataclass(frozen=True, slots=True)
class Shape:
    """How the files are to be read. `columns` must be there, `required` in every file."""

    format: TableFormat
    encoding: str
    delimiter: str
    sheet: str
    header_row: int
    records: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    max_bytes: int


def format_of(name: str, declared: TableFormat) -> TableFormat:
    """By the ending where none is declared. Raises BadPayload."""
    if declared is not TableFormat.AUTO:
        return declared
    ending = Path(name).suffix.lower()
    known = {".csv": TableFormat.CSV, ".txt": TableFormat.CSV, ".tsv": TableFormat.CSV, ".json": TableFormat.JSON}
    known |= {".jsonl": TableFormat.JSONL, ".ndjson": TableFormat.JSONL, ".xlsx": TableFormat.EXCEL}
    if ending == ".xls":
        raise BadPayload(f"{name}: the old Excel format is not read; save it as .xlsx")
    if ending not in known:
        raise BadPayload(f"{name}: the ending tells no format; set format: csv, json, jsonl or excel")
    return known[ending]


class Table:
    """The rows of one file. After `rows` is exhausted, `end` is how far it was read, in characters of `text` (CSV, JSON
    lines; 0 for formats that are always read whole), `whole` whether to the end."""

    def __init__(self, content: Content, shape: Shape) -> None:
        self._content = content
        self._shape = shape
        self._format = format_of(content.name, shape.format)
        self.grows = self._format in (TableFormat.CSV, TableFormat.JSONL)
        self.text = "" if self._format is TableFormat.EXCEL else decoded(content, shape.encoding, self.grows)
        self._start = 0
        self.end = 0
        self.whole = True

    def start(self, at: int) -> None:
        """Begin at character `at`, the end of an earlier reading, instead of at the first row."""
        self._start = self.end = at

    def rows(self) -> Iterator[Row | Rejected]:
        match self._format:
            case TableFormat.CSV:
                return self._csv()
            case TableFormat.JSONL:
                return self._lines()
            case TableFormat.JSON:
                return self._array()
            case _:
                return self._excel()

    # --- CSV ---
    def _csv(self) -> Iterator[Row | Rejected]:
        csv.field_size_limit(MAX_FIELD)  # the library's own limit is one for all
        name = self._content.name
        header, header_end = self._csv_header()
        self.end = max(self._start, header_end)
        lines = _Lines(self.text, self.end)
        reader = csv.reader(lines, delimiter=self._shape.delimiter)
        while True:
            first_line, before = lines.number + 1, lines.at
            try:
                fields = next(reader, None)
            except csv.Error as error:
                raise BadPayload(f"{name}:{first_line}: {error}; is a quotation mark missing?") from error
            if fields is None:
                return
            if lines.at == len(self.text) and not self._is_whole(self.text[before:], fields, header):
                self.whole = False
                return
            self.end = lines.at
            if is_torn(fields):
                yield self._torn(Row(f"{name}:{first_line}", {"fields": fields}))
            elif any(field.strip() for field in fields):
                yield _csv_row(f"{name}:{first_line}", header, fields)

    def _csv_header(self) -> tuple[list[str], int]:
        lines = _Lines(self.text, 0)
        reader = csv.reader(lines, delimiter=self._shape.delimiter)
        fields: list[str] = []
        for _ in range(self._shape.header_row):
            fields = next(reader, [])
        header = [field.strip() for field in fields]
        if is_torn(header):
            decoded(self._content, self._shape.encoding)  # says where and what to do
        _check_columns(self._content.name, header, self._shape.columns)
        return header, lines.at

    def _is_whole(self, raw: str, fields: Sequence[str], header: Sequence[str]) -> bool:
        """Whether the last record is all there: a file that is being written may end in the middle of one."""
        balanced = raw.count('"') % 2 == 0
        if self._content.settled:
            if not balanced and len(fields) != len(header):
                line = self.text.count("\n", 0, len(self.text) - len(raw)) + 1
                raise BadPayload(f"{self._content.name}:{line}: a quotation mark is opened and not closed again")
            return True
        return balanced and raw.endswith(("\n", "\r"))

    # --- JSON ---
    def _lines(self) -> Iterator[Row | Rejected]:
        lines = _Lines(self.text, self._start)
        for line in lines:
            if not line.endswith("\n") and not self._content.settled:
                self.whole = False
                return
            self.end = lines.at
            if is_torn([line]):
                yield self._torn(Row(f"{self._content.name}:{lines.number}", {"line": line}))
            elif line.strip():
                yield _json_row(f"{self._content.name}:{lines.number}", line)

    def _torn(self, row: Row) -> Rejected:
        return refused(Refusal(Reason.ENCODING, f"bytes that are not {self._shape.encoding}"), row)

    def _array(self) -> Iterator[Row | Rejected]:
        name = self._content.name
        try:
            document = orjson.loads(self.text)
        except orjson.JSONDecodeError as error:
            line = self.text.count("\n", 0, error.pos) + 1
            raise BadPayload(
                f"{name}:{line}: not JSON: {error.msg.split(':')[0]}, character {error.pos + 1}"
            ) from error
        records = pick(document, compile_path(self._shape.records))
        if not isinstance(records, list):
            where = f"at {self._shape.records!r}" if self._shape.records else "at the top"
            raise BadPayload(f"{name}: no list of records {where}; set records to the path of the list")
        objects = [record for record in records if isinstance(record, dict)]
        for column in self._shape.required:
            path = nested(column)
            if records and not any(column in o or (path and pick(o, path) is not MISSING) for o in objects):
                raise _missing(name, [column], sorted({key for o in objects for key in o}))
        for position, record in enumerate(records, 1):
            place = f"{name}:{position}"
            if isinstance(record, dict):
                yield Row(place, record)
            else:
                yield refused(Refusal(Reason.MALFORMED, "not an object"), Row(place, {"record": record}))

    # --- Excel ---
    def _excel(self) -> Iterator[Row | Rejected]:
        with opened_sheet(self._content, self._shape.sheet, self._shape.max_bytes) as sheet:
            yield from self._sheet_rows(sheet)

    def _sheet_rows(self, sheet: Any) -> Iterator[Row | Rejected]:
        name, shape = self._content.name, self._shape
        header: list[str] = []
        for number, cells in enumerate(_readable_rows(name, sheet), 1):
            if number < shape.header_row:
                continue
            if number == shape.header_row:
                header = ["" if cell is None else str(cell).strip() for cell in cells]
                _check_columns(name, header, shape.columns)
            elif any(cell is not None and cell != "" for cell in cells):
                yield Row(f"{name}:{number}", dict(zip(header, cells, strict=False)))
        if not header:
            raise BadPayload(f"{name}: no header in row {shape.header_row}; set header_row")


@contextmanager
def opened_sheet(content: Content, sheet: str, max_bytes: int) -> Iterator[Any]:
    """A sheet of a workbook by name, the first for "". Raises BadPayload."""
    _check_archive(content, max_bytes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # parts of a workbook that have nothing to do with its cells
        try:
            book = openpyxl.load_workbook(io.BytesIO(content.data), read_only=True, data_only=True)
        except Exception as error:  # a damaged workbook fails in a hundred ways
            raise BadPayload(f"{content.name}: not a readable Excel workbook ({type(error).__name__})") from error
        try:
            if sheet and sheet not in book.sheetnames:
                raise BadPayload(f"{content.name}: no sheet {sheet!r}; there are {', '.join(book.sheetnames)}")
            found: Any = book[sheet] if sheet else book.worksheets[0]
            found.reset_dimensions()  # what a workbook says of its own size is often wrong
            yield found
        finally:
            book.close()


def _readable_rows(name: str, sheet: Any) -> Iterator[tuple[Any, ...]]:
    """A sheet is read while its rows are asked for, so damage in it shows only now. Raises BadPayload."""
    rows = sheet.iter_rows(max_row=_EXCEL_ROWS, values_only=True)
    while True:
        try:
            cells = next(rows, None)
        except Exception as error:  # as many ways as before
            raise BadPayload(f"{name}: not a readable Excel workbook ({type(error).__name__})") from error
        if cells is None:
            return
        yield cells


class _Lines:
    """The lines of a text from `at` on, with their ends; knows how far they were handed out. Unlike str.splitlines it
    takes only \\n, \\r\\n and \\r for ends: other marks are part of what people wrote."""

    def __init__(self, text: str, at: int) -> None:
        self._lines = io.StringIO(text[at:], newline="")
        self.at = at
        self.number = text.count("\n", 0, at)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._lines.readline()
        if not line:
            raise StopIteration
        self.at += len(line)
        self.number += 1
        return line


def _csv_row(place: str, header: Sequence[str], fields: Sequence[str]) -> Row | Rejected:
    if len(fields) != len(header):
        row = Row(place, {"fields": list(fields)})
        detail = f"{len(fields)} fields where the header has {len(header)}; is a delimiter inside a text not quoted?"
        return refused(Refusal(Reason.MALFORMED, detail), row)
    return Row(place, dict(zip(header, fields, strict=True)))


def _json_row(place: str, line: str) -> Row | Rejected:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        detail = f"not JSON: {error.msg.split(':')[0]}, character {error.pos + 1} of the line"
        return Rejected(Reason.MALFORMED, detail, place, line.encode(), personal=True)
    if not isinstance(record, dict):
        return Rejected(Reason.MALFORMED, "not an object", place, line.encode(), personal=True)
    return Row(place, record)


def _check_columns(name: str, header: Sequence[str], columns: Sequence[str]) -> None:
    absent = [column for column in columns if column not in header]
    if absent:
        raise _missing(name, absent, header)


def _missing(name: str, absent: Sequence[str], header: Sequence[str]) -> BadPayload:
    hints = []
    for column in absent:
        near = difflib.get_close_matches(column, header, 1)
        hints.append(f"{column} (is it {near[0]}?)" if near else column)
    found = ", ".join(header[:30]) or "none"
    return BadPayload(f"{name}: missing columns: {', '.join(hints)}; found: {found}; mend columns or header_row")


def _check_archive(content: Content, max_bytes: int) -> None:
    """A workbook is a zip: a small one can unpack to any size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise BadPayload(f"{content.name}: not an Excel workbook (.xlsx)") from error
    if unpacked > (most := 10 * max_bytes):
        hint = "ten times max_bytes; split it"
        raise BadPayload(f"{content.name}: unpacks to {unpacked} bytes, at most {most} are read, {hint}")
