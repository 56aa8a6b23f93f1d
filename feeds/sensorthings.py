"""Readings from an OGC SensorThings server: the datastreams of listed properties, and of each the observations that are
newer than those read before."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field

from brain.feed import Cursor, FeedContext, FeedError, FeedSettings, Item, Refused, Rejected, Unavailable
from brain.model.clock import at_utc
from brain.model.reason import Reason, Why
from feeds.payloads.hand_on import hand_on
from feeds.payloads.http_fetch import Fetcher, Marks
from feeds.payloads.http_pages import Page, Pages, Pull, read_pages, with_parameter
from feeds.payloads.http_source import HttpSource
from feeds.payloads.json_mapping import PathText
from feeds.payloads.numbers import NotANumber
from feeds.payloads.paths import compile_path
from feeds.payloads.record_readings import NewDevices, Record, Records, in_base
from feeds.payloads.sta_datastreams import EXPANDED, Catalogue, Datastream, PropertyMapping
from feeds.payloads.table_marks import digest_of
from feeds.payloads.times import BadTime, TimeForm, device_time

MODE = "pull"
INPUT = "readings"

_UNANSWERED = 3  # one after another: it is the server then, and each may take its whole timeout
_NEXT = '["@iot.nextLink"]'


class Settings(FeedSettings):
    http: HttpSource = Field(description="The service root, such as https://sta.example.gov.cn/v1.1.")
    properties: tuple[PropertyMapping, ...] = Field(min_length=1, description="Observed properties that are wanted.")
    filter: str = Field(default="", description="Further $filter of datastreams, such as Thing/name eq 'A'.")
    device_id: PathText = Field(default='["@iot.id"]', description="Where a Thing says its id, such as name.")
    device_prefix: str = Field(default="thing-", description="Put before that id.")
    backfill_s: float = Field(default=3600, gt=0, description="How far back a datastream is read the first time.")
    page_size: int = Field(default=500, ge=1, le=10_000, description="Entities asked for at once.")
    most_pages: int = Field(default=20, ge=1, le=1000, description="Pages of one list in one pull.")
    device: NewDevices = Field(default=NewDevices(), description="What to do about unknown devices.")


def run(settings: Settings, ctx: FeedContext) -> None:
    """A datastream that cannot be read does not keep the others; the first such failure is raised after them. Where the
    server asks to be left alone, says nothing time and again, or the store takes nothing, no other is asked."""
    pull = _Observations(settings, ctx)
    failures: list[FeedError] = []
    unanswered = 0
    streams: list[Datastream] = []
    for found in pull.datastreams():
        if isinstance(found, Datastream):
            streams.append(found)
        else:
            hand_on(ctx, [found])
    if not streams:
        detail = "no datastream of the listed properties; see properties and filter"
        raise Refused(f"{settings.http.url.partition('?')[0]}: {detail}", why=Why.SETTINGS)
    for stream in streams:
        try:
            pull.read(stream)
            unanswered = 0
        except FeedError as error:
            if _is_of_all(error):
                raise
            failures.append(error)
            unanswered = unanswered + 1 if isinstance(error, Unavailable) else 0
            if unanswered == _UNANSWERED:
                break
        if ctx.stopping.is_set():
            return
    if failures:
        raise failures[0]


def _is_of_all(error: FeedError) -> bool:
    return error.why is Why.STORE or (isinstance(error, Unavailable) and error.retry_after_s is not None)


class _Observations:
    """One pull. `_since`: the newest phenomenon time read of each datastream, epoch ms."""

    def __init__(self, settings: Settings, ctx: FeedContext) -> None:
        self._settings = settings
        self._ctx = ctx
        self._base = settings.http.url.rstrip("/")
        self._fetcher = Fetcher(settings.http)
        self._records = Records(settings.device, ctx, settings.simulated)
        self._pages = Pages(next=_NEXT, most=settings.most_pages)
        self._wish = digest_of(self._base)
        self._since = _load(ctx.cursor(), self._wish)

    def datastreams(self) -> Iterator[Datastream | Rejected]:
        settings = self._settings
        try:
            metrics = {mapping.metric: self._ctx.metrics[mapping.metric] for mapping in settings.properties}
        except KeyError as error:
            raise Refused(f"properties: {error} is no metric of this city", why=Why.SETTINGS) from error
        path = compile_path(settings.device_id)
        catalogue = Catalogue(self._base, settings.properties, metrics, path, settings.device_prefix)
        url = _asked(f"{self._base}/Datastreams", {"$expand": EXPANDED, "$filter": settings.filter}, settings.page_size)
        for page in self._read(url):
            for number, each in enumerate(page.records, 1):
                yield from catalogue.read(each, f"{page.name}:{number}")

    def read(self, stream: Datastream) -> None:
        """Hand on what is new of it, and how far that goes with it."""
        now_ms = self._ctx.clock.now_ms()
        since_ms = self._since.get(stream.key, now_ms - round(self._settings.backfill_s * 1000))
        since = at_utc(since_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        wanted = {
            "$filter": f"phenomenonTime gt {since}",
            "$orderby": "phenomenonTime asc",
            "$select": "phenomenonTime,result",
        }
        for page in self._read(_asked(stream.observations, wanted, self._settings.page_size)):
            times = [since_ms]
            items = [
                item
                for number, each in enumerate(page.records, 1)
                for item in self._items(stream, each, f"{page.name}:{number}", times)
            ]
            # A time ahead of the city's clock is refused, and must not hide what comes before it.
            since_ms = max(ms for ms in times if ms <= now_ms or ms == since_ms)
            since_of_all = self._since | {stream.key: since_ms}
            hand_on(self._ctx, [*items, Cursor(orjson.dumps({"wish": self._wish, "since": since_of_all}).decode())])
            self._since = since_of_all  # only now: another datastream's cursor must not tell what was not stored

    def _items(self, stream: Datastream, observation: object, place: str, times: list[int]) -> list[Item]:
        """`times` gets the phenomenon time, also of what is refused: it need not be asked for again."""
        raw = orjson.dumps(observation)[:4096]
        try:
            at_ms = _time_of(observation, self._ctx.tz)
            times.append(at_ms)
            value = _result_of(observation, stream)
        except (BadTime, NotANumber) as error:
            reason = Reason.BAD_TIME if isinstance(error, BadTime) else Reason.NOT_A_NUMBER
            return [Rejected(reason, str(error), place, raw)]
        lon, lat = stream.place or (None, None)
        values = {stream.metric: value}
        return self._records.read(
            Record(stream.device_id, at_ms, values, place, stream.kind, stream.name, lon, lat, raw)
        )

    def _read(self, url: str) -> Iterator[Page]:
        return read_pages(self._fetcher, url, self._pages, "value", Pull(Marks()))


def _time_of(observation: object, tz: str) -> int:
    """A time that is an interval counts at its end. Raises BadTime."""
    told = observation if isinstance(observation, dict) else {}
    end = str(told.get("phenomenonTime") or "").rpartition("/")[2]
    return device_time(end, TimeForm.ISO, ZoneInfo(tz))


def _result_of(observation: object, stream: Datastream) -> float | None:
    """In the metric's base unit. Raises NotANumber."""
    if not isinstance(observation, dict) or "result" not in observation:
        raise NotANumber("an observation without result")
    return in_base(observation["result"], stream.linear)


def _asked(url: str, options: dict[str, str], size: int) -> str:
    for name, value in {**options, "$top": str(size)}.items():
        url = with_parameter(url, name, value) if value else url
    return url


def _load(cursor: str | None, wish: str) -> dict[str, int]:
    """Nothing for a cursor of another form or server: the beginning is then read again and absorbed."""
    try:
        kept = orjson.loads(cursor or "{}")
        return {str(key): int(ms) for key, ms in kept["since"].items()} if kept["wish"] == wish else {}
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return {}
