"""Buckets of rollups: intervals (start, end], stamped at their end. A day runs between midnights of the city's zone.

A value measured at 10:00:00 therefore belongs to the hour that ends then, as hourly figures of stations are published.
Shorter buckets lie on the grid of epoch time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from brain.model.clock import at_utc, utc_ms
from brain.model.reading import Reading

FIVE_MINUTES_S = 300
HOUR_S = 3600
DAY_S = 86400  # its real length may be 23 or 25 hours
SPANS_S = (FIVE_MINUTES_S, HOUR_S, DAY_S)


class Buckets:
    """The buckets of one city. Remembers the day it was asked for last, since neighbours in a batch share it."""

    def __init__(self, tz: str) -> None:
        """`tz` is an IANA name; raises zoneinfo.ZoneInfoNotFoundError."""
        self._zone = ZoneInfo(tz)
        self._day = (0, 0)

    def end_ms(self, at_ms: int, span_s: int) -> int:
        """End of the bucket of span 300, 3600 or 86400 that holds the moment. Raises ValueError for another span."""
        if span_s == DAY_S:
            return self.day_of(at_ms)[1]
        return -(-at_ms // _short_ms(span_s)) * _short_ms(span_s)

    def start_ms(self, end_ms: int, span_s: int) -> int:
        """Start of the bucket with that end; the start itself belongs to the bucket before."""
        return self.day_of(end_ms)[0] if span_s == DAY_S else end_ms - _short_ms(span_s)

    def ends_ms(self, at_ms: int) -> tuple[int, int, int]:
        """Ends of the buckets of all SPANS_S."""
        return -(-at_ms // 300_000) * 300_000, -(-at_ms // 3_600_000) * 3_600_000, self.day_of(at_ms)[1]

    def day_of(self, at_ms: int) -> tuple[int, int]:
        """(start, end] of the city's day that holds the moment; midnight itself ends a day."""
        start, end = self._day
        if not start < at_ms <= end:
            local = at_utc(at_ms - 1).astimezone(self._zone).date()
            start, end = self._midnight_ms(local), self._midnight_ms(local + timedelta(days=1))
            self._day = (start, end)
        return start, end

    def _midnight_ms(self, day: date) -> int:
        return utc_ms(datetime.combine(day, time(), self._zone))


def _short_ms(span_s: int) -> int:
    if span_s not in (FIVE_MINUTES_S, HOUR_S):
        raise ValueError(f"there are no buckets of {span_s} s, only of {SPANS_S}")
    return span_s * 1000


@dataclass(slots=True)
class Rollup:
    """What is kept of the readings of a bucket: `count` good values and `bad` rows that were None.

    `sum`, `min` and `max` are of good values (min and max None without one); `last` is the value of the newest row,
    None when that one was bad, and `last_ms` its time. Merging is free of order, sums up to rounding."""

    count: int = 0
    bad: int = 0
    sum: float = 0.0
    min: float | None = None
    max: float | None = None
    last: float | None = None
    last_ms: int = -1

    def add(self, at_ms: int, value: float | None) -> None:
        if value is None:
            self.bad += 1
        else:
            self.count += 1
            self.sum += value
            if self.min is None or value < self.min:
                self.min = value
            if self.max is None or value > self.max:
                self.max = value
        if at_ms > self.last_ms:
            self.last_ms, self.last = at_ms, value

    def merged(self, other: "Rollup") -> "Rollup":
        """Of the readings of both."""
        lows = [low for low in (self.min, other.min) if low is not None]
        highs = [high for high in (self.max, other.max) if high is not None]
        newer = other if other.last_ms > self.last_ms else self
        return Rollup(
            self.count + other.count,
            self.bad + other.bad,
            self.sum + other.sum,
            min(lows, default=None),
            max(highs, default=None),
            newer.last,
            newer.last_ms,
        )


BucketKey = tuple[str, str, int, int]
"""(device id, metric, span in s, end in ms)."""


def roll_up(readings: Iterable[Reading], buckets: Buckets) -> dict[BucketKey, Rollup]:
    """The rollups of all spans of these readings, which must be distinct. Keys may share one rollup: change none."""
    cells: dict[tuple[str, str, int, int], Rollup] = {}
    for reading in readings:
        at_ms = reading.at_ms
        # With the day, since a zone's midnight need not lie on the grid.
        cell = (reading.device_id, reading.metric, -(-at_ms // 300_000) * 300_000, buckets.day_of(at_ms)[1])
        rollup = cells.get(cell)
        if rollup is None:
            rollup = cells[cell] = Rollup()
        rollup.add(at_ms, reading.value)
    made: dict[BucketKey, Rollup] = {}
    for (device_id, metric, end_ms, day_ms), rollup in cells.items():
        hour_ms = -(-end_ms // 3_600_000) * 3_600_000
        for span_s, bucket_ms in ((FIVE_MINUTES_S, end_ms), (HOUR_S, hour_ms), (DAY_S, day_ms)):
            key = (device_id, metric, span_s, bucket_ms)
            there = made.get(key)
            made[key] = rollup if there is None else there.merged(rollup)
    return made
