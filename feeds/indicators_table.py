"""Figures of departments from tables in files: CSV or Excel, one figure a row or one column per period, area or
indicator, with whatever stands above and below.

Read again when a file or the settings changed; the store absorbs what says nothing new. A figure becomes a value or a
dead letter that names file, row and column.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from brain.feed import BadPayload, Cursor, FeedContext, Item, Rejected, Unavailable
from feeds.payloads.checked_text import Encoding
from feeds.payloads.figure_feed import FigureFeed, figure_reader
from feeds.payloads.figure_mapping import (
    ACROSS,
    Across,
)
from feeds.payloads.figure_rows import FigureRows
from feeds.payloads.figure_tables import FigureShape, FigureTable
from feeds.payloads.found_files import find_files, measure_file, read_file, tell_unread, wait_for_files
from feeds.payloads.hand_on import hand_on
from feeds.payloads.row_memory import RowMemory
from feeds.payloads.table_files import TableFormat
from feeds.payloads.table_marks import Mark, digest_of, dump_marks, load_marks
from feeds.payloads.table_text import Content

MODE = "pull"
INPUT = "indicators"


class Settings(FigureFeed):
    every_s: float = Field(default=600, gt=0, description="Seconds between two looks at the files.")
    files: Path = Field(description="One file, a folder, or a pattern such as exports/*.xlsx.")
    format: TableFormat = Field(default=TableFormat.AUTO, description="auto (by ending), csv, excel.")
    encoding: Encoding = Field(default="utf-8", description="Character set of CSV files, such as gb18030.")
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="What separates fields of CSV files.")
    sheet: str = Field(default="", description="Excel: name of the sheet; empty: the first.")
    header_row: int = Field(default=0, ge=0, le=100, description="Row that holds the column names; 0: it is found.")
    across: Across = Field(default="", description=ACROSS)
    max_bytes: int = Field(default=67_108_864, gt=0, description="Larger files are refused.")

    @property
    def wide(self) -> Across:
        return self.across


def run(settings: Settings, ctx: FeedContext) -> None:
    paths = find_files(settings.files)
    if not paths:
        wait_for_files(settings.files, ctx)
        return
    reader = figure_reader(settings, ctx)
    wish = digest_of(settings.model_dump_json())  # a mended mapping reads the same files anew
    marks = {name: mark for name, mark in load_marks(ctx.cursor()).items() if name in paths}
    troubles: dict[str, BadPayload | Unavailable] = {}
    for name, path in paths.items():
        if ctx.stopping.is_set():
            return
        try:
            mark = _read(settings, ctx, reader, marks.get(name), wish, name, path)
        except (BadPayload, Unavailable) as error:  # the other files shall be read all the same
            troubles[name] = error
            continue
        marks[name] = mark
        hand_on(ctx, [Cursor(dump_marks(marks))])
    tell_unread(ctx, troubles, len(paths))


def _read(
    settings: Settings, ctx: FeedContext, reader: FigureRows, before: Mark | None, wish: str, name: str, path: Path
) -> Mark:
    """Hand on the figures of one file, unless it and the settings are as they were when it was read whole."""
    size, mtime_ns = measure_file(path, name, settings.max_bytes)
    same = before is not None and before.unchanged(size, mtime_ns) and before.digest == wish
    if before is not None and same and before.whole:
        return before
    shape = FigureShape(
        settings.format,
        settings.encoding,
        settings.delimiter,
        settings.sheet,
        settings.header_row,
        settings.max_bytes,
    )
    table = FigureTable(Content(name, read_file(path, name), settled=same), shape, settings.mapping, reader)
    memory = RowMemory(before.told if before else "")
    hand_on(ctx, memory.refusals(_items(table, reader)))
    return Mark(size, mtime_ns, 0, wish, table.whole, memory.dump())


def _items(table: FigureTable, reader: FigureRows) -> Iterator[Item]:
    for said in table.read():
        item = said if isinstance(said, Rejected) else reader.read(said)
        if item is not None:
            yield item
