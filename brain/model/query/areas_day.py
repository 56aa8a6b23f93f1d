"""Today's tickets of each part of an area, hour by hour, and those of the day before."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.query.answer import Query


@dataclass(frozen=True, slots=True)
class AreasDay(Query):
    """The parts of the viewed area, or the area itself where it has none.

    Answered with DayOfAreas; None when the city never had a ticket."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets",)


@dataclass(frozen=True, slots=True)
class AreaDay:
    """In the unit of the day. `total` is None for an area no ticket ever came from: that is no data, not 0.

    Hours are of the city's zone; `by_hour[h]` is None for hours that have not passed yet; `before` are those of the day
    before."""

    area_id: str
    total: float | None
    by_hour: tuple[float | None, ...]
    before: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class DayOfAreas:
    """`rows`: greatest total first, those without data last. `unit_key`: as of MapView."""

    rows: tuple[AreaDay, ...]
    unit_key: str
    day_ms: int  # start of today
