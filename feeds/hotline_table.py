"""Hotline tickets from tables in files: CSV, JSON, JSON lines or Excel, one file or all that match a pattern.

Read again on each pull: what did not change is skipped, what grew is read on, changed rows change their tickets. Each
row becomes a ticket or a dead letter that names file, row and column. Files may be removed once they are in the store.
"""

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field

from brain.feed import BadPayload, Cursor, FeedContext, FeedSettings, Item, Rejected, Unavailable
from brain.model.case import Ticket
from brain.model.crs import Crs
from brain.model.reason import Why
from feeds.payloads.checked_text import Encoding, ZoneName
from feeds.payloads.found_files import find_files, measure_file, read_file, tell_unread, wait_for_files
from feeds.payloads.hand_on import hand_on
from feeds.payloads.row_memory import RowMemory
from feeds.payloads.table_files import Shape, Table, TableFormat
from feeds.payloads.table_marks import Mark, digest_of, dump_marks, load_marks, start_of
from feeds.payloads.table_text import Content
from feeds.payloads.ticket_mapping import Columns, TicketWords
from feeds.payloads.ticket_rows import TicketRows

MODE = "pull"
INPUT = "tickets"

_TWENTY_YEARS_S = 20 * 365 * 86_400


class Settings(FeedSettings):
    accept_past_s: float = Field(default=_TWENTY_YEARS_S, gt=0, description="Oldest accepted ticket, seconds.")
    files: Path = Field(description="One file, a folder, or a pattern such as exports/*.csv.")
    format: TableFormat = Field(default=TableFormat.AUTO, description="auto (by ending), csv, json, jsonl, excel.")
    encoding: Encoding = Field(default="utf-8", description="Character set of CSV and JSON files, such as gb18030.")
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="What separates fields of CSV files.")
    sheet: str = Field(default="", description="Excel: name of the sheet; empty: the first.")
    header_row: int = Field(default=1, ge=1, le=100, description="CSV, Excel: row that holds the column names.")
    records: str = Field(default="", description="JSON: path to the list of records; empty: the document is the list.")
    channel: str = Field(default="12345", min_length=1, max_length=48, description="Channel of the tickets.")
    columns: Columns = Field(description="Which column is what.")
    words: TicketWords = Field(default=TicketWords(), description="What the cells of state, urgent and area say.")
    dates: tuple[str, ...] = Field(default=(), description="Forms of dates (strptime) beside the ones known anyway.")
    zone: ZoneName = Field(default="", description="Time zone of times without one; empty: the city's.")
    crs: Crs = Field(default=Crs.WGS84, description="Coordinate system of lon and lat.")
    remove: str = Field(default="", description="Files of such names (past-*.csv) are removed once read and stored.")
    replay: bool = Field(default=False, description="Rows later than city time wait for it (with clock.mode: replay).")
    max_bytes: int = Field(default=268_435_456, gt=0, description="Larger files are refused.")


def run(settings: Settings, ctx: FeedContext) -> None:
    reader = make_reader(settings, ctx)
    paths = find_files(settings.files)
    if not paths:
        wait_for_files(settings.files, ctx)
        return
    if ctx.cursor() is None:  # no longer waiting, and the first reading may take long
        ctx.note("")
    if settings.replay:
        _replay(settings, ctx, reader, paths)
        return
    marks = {name: mark for name, mark in load_marks(ctx.cursor()).items() if name in paths}
    troubles: dict[str, BadPayload | Unavailable] = {}
    for name, path in paths.items():
        if ctx.stopping.is_set():
            return
        try:
            _read_on(settings, ctx, reader, marks, name, path)
        except (BadPayload, Unavailable) as error:  # the other files shall be read all the same
            troubles[name] = error
    tell_unread(ctx, troubles, len(paths))


def make_reader(settings: Settings, ctx: FeedContext) -> TicketRows:
    return TicketRows(
        settings.columns,
        settings.words,
        areas=ctx.areas,
        channel=settings.channel,
        zone=ZoneInfo(settings.zone or ctx.tz),
        dates=settings.dates,
        crs=settings.crs,
        simulated=settings.simulated,
    )


