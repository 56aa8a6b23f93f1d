"""Official weather warnings in CAP 1.2: XML files in a folder, or one document on a web server.

Each message becomes warnings, ends earlier ones, or is refused with its reason. What did not change is not read again.
"""

from collections.abc import Iterator
from glob import has_magic
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

import orjson
from pydantic import Field, field_validator, model_validator

from brain.feed import BadPayload, Cursor, FeedContext, FeedSettings, Item, Rejected, Unavailable
from brain.model.reason import Reason
from feeds.payloads.cap_message import Reader
from feeds.payloads.cap_xml import read_messages, text
from feeds.payloads.fetch import Address, Limits, Tag, check_url, fetch
from feeds.payloads.found_files import find_files, measure_file, read_file
from feeds.payloads.refusal import Refusal
from feeds.payloads.table_marks import Mark, dump_marks, load_marks

MODE = "pull"
INPUT = "warnings"

_LIMITS = Limits(seconds=10.0, max_bytes=2_097_152)
_KEPT_BYTES = 4096
_YEAR_S = 365 * 86_400


class Settings(FeedSettings):
    stale_after_s: float = Field(default=1800, gt=0, description="Seconds after losing the source until it is stale.")
    accept_past_s: float = Field(default=_YEAR_S, gt=0, description="Oldest accepted message, seconds.")
    files: Path | None = Field(default=None, description="One file, a folder, or a pattern such as warnings/*.xml.")
    url: str = Field(default="", description="Or one document: http(s)://<host>/<path>.")
    hosts: tuple[str, ...] = Field(default=(), description="Hosts that url may name; redirects are never followed.")
    networks: tuple[str, ...] = Field(default=(), description="Ranges of the own network it may lie in: 10.1.0.0/16.")
    lasts_h: float = Field(default=24, gt=0, le=240, description="Hours a warning without an end is in force.")
    unknown_area: Literal["refuse", "city"] = Field(
        default="refuse", description="Codes and shapes outside the city: refuse it, or take it for the whole city."
    )

    @field_validator("networks")
    @classmethod
    def _real_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            try:
                ip_network(network)
            except ValueError as error:
                raise ValueError(f"{network} is no range of addresses | for example 10.1.0.0/16") from error
        return networks

    @model_validator(mode="after")
    def _one_source(self) -> "Settings":
        if (self.files is None) == (not self.url):
            raise ValueError("needs exactly one of files, url | keep one")
        if self.url:
            check_url(self.url, self.hosts)
        return self


def run(settings: Settings, ctx: FeedContext) -> None:
    reader = Reader(ctx.areas, settings.lasts_h, settings.unknown_area, settings.simulated)
    if settings.files is not None:
        _read_files(settings.files, reader, ctx)
    else:
        _read_page(settings, reader, ctx)


def parse(data: bytes, place: str, reader: Reader) -> Iterator[Item]:
    """Everything one document says, message by message. Raises Refusal for one that cannot be read at all."""
    for number, alert in enumerate(read_messages(data), 1):
        where = f"{place}:{number} {text(alert, 'identifier')[:64]}".rstrip()
        try:
            yield from reader.read(alert)
        except Refusal as refusal:
            yield Rejected(refusal.reason, refusal.detail, where, data[:_KEPT_BYTES])


def _read_files(files: Path, reader: Reader, ctx: FeedContext) -> None:
    """An empty folder is a quiet sky, a missing one is trouble."""
    if not next(part for part in files.parents if not has_magic(str(part))).is_dir():
        raise Unavailable(f"the folder of {files.name} is not there; see files")
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
    if size > _LIMITS.max_bytes:
        raise Refusal(Reason.OVERSIZED, f"{size} bytes, at most {_LIMITS.max_bytes} are read")
    return read_file(path, name)


def _read_page(settings: Settings, reader: Reader, ctx: FeedContext) -> None:
    networks = tuple(ip_network(network) for network in settings.networks)
    found = fetch(Address(settings.url, networks), _load_tag(ctx.cursor()), _LIMITS)
    if found is None:
        return
    body, tag = found
    try:
        items = list(parse(body, "url", reader))
    except Refusal as refusal:
        raise BadPayload(refusal.detail) from refusal
    ctx.sink([*items, Cursor(orjson.dumps([tag.etag, tag.modified]).decode())])


def _load_tag(cursor: str | None) -> Tag:
    try:
        etag, modified = orjson.loads(cursor or "[]")
        return Tag(str(etag), str(modified))
    except (orjson.JSONDecodeError, TypeError, ValueError):
        return Tag()
