"""What a fresh simulated city tells of its past: newest first, a little at a time, so that it stands behind what
happens now. How far it is goes into the cursor, and a restart goes on from there."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import islice

import orjson

from brain.model.reading import Device, Reading
from feeds.payloads.demo_spool import Part, Spool
from feeds.payloads.demo_values import City

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
# How old readings may be, and how often one is made: enough for curves of a day, a week and a season.
STEPS = ((DAY_MS, 600_000), (7 * DAY_MS, HOUR_MS), (400 * DAY_MS, 12 * HOUR_MS))
# Kinds whose curves people look at: over a day, and beyond. Of detectors, lamps and boats the state counts.
DAY_KINDS = frozenset(
    [
        "water_level",
        "water_pressure",
        "air",
        "water_quality",
        "rain",
        "noise",
        "dust",
        "parking",
        "camera",
        "extranet_line",
        "cloud_host",
    ]
)
TREND_KINDS = frozenset(("air", "water_quality", "noise"))


@dataclass(frozen=True, slots=True)
class Told:
    """How far the city is told. `begun_ms`: its first start; `live_ms`: calls are written until then; `oldest`: the
    first day of whose calls the past is told; `moments`: how many moments of readings are."""

    begun_ms: int
    live_ms: int
    oldest: date | None = None
    moments: int = 0

    def dump(self) -> str:
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def load(cls, text: str) -> "Told | None":
        """None for what is no such cursor: the past is then told from the beginning, and the store absorbs it."""
        try:
            said = orjson.loads(text)
            oldest = None if said["oldest"] is None else date.fromisoformat(said["oldest"])
            return cls(int(said["begun_ms"]), int(said["live_ms"]), oldest, int(said["moments"]))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return None


class PastCalls:
    """One step at a time: a part is written, read by the table feed, and only then the next one is made."""

    def __init__(self, spool: Spool, told: Told, days: int) -> None:
        self._spool = spool
        self._told = told
        self._days = days
        self._first = spool.day(told.begun_ms)
        self._parts: list[Part] = []
        self._day: date | None = None
        self._number = 0
        self._under_way: tuple[Part, int] | None = None

    @property
    def oldest(self) -> date | None:
        return self._told.oldest

    @property
    def days_told(self) -> int:
        return 0 if self.oldest is None else (self._first - self.oldest).days

    @property
    def over(self) -> bool:
        return self.oldest is not None and self.days_told >= self._days

    def step(self, now_ms: int) -> None:
        """Nothing while a part is unread."""
        if self.over or self._spool.unread():
            return
        if self._under_way is not None:
            self._spool.adopt(*self._under_way)
            self._under_way = None
        if self._day is None:
            self._day = self._first if self.oldest is None else self.oldest - timedelta(days=1)
            self._parts, self._number = self._spool.parts(self._day, self._told.begun_ms), 0
        if self._parts:
            part, self._number = self._parts.pop(0), self._number + 1
            self._spool.tell(f"{self._day}-{self._number:03d}", part, now_ms)
            self._under_way = part, now_ms
        else:
            self._told, self._day = replace(self._told, oldest=self._day), None


class PastReadings:
    """Moments of the past, newest first, each with what devices measured then."""

    def __init__(
        self, city: City, devices: Sequence[Device], metrics: frozenset[str], begun_ms: int, days: int, moments: int
    ) -> None:
        """`moments` are told already. One device of each kind and area stands for the others."""
        self._city = city
        self._sample = [device for device in devices if device.id.endswith("-1") and device.kind in DAY_KINDS]
        self._trend = [device for device in self._sample if device.kind in TREND_KINDS]
        self._metrics = metrics
        self._begun_ms = begun_ms
        self._moments = islice(moments_of(begun_ms, days), moments, None)
        self.told = moments
        self.over = False

    def take(self, least: int) -> list[Reading]:
        """At least so many readings, while there are some."""
        found: list[Reading] = []
        for at_ms in self._moments:
            found += self._at(at_ms)
            self.told += 1
            if len(found) >= least:
                return found
        self.over = True
        return found

    def _at(self, at_ms: int) -> Iterator[Reading]:
        devices = self._sample if at_ms >= self._begun_ms - DAY_MS else self._trend
        for device in devices:
            if not self._city.is_silent(device):
                yield from readings_at(self._city, device, at_ms, self._metrics)


def moments_of(begun_ms: int, days: int) -> Iterator[int]:
    """The moments told of the last `days` days before `begun_ms`, newest first, further apart the older they are."""
    at_ms, first_ms = begun_ms, begun_ms - days * DAY_MS
    for oldest_ms, step_ms in STEPS:
        until_ms = max(first_ms, begun_ms - oldest_ms)
        at_ms = (at_ms - 1) // step_ms * step_ms
        while at_ms >= until_ms:
            yield at_ms
            at_ms -= step_ms
        at_ms += step_ms


def readings_at(city: City, device: Device, at_ms: int, metrics: frozenset[str]) -> Iterator[Reading]:
    """What the device measured then, as far as the city knows the metrics."""
    for metric, value in city.measure(device, at_ms).items():
        if metric in metrics:
            yield Reading(device.id, metric, at_ms, value, at_ms)