def make_table(settings: Settings, content: Content) -> Table:
    """Raises BadPayload."""
    columns = settings.columns
    return Table(
        content,
        Shape(
            format=settings.format,
            encoding=settings.encoding,
            delimiter=settings.delimiter,
            sheet=settings.sheet,
            header_row=settings.header_row,
            records=settings.records,
            columns=columns.all_names(),
            required=(columns.number, columns.created),
            max_bytes=settings.max_bytes,
        ),
    )


def _read_on(
    settings: Settings, ctx: FeedContext, reader: TicketRows, marks: dict[str, Mark], name: str, path: Path
) -> None:
    """Hand on what is new in one file, and with it the mark."""
    before = marks.get(name)
    size, mtime_ns = measure_file(path, name, settings.max_bytes)
    now_ms = ctx.clock.now_ms()
    due = before is not None and 0 < before.again_ms <= now_ms
    same = before is not None and before.unchanged(size, mtime_ns)
    if before is not None and same and before.whole and not due:
        _remove(settings, path, before)  # again, if it could not be done before
        return
    table = make_table(settings, Content(name, read_file(path, name), settled=same))
    start = start_of(before, table.text) if table.grows and not due else 0
    table.start(start)
    latest_ms = now_ms + round(settings.accept_future_s * 1000)
    memory = RowMemory(before.told if before else "", whole=start == 0, latest_ms=latest_ms)
    hand_on(ctx, memory.tickets(table.rows(), reader))
    again_ms = now_ms + memory.ahead_ms if memory.ahead_ms else 0
    if before is not None and start > 0:  # rows before these may wait too
        again_ms = min(filter(None, (before.again_ms, again_ms)), default=0)
    digest = digest_of(table.text[: table.end])
    marks[name] = Mark(size, mtime_ns, table.end, digest, table.whole, memory.dump(), again_ms)
    hand_on(ctx, [Cursor(dump_marks(marks))])
    if table.whole and measure_file(path, name, settings.max_bytes) == (size, mtime_ns):
        _remove(settings, path, marks[name])


def _remove(settings: Settings, path: Path, mark: Mark) -> None:
    """Only what the settings name, exports are otherwise left as they are; and nothing that waits for its time."""
    if settings.remove and not mark.again_ms and fnmatchcase(path.name, settings.remove):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(f"{path.name}: cannot be removed: {error.strerror}", why=Why.FILE) from error


def _items(table: Table, reader: TicketRows) -> Iterator[Ticket | Rejected]:
    for row in table.rows():
        yield row if isinstance(row, Rejected) else reader.read(row)


def _replay(settings: Settings, ctx: FeedContext, reader: TicketRows, paths: dict[str, Path]) -> None:
    """What happened in the files since the last pull, on the city's clock. The cursor is the time of that pull."""
    cursor = ctx.cursor() or ""
    since_ms = int(cursor) if cursor.isdigit() else None
    now_ms = ctx.clock.now_ms()
    items: list[Item] = []
    for name, path in paths.items():  # one that cannot be read holds the past up: what it tells would come too late
        measure_file(path, name, settings.max_bytes)
        for item in _items(make_table(settings, Content(name, read_file(path, name), settled=True)), reader):
            if isinstance(item, Rejected):
                if since_ms is None:
                    items.append(item)
            elif (seen := as_of(item, now_ms, settings.words)) is not None and _news(seen, since_ms):
                items.append(seen)
    hand_on(ctx, items)
    hand_on(ctx, [Cursor(str(now_ms))])


def as_of(ticket: Ticket, now_ms: int, words: TicketWords) -> Ticket | None:
    """The ticket as it was known at `now_ms`; None before it came."""
    if ticket.created_ms > now_ms:
        return None
    dispatched_ms = ticket.dispatched_ms if (ticket.dispatched_ms or 0) <= now_ms else None
    if ticket.closed_ms is None or ticket.closed_ms <= now_ms:
        return replace(ticket, dispatched_ms=dispatched_ms)
    state = words.open_state if dispatched_ms is None else words.dispatched_state
    return replace(ticket, closed_ms=None, dispatched_ms=dispatched_ms, state=state)


def _news(ticket: Ticket, since_ms: int | None) -> bool:
    happened = (ticket.created_ms, ticket.dispatched_ms, ticket.closed_ms)
    return since_ms is None or any(ms is not None and ms > since_ms for ms in happened)
