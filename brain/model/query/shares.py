"""Tickets closed in time, by unit and by area, with an honest denominator; areas ranked."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from brain.model.query.answer import Query


@dataclass(frozen=True, slots=True)
class Judged:
    """Tickets of a span, each in exactly one class. The share closed in time is on_time_n / due_n."""

    due_n: int = 0  # had a deadline and reached it, or were closed before
    on_time_n: int = 0  # of due_n, closed in time
    not_yet_due_n: int = 0  # open, deadline to come
    no_deadline_n: int = 0
    excluded_n: int = 0  # closed before created: cannot be judged

    def __add__(self, other: "Judged") -> "Judged":
        return Judged(
            self.due_n + other.due_n,
            self.on_time_n + other.on_time_n,
            self.not_yet_due_n + other.not_yet_due_n,
            self.no_deadline_n + other.no_deadline_n,
            self.excluded_n + other.excluded_n,
        )


@dataclass(frozen=True, slots=True)
class UnitPerformance(Query):
    """Tickets received on the last `days` days, today included, by the unit that has them: the one the source names, or
    else the one the city's duty list names for the category.

    Answered with Units; None when the city never had a ticket."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets", "indicators")
    days: int = 30


@dataclass(frozen=True, slots=True)
class UnitShare:
    """`id` "": tickets no unit is known of."""

    id: str
    name: str
    name_en: str
    judged: Judged


@dataclass(frozen=True, slots=True)
class Units:
    """`rows` by unit id. `target`: the share the city has published as its target (0 to 1), None without one."""

    rows: tuple[UnitShare, ...]
    total: Judged
    target: float | None


class By(StrEnum):
    """What areas are ranked by."""

    TICKETS = "tickets"  # of today, per 10,000 people where the population of all of them is known
    ON_TIME = "on_time"
    ALERTS = "alerts"  # open now


@dataclass(frozen=True, slots=True)
class AreaRanking(Query):
    """The parts of the viewed area, or the area itself where it has none, in the order of the city pack.

    Answered with RankedAreas; None when the city never had a ticket (by alerts: never None). `days` counts for the
    share closed in time only.
    """

    inputs: ClassVar[tuple[str, ...]] = ("tickets", "alerts")
    by: By = By.TICKETS
    days: int = 30


@dataclass(frozen=True, slots=True)
class RankedArea:
    """`value` in the unit of the ranking (a share 0 to 1), None without data; `n` is what it was counted from: tickets,
    tickets due, or alerts.

    `before` is the same value of the span compared with: the same weekday last week up to the same time, the same
    number of days before as they stood then, or the alerts open 24 hours ago. `judged` is there for shares alone."""

    area_id: str
    value: float | None
    n: int
    before: float | None
    judged: Judged | None = None


@dataclass(frozen=True, slots=True)
class RankedAreas:
    """`unit_key`: catalogue key of the unit, as of MapView; "" for shares. `target` as in Units."""

    rows: tuple[RankedArea, ...]
    unit_key: str
    target: float | None = None
