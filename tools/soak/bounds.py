"""How fast a figure grows while the wall stands, and how fast it may."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Bound:
    """`most` is growth per hour in the figure's own unit: what is below it is noise of an hour."""

    figure: str
    unit: str
    most: float


BOUNDS = (
    Bound("heap", "MB", 6),
    Bound("nodes", "", 1500),
    Bound("listeners", "", 150),
    Bound("page", "MB", 600),  # levels off: the driver keeps 200 MB of what was fetched
    Bound("server", "MB", 60),
    Bound("handles", "", 12),
    Bound("threads", "", 6),
)


def slope(hours: Sequence[float], values: Sequence[float]) -> float:
    """Growth per hour: the median of the slopes between any two samples (Theil and Sen), so that one sample taken in
    the middle of a drawing does not decide. Raises statistics.StatisticsError for fewer than two moments."""
    pairs = combinations(zip(hours, values, strict=True), 2)
    return statistics.median((later - value) / (end - begin) for (begin, value), (end, later) in pairs if end != begin)
