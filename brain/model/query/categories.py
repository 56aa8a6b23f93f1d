"""What people call about."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from brain.model.query.answer import Query


class Depth(StrEnum):
    """A level of the city's duty list, from the top."""

    TOP = "top"
    SECOND = "second"
    THIRD = "third"

    @property
    def parts(self) -> int:
        """How many parts of a category id it keeps: environment.noise.site is environment.noise at the second."""
        return list(Depth).index(self) + 1


@dataclass(frozen=True, slots=True)
class CategoryRanking(Query):
    """The categories most tickets came in for, today or on the last `days` days, today included.

    Answered with Categories; None when the city never had a ticket."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets",)
    depth: Depth = Depth.SECOND
    days: int = 1
    limit: int = 6


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """`before`: tickets of the span compared with; None where there is none."""

    id: str
    name: str
    name_en: str
    n: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Categories:
    """`rows`, most tickets first, at most as many as asked for; `total`: tickets of all categories.

    The span compared with lies `back_days` before, ends at the same time of day and holds the same weekdays.
    A category the city does not list is shown as it came; one listed less deep than asked for stays as it is.
    """

    rows: tuple[CategoryCount, ...]
    total: int
    back_days: int
