"""Tickets of an Open311 host (GeoReport v2), JSON or XML.

The standard gives requests by the time they were made, at most 90 days and 1000 rows an answer: they are asked for
window by window, and a window that is full is halved. The last weeks are asked for again at each pull, since a request
changes after it was made; hosts that know `updated_after` are asked for what changed, with an overlap. The store
absorbs what is as it was. Address, account and words of the caller are sealed like those of every hotline.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field

from brain.feed import Cursor, FeedContext, FeedSettings, Item
from brain.model.crs import Crs
from brain.model.reason import Reason
from feeds.payloads.checked_text import ZoneName
from feeds.payloads.georeport import read_records
from feeds.payloads.georeport_rows import ticket_cells, ticket_columns
from feeds.payloads.hand_on import hand_on
from feeds.payloads.http_fetch import Fetcher
from feeds.payloads.http_pages import with_parameter
from feeds.payloads.http_source import HttpSource, shown
from feeds.payloads.refusal import Refusal
from feeds.payloads.table_marks import digest_of
from feeds.payloads.ticket_mapping import TicketWords
from feeds.payloads.ticket_rows import Row, TicketRows, cell_text, refused
from feeds.payloads.times import BadTime, table_time

MODE = "pull"
INPUT = "tickets"

_DAY_MS = 86_400_000
_LEAST_MS = 60_000  # a window that is full and this short is taken as it is
_TWENTY_YEARS_S = 20 * 365 * 86_400
_STATES = {"open": "received", "closed": "closed"}


class Settings(FeedSettings):
    every_s: float = Field(default=900, gt=0, description="Seconds between two pulls.")
    stale_after_s: float = Field(default=86_400, gt=0, description="Seconds without a request until it is stale.")
    accept_past_s: float = Field(default=_TWENTY_YEARS_S, gt=0, description="Oldest accepted ticket, seconds.")
    http: HttpSource = Field(description="Where to ask: the base, such as https://311.example.org/open311/v2.")
    format: Literal["json", "xml"] = Field(default="json", description="Format of the answers.")
    jurisdiction_id: str = Field(default="", max_length=128, description="Jurisdiction, where the host serves several.")
    status: Literal["", "open", "closed"] = Field(default="", description="Only requests of this state; empty: all.")
    channel: str = Field(default="open311", min_length=1, max_length=48, description="Channel of the tickets.")
    history_days: int = Field(default=90, ge=1, le=7300, description="How far back the first pull reads.")
    reread_days: int = Field(default=30, ge=1, le=7300, description="How far back each later pull reads.")
    window_days: int = Field(default=30, ge=1, le=90, description="Days of one request; the standard allows 90.")
    full_rows: int = Field(
        default=1000, ge=2, description="Rows at which the host cuts an answer; 1000 by the standard."
    )
    most_requests: int = Field(
        default=200, ge=1, description="Requests of one pull at most; the rest is told, not read."
    )
    updated_after: bool = Field(default=False, description="The host knows updated_after: later pulls ask with it.")
    overlap_s: float = Field(default=3600, ge=0, description="Asked again before the newest change known, seconds.")
    services: dict[str, str] = Field(default={}, description="Service code -> category of the city; zeros count.")
    area: str = Field(default="", description="Key that names the area, such as zipcode; empty: by coordinates.")
    words: TicketWords = Field(default=TicketWords(states=_STATES), description="What status and area say.")
    zone: ZoneName = Field(default="", description="Time zone of times without one; empty: the city's.")
    crs: Crs = Field(default=Crs.WGS84, description="Coordinate system of lat and long.")


def run(settings: Settings, ctx: FeedContext) -> None:
    _Pull(settings, ctx).run()


@dataclass(frozen=True, slots=True)
class _Window:
    """Requests made in [start_ms, end_ms], or changed after `updated_ms`."""

    start_ms: int = 0
    end_ms: int = 0
    updated_ms: int | None = None


class _Pull:
    """One pull: windows to ask for, services by code, the newest change seen."""

    def __init__(self, settings: Settings, ctx: FeedContext) -> None:
        self._settings = settings
        self._ctx = ctx
        self._zone = ZoneInfo(settings.zone or ctx.tz)
        self._fetcher = Fetcher(settings.http)
        self._asked = 0
        self._reader = TicketRows(
            ticket_columns(settings.area),
            settings.words,
            areas=ctx.areas,
            channel=settings.channel,
            zone=self._zone,
            crs=settings.crs,
            simulated=settings.simulated,
        )
        self._wish = digest_of(settings.model_dump_json())
        self._newest_ms = _newest(ctx.cursor(), self._wish)
        self._names: dict[str, str] = {}

    def run(self) -> None:
        self._names = {
            cell_text(one.get("service_code")): cell_text(one.get("service_name"))
            for one in self._fetch("services", {})
            if isinstance(one, dict)
        }
        left = self._windows(self._ctx.clock.now_ms())
        cut = False
        while left and not self._ctx.stopping.is_set():
            window = left.pop()
            if self._asked >= self._settings.most_requests:
                cut = True
                break
            records = self._fetch("requests", self._query(window))
            if len(records) >= self._settings.full_rows and (halves := self._halves(window)):
                left += halves
                continue
            hand_on(self._ctx, self._items(records))
        if self._ctx.stopping.is_set():
            return
        cut_note = f"note.cut n={self._settings.most_requests}: more requests are needed; see most_requests"
        self._ctx.note(cut_note if cut else "")
        if not cut:
            cursor = {"wish": self._wish, "newest_ms": self._newest_ms}
            hand_on(self._ctx, [Cursor(orjson.dumps(cursor).decode())])

    def _windows(self, now_ms: int) -> list[_Window]:
        """The last one is asked for first: the newest tickets are wanted soonest."""
        if self._newest_ms is not None and self._settings.updated_after:
            return [_Window(updated_ms=self._newest_ms - round(self._settings.overlap_s * 1000))]
        days = self._settings.history_days if self._newest_ms is None else self._settings.reread_days
        return self._between(now_ms - days * _DAY_MS, now_ms)

    def _between(self, start_ms: int, end_ms: int) -> list[_Window]:
        step = self._settings.window_days * _DAY_MS
        starts = range(start_ms, end_ms, step)
        return [_Window(at, min(at + step, end_ms)) for at in starts]

    def _halves(self, window: _Window) -> list[_Window]:
        """Shorter windows in place of one that is full; none where it cannot be shorter. Of changes there is no end to
        name: all that is read again at other times is read instead."""
        if window.updated_ms is not None:
            now_ms = self._ctx.clock.now_ms()
            return self._between(now_ms - self._settings.reread_days * _DAY_MS, now_ms)
        if window.end_ms - window.start_ms <= _LEAST_MS:
            return []
        middle = (window.start_ms + window.end_ms) // 2
        return [_Window(window.start_ms, middle), _Window(middle, window.end_ms)]

    def _query(self, window: _Window) -> dict[str, str]:
        if window.updated_ms is not None:
            return {"updated_after": _written(window.updated_ms), "status": self._settings.status}
        return {
            "start_date": _written(window.start_ms),
            "end_date": _written(window.end_ms),
            "status": self._settings.status,
        }

    def _fetch(self, what: str, query: Mapping[str, str]) -> list[Any]:
        form = self._settings.format
        base, _, kept = self._settings.http.url.partition("?")
        url = f"{base.rstrip('/')}/{what}.{form}" + (f"?{kept}" if kept else "")
        for name, value in {"jurisdiction_id": self._settings.jurisdiction_id, **query}.items():
            url = with_parameter(url, name, value) if value else url
        self._asked += 1
        accept = "text/xml, application/xml" if form == "xml" else "application/json"
        fetched = self._fetcher.get(url, accept=accept)
        return read_records(fetched.body or b"", shown(url), form)

    def _items(self, records: list[Any]) -> Iterator[Item]:
        for number, record in enumerate(records, 1):
            place = f"{shown(self._settings.http.url)}:{number}"
            if not isinstance(record, dict):
                yield refused(Refusal(Reason.MALFORMED, "not an object"), Row(place, {"record": record}))
                continue
            self._remember(record.get("updated_datetime"))
            yield self._reader.read(Row(place, ticket_cells(record, self._settings.services, self._names)))

    def _remember(self, updated: Any) -> None:
        try:
            changed_ms = table_time(updated, (), self._zone)
        except BadTime:
            return
        if changed_ms is not None:
            self._newest_ms = max(self._newest_ms or 0, min(changed_ms, self._ctx.clock.now_ms()))


def _newest(cursor: str | None, wish: str) -> int | None:
    """The newest change known; None: nothing was read yet with these settings."""
    try:
        kept = orjson.loads(cursor or "{}")
        return int(kept["newest_ms"]) if kept["wish"] == wish else None
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def _written(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
