"""Duty rosters (值班表) from tables in files: CSV, JSON, JSON lines or Excel, a row for each shift.

A table is read whole whenever it changed, and takes the place of what it said before; one that is gone is withdrawn.
Names are masked here, and no column of phone numbers is read at all.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from brain.feed import BadPayload, Cursor, FeedContext, FeedSettings, Item, Rejected, Unavailable
from brain.model.area import AreaTree
from brain.model.duty import DutyRoster, DutyShift, masked
from brain.model.reason import Reason
from feeds.payloads.found_files import find_files, measure_file, read_file, tell_unread, wait_for_files
from feeds.payloads.refusal import Refusal
from feeds.payloads.row_memory import RowMemory
from feeds.payloads.table_files import Shape, Table, TableFormat
from feeds.payloads.table_marks import Mark, dump_marks, load_marks
from feeds.payloads.table_text import Content
from feeds.payloads.ticket_rows import Row, cell_text, refused
from feeds.payloads.times import BadTime, table_time

MODE = "pull"
INPUT = "duty"

_MAX_BYTES = 16_777_216
_MOST_SHIFTS = 5000
_LONGEST_MS = 8 * 86_400_000  # a holiday week


class DutyColumns(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    start: str = Field(default="start", min_length=1, description="When the shift begins.")
    end: str = Field(default="end", min_length=1, description="When it ends.")
    unit: str = Field(default="unit", min_length=1, description="Unit: an id or name of the city, or any other name.")
    post: str = Field(default="post", min_length=1, description="Post, such as 总值班 or 值班长.")
    name: str | None = Field(default=None, description="Who: kept as 张**, never shown on a wall.")
    area: str | None = Field(default=None, description="Area id; empty: the whole city.")

    def all_names(self) -> tuple[str, ...]:
        return tuple(column for column in self.model_dump().values() if column)


class Settings(FeedSettings):
    stale_after_s: float = Field(default=1800, gt=0, description="Seconds after losing the source until it is stale.")
    files: Path = Field(description="One file, a folder, or a pattern such as rosters/*.xlsx.")
    format: TableFormat = Field(default=TableFormat.AUTO, description="auto (by ending), csv, json, jsonl, excel.")
    encoding: str = Field(default="utf-8", description="Character set of CSV and JSON files, such as gb18030.")
    sheet: str = Field(default="", description="Excel: name of the sheet; empty: the first.")
    header_row: int = Field(default=1, ge=1, le=100, description="CSV, Excel: row that holds the column names.")
    columns: DutyColumns = Field(default=DutyColumns(), description="Which column is what.")
    dates: tuple[str, ...] = Field(default=(), description="Forms of times (strptime) beside the ones known anyway.")

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise ValueError(f"no character set is called {encoding} | for example utf-8 or gb18030") from error
        return encoding


def run(settings: Settings, ctx: FeedContext) -> None:
    paths = find_files(settings.files)
    if not paths:  # an unmounted folder is no empty roster: nothing is withdrawn
        wait_for_files(settings.files, ctx)
        return
    before = load_marks(ctx.cursor())
    marks: dict[str, Mark] = {}
    items: list[Item] = [DutyRoster(name, (), settings.simulated) for name in sorted(before.keys() - paths.keys())]
    troubles: dict[str, BadPayload | Unavailable] = {}
    for name, path in paths.items():
        try:
            size, mtime_ns = measure_file(path, name, _MAX_BYTES)
            known = before.get(name)
            if known is None or not known.unchanged(size, mtime_ns):
                memory = RowMemory(known.told if known else "")
                content = Content(name, read_file(path, name), settled=True)
                items += memory.refusals(read_roster(content, settings, ctx))
                known = Mark(size, mtime_ns, 0, "", whole=True, told=memory.dump())
            marks[name] = known
        except (BadPayload, Unavailable) as error:  # what it said before holds; the others are read all the same
            troubles[name] = error
            marks |= {name: before[name]} if name in before else {}
    if items or marks != before:
        ctx.sink([*items, Cursor(dump_marks(marks))])
    tell_unread(ctx, troubles, len(paths))


def read_roster(content: Content, settings: Settings, ctx: FeedContext) -> Iterator[Item]:
    """Refused rows, then the table as it is without them. Raises BadPayload for one that cannot be read."""
    columns = settings.columns
    reader = _Rows(columns, ctx.areas, ZoneInfo(ctx.tz), settings.dates)
    shifts: list[DutyShift] = []
    for row in _table(content, settings).rows():
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            shifts.append(reader.shift(row))
        except Refusal as refusal:
            yield refused(refusal, row)
        if len(shifts) > _MOST_SHIFTS:
            raise BadPayload(f"{content.name}: more than {_MOST_SHIFTS} shifts; split it")
    yield DutyRoster(content.name, tuple(shifts), settings.simulated)


def _table(content: Content, settings: Settings) -> Table:
    columns = settings.columns
    shape = Shape(
        format=settings.format,
        encoding=settings.encoding,
        delimiter=",",
        sheet=settings.sheet,
        header_row=settings.header_row,
        records="",
        columns=columns.all_names(),
        required=(columns.start, columns.end, columns.post),
        max_bytes=_MAX_BYTES,
    )
    return Table(content, shape)


@dataclass(frozen=True, slots=True)
class _Rows:
    columns: DutyColumns
    areas: AreaTree
    zone: tzinfo
    dates: tuple[str, ...]

    def shift(self, row: Row) -> DutyShift:
        """Raises Refusal."""
        columns = self.columns
        start_ms, end_ms = self._time(row, columns.start), self._time(row, columns.end)
        if not 0 < end_ms - start_ms <= _LONGEST_MS:
            detail = f"columns {columns.start}, {columns.end}: a shift ends after it begins, within eight days"
            raise Refusal(Reason.BAD_FIELD, detail)
        unit, post = self._needed(row, columns.unit), self._needed(row, columns.post)
        area_id = cell_text(row.cells.get(columns.area)) if columns.area else ""
        if area_id and area_id not in self.areas:
            raise Refusal(Reason.UNKNOWN_AREA, f"column {columns.area}: no area of this city; leave it empty for all")
        person = masked(cell_text(row.cells.get(columns.name))) if columns.name else ""
        return DutyShift(unit, post, area_id or self.areas.root.id, start_ms, end_ms, person)

    def _time(self, row: Row, column: str) -> int:
        try:
            at_ms = table_time(row.cells.get(column), self.dates, self.zone)
        except BadTime as error:
            raise Refusal(Reason.BAD_TIME, f"column {column}: {error}; give its form in dates") from error
        if at_ms is None:
            raise Refusal(Reason.MISSING_FIELD, f"column {column}: empty; every shift has it")
        return at_ms

    def _needed(self, row: Row, column: str) -> str:
        found = cell_text(row.cells.get(column))
        if not found:
            raise Refusal(Reason.MISSING_FIELD, f"column {column}: empty; every shift has it")
        return found[:64]
