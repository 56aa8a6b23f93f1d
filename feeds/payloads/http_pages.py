"""JSON documents page by page: by a link in the document, or by counting a parameter up, up to a cap."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import orjson
from pydantic import Field, model_validator

from brain.feed import BadPayload, Cursor, FeedContext, Item
from feeds.payloads.hand_on import hand_on
from feeds.payloads.http_fetch import Fetched, Fetcher, Marks
from feeds.payloads.http_source import HttpSource, checked_url, shown
from feeds.payloads.json_mapping import PathText, Stanza
from feeds.payloads.paths import MISSING, compile_path, pick


class Pages(Stanza):
    """How one page leads to the next. Left out: there is one page."""

    next: PathText | None = Field(default=None, description="Path of the link to the next page; empty there: the last.")
    parameter: str = Field(default="", description="Or: parameter of the address that counts pages or records.")
    first: int = Field(default=1, ge=0, description="Its first value.")
    step: int = Field(default=1, ge=1, description="What is added for the next page.")
    most: int = Field(default=50, ge=1, le=10_000, description="Pages of one pull at most; the rest is told, not read.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.next is not None and self.parameter:
            raise ValueError("next and parameter exclude each other | keep one")
        return self

    @property
    def is_one(self) -> bool:
        return self.next is None and not self.parameter


@dataclass(frozen=True, slots=True)
class Page:
    """`name` is host/path#page, for reports. `records` as found at the path."""

    name: str
    records: list[Any]


@dataclass(slots=True)
class Pull:
    """What is known after the pages were read. `unchanged`: the source said so; `cut`: there were more pages."""

    marks: Marks
    unchanged: bool = False
    cut: bool = False


def pull_pages(
    ctx: FeedContext,
    source: HttpSource,
    pages: Pages,
    records: str,
    wish: str,
    items: Callable[[Page], Iterator[Item]],
) -> None:
    """Hand on what `items` makes of each page. `wish` is a digest of the settings: others read all of it anew."""
    fetcher = Fetcher(source)
    pull = Pull(_load(ctx.cursor(), wish))
    for page in read_pages(fetcher, source.url, pages, records, pull):
        hand_on(ctx, items(page))
        if ctx.stopping.is_set():
            return
    ctx.note(f"note.cut n={pages.most}: there are more pages; raise pages.most" if pull.cut else "")
    if pages.is_one and not pull.unchanged:
        hand_on(ctx, [Cursor(orjson.dumps({"wish": wish, **asdict(pull.marks)}).decode())])


def _load(cursor: str | None, wish: str) -> Marks:
    """Nothing for a cursor of another form or of other settings: all of it is then asked for and absorbed."""
    try:
        kept = orjson.loads(cursor or "{}")
        return Marks(str(kept["etag"]), str(kept["modified"])) if kept["wish"] == wish else Marks()
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Marks()


def read_pages(fetcher: Fetcher, url: str, pages: Pages, records: str, pull: Pull) -> Iterator[Page]:
    """The pages that hold records. `pull.marks` are sent where there is one page only: of several, an unchanged
    first one proves nothing. Raises what `Fetcher.get` raises, and BadPayload for what is no list of records."""
    path, next_path = compile_path(records), compile_path(pages.next or "")
    asked: set[str] = set()
    before: bytes | None = None
    place = with_parameter(url, pages.parameter, pages.first) if pages.parameter else url
    for number in range(pages.most):
        asked.add(place)
        fetched = fetcher.get(place, marks=pull.marks if pages.is_one else Marks())
        if fetched.body is None:
            pull.unchanged = True
            return
        pull.marks = fetched.marks
        document = _document(fetched)
        found = pick(document, path)
        if not isinstance(found, list):
            where = f"at {records!r}" if records else "at the top"
            raise BadPayload(f"{shown(place)}: no list of records {where}; set records to the path of the list")
        if fetched.body == before and found:
            raise BadPayload(f"{shown(place)}: page {number + 1} is as the one before; is pages.parameter right?")
        if found:
            yield Page(f"{shown(url)}#{number + 1}", found)
        before = fetched.body
        following = _following(pages, document, next_path, fetched.url, url, number, bool(found))
        if following is None:
            return
        if following in asked:
            raise BadPayload(f"{shown(place)}: its link to the next page leads back; see pages.next")
        place = following
    pull.cut = True


def _following(pages: Pages, document: Any, path: Any, here: str, url: str, number: int, found: bool) -> str | None:
    if pages.parameter:
        return with_parameter(url, pages.parameter, pages.first + (number + 1) * pages.step) if found else None
    if pages.next is None:
        return None
    link = pick(document, path)
    if link is MISSING or link is None or link == "":
        return None
    if not isinstance(link, str):
        raise BadPayload(f"{shown(here)}: no address at {pages.next!r}; set pages.next to the path of the link")
    try:
        return checked_url(urljoin(here, link))
    except ValueError as error:
        raise BadPayload(f"{shown(here)}: the link at {pages.next!r} is no address: mend it there") from error


def with_parameter(url: str, name: str, value: object) -> str:
    """The address with a parameter set, in place of one of that name."""
    parts = urlsplit(url)
    kept = [(key, given) for key, given in parse_qsl(parts.query, keep_blank_values=True) if key != name]
    return urlunsplit(parts._replace(query=urlencode([*kept, (name, str(value))])))


def _document(fetched: Fetched) -> Any:
    try:
        return orjson.loads(fetched.body or b"")
    except orjson.JSONDecodeError as error:
        said = (
            f" (it says it is {fetched.content_type[:40]})"
            if fetched.content_type and "json" not in fetched.content_type
            else ""
        )
        detail = f"not JSON{said}: {error.msg.split(':')[0]}, character {error.pos + 1}"
        raise BadPayload(f"{shown(fetched.url)}: {detail}; is the address right?") from error
