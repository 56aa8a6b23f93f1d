"""How what a device measured over a span is told in few points: single readings while they are few, then buckets."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from brain.model.rollup import DAY_S, SPANS_S

SINGLE_S = 0
"""The span of single readings."""
MOST_READINGS = 3000
MOST_BUCKETS = 1000
_SILENT_INTERVALS = 3.0  # as for devices: longer than this many intervals without a word is a silence


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured in (start_ms, end_ms], of a single reading at end_ms, which is its start too. `count` good
    values; `mean`, `low` and `high` are None where there was none, and then `bad` ones were."""

    start_ms: int
    end_ms: int
    mean: float | None
    low: float | None
    high: float | None
    count: int
    bad: int


def single(at_ms: int, value: float | None) -> Point:
    good = value is not None
    return Point(at_ms, at_ms, value, value, value, int(good), int(not good))


def fitting_spans_s(length_s: float, interval_s: int) -> tuple[int, ...]:
    """What a stretch of this length may be told in, finest first; days always."""
    spans = [SINGLE_S] if length_s <= MOST_READINGS * interval_s else []
    return (*spans, *(span for span in SPANS_S if span == DAY_S or length_s <= MOST_BUCKETS * span))


def longest_step_s(span_s: int, interval_s: int) -> float:
    """Between two neighbours further apart than this something is missing. A day may have 25 hours."""
    return max(span_s * (1.5 if span_s else 0), interval_s * _SILENT_INTERVALS)


def together(length_s: float, span_s: int) -> int:
    """How many buckets are told as one, so that a stretch of any length has few."""
    return max(1, ceil(length_s / (span_s * MOST_BUCKETS))) if span_s else 1


def thinned(points: Sequence[Point], each: int) -> tuple[Point, ...]:
    """Neighbours put together, `each` at a time."""
    if each <= 1:
        return tuple(points)
    return tuple(_merged(points[i : i + each]) for i in range(0, len(points), each))


def _merged(points: Sequence[Point]) -> Point:
    count = sum(point.count for point in points)
    total = sum(point.mean * point.count for point in points if point.mean is not None)
    lows = [point.low for point in points if point.low is not None]
    highs = [point.high for point in points if point.high is not None]
    return Point(
        points[0].start_ms,
        points[-1].end_ms,
        total / count if count else None,
        min(lows, default=None),
        max(highs, default=None),
        count,
        sum(point.bad for point in points),
    )
