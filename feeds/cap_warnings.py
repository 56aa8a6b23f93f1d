"""Official weather warnings in CAP 1.2: XML files in a folder, or one document on a web server.

Each message becomes warnings, ends earlier ones, or is refused with its reason. What did not change is not read again.
"""

from collections.abc import Iterator
from glob import has_magic
from pathlib import Path
from typing import Literal

import orjson
from pydantic import Field, model_validator

from brain.feed import BadPayload, Cursor, FeedContext, FeedSettings, Item, Rejected, Unavailable
from brain.model.reason import Reason, Why
from feeds.payloads.cap_message import Reader
from feeds.payloads.cap_xml import read_messages, text
from feeds.payloads.found_files import find_files, measure_file, read_file
from feeds.payloads.http_fetch import Fetcher, Marks
from feeds.payloads.http_source import HttpSource
from feeds.payloads.refusal import Refusal
from feeds.payloads.table_marks import Mark, dump_marks, load_marks

MODE = "pull"
INPUT = "warnings"

_MAX_BYTES = 2_097_152
_ACCEPT = "application/xml, text/xml, */*"
_YEAR_S = 365 * 86_400


class Settings(FeedSettings):
    stale_after_s: float = Field(default=1800, gt=0, description="Seconds after losing the source until it is stale.")
    accept_past_s: float = Field(default=_YEAR_S, gt=0, description="Oldest accepted message, seconds.")
    files: Path | None = Field(default=None, description="One file, a folder, or a pattern such as warnings/*.xml.")
    http: HttpSource | None = Field(default=None, description="Or one document on a web server.")
    lasts_h: float = Field(default=24, gt=0, le=240, description="Hours a warning without an end is in force.")
    unknown_area: Literal["refuse", "city"] = Field(
        default="refuse", description="Codes and shapes outside the city: refuse it, or take it for the whole city."
    )

    @model_validator(mode="after")
    def _one_source(self) -> "Settings":
        if (self.files is None) == (self.http is None):
            raise ValueError("needs exactly one of files, http | keep one")
        return self


def run(settings: Settings, ctx: FeedContext) -> None:
    reader = Reader(ctx.areas, settings.lasts_h, settings.unknown_area, settings.simulated)
    if settings.files is not None:
        _read_files(settings.files, reader, ctx)
    elif settings.http is not None:
        _read_page(settings.http, reader, ctx)


def parse(data: bytes, place: str, reader: Reader) -> Iterator[Item]:
    """Everything one document says, message by message. Raises Refusal for one that cannot be read at all."""
    for number, alert in enumerate(read_messages(data), 1):
        where = f"{place}:{number} {text(alert, 'identifier')[:64]}".rstrip()
        try:
            yield from reader.read(alert)
        except Refusal as refusal:
            yield Rejected(refusal.reason, refusal.detail, where, data)


def _read_files(files: Path, reader: Reader, ctx: FeedContext) -> None:
    """An empty folder is a quiet sky, a missing one is trouble."""
    if not next(part for part in files.parents if not has_magic(str(part))).is_dir():
        raise Unavailable(f"the folder of {files.name} is not there; see files", why=Why.FILE)
    paths = find_files(files)
    before = load_marks(ctx.cursor())
    marks: dict[str, Mark] = {}
    items: list[Item] = []
    for name, path in paths.items():
        size, mtime_ns = measure_file(path, name)
        known = before.get(name)
        same = known is not None and known.unchanged(size, mtime_ns)
        if known is not None and same and known.whole:
            marks[name] = known
            continue
        try:
            items += parse(_data(path, name, size), name, reader)
        except Refusal as refusal:
            if not same:  # perhaps it is still being written: looked at again with the next pull
                marks[name] = Mark(size, mtime_ns, 0, "", whole=False)
                continue
            items.append(Rejected(refusal.reason, refusal.detail, name))
        marks[name] = Mark(size, mtime_ns, 0, "", whole=True)
    if items or marks != before:
        ctx.sink([*items, Cursor(dump_marks(marks))])


def _data(path: Path, name: str, size: int) -> bytes:
    if size > _MAX_BYTES:
        raise Refusal(Reason.OVERSIZED, f"{size} bytes, at most {_MAX_BYTES} are read")
    return read_file(path, name)


def _read_page(source: HttpSource, reader: Reader, ctx: FeedContext) -> None:
    """Never by a redirect: what a weather bureau says comes from the address that somebody wrote down."""
    limited = source.model_copy(update={"max_bytes": min(source.max_bytes, _MAX_BYTES)})
    found = Fetcher(limited).get(source.url, accept=_ACCEPT, marks=_load_marks(ctx.cursor()), moves=0)
    if found.body is None:
        return
    try:
        items = list(parse(found.body, "url", reader))
    except Refusal as refusal:
        raise BadPayload(refusal.detail) from refusal
    ctx.sink([*items, Cursor(orjson.dumps([found.marks.etag, found.marks.modified]).decode())])


def _load_marks(cursor: str | None) -> Marks:
    try:
        etag, modified = orjson.loads(cursor or "[]")
        return Marks(str(etag), str(modified))
    except (orjson.JSONDecodeError, TypeError, ValueError):
        return Marks()
