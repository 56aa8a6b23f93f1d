"""Clocks that run in cases: those of urgent ones, and those past their deadline."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.alert import Level
from brain.model.query.alerts import ClockRow
from brain.model.query.answer import Query


@dataclass(frozen=True, slots=True)
class UrgentClocks(Query):
    """Urgent cases with a clock that runs, soonest due first. Unit staff are listed those of their unit.

    Answered with UrgentNow; None when the city never had a ticket."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets", "alerts")
    limit: int = 6


@dataclass(frozen=True, slots=True)
class LateTickets(Query):
    """Open tickets with a clock past its deadline, urgent ones first, then the one that is late longest. Unit staff are
    listed those of their unit.

    Answered with LateNow; None when the city never had a ticket."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets", "alerts")
    limit: int = 200


@dataclass(frozen=True, slots=True)
class ClockLimit:
    """A clock of urgent cases and its length: `seconds` of real time, or `working_days`."""

    clock: str
    name: str
    name_en: str
    seconds: int | None
    working_days: int | None


@dataclass(frozen=True, slots=True)
class ClockedCase:
    """`clocks` stand in the order of those of its type (case_clock.clocks_of), None for one that has not started;
    `running` is the one of them due first. `left_s`: time to its deadline without the days off in between, negative
    once it is past.

    `number` is "" for those who may not read cases. `unit` is "" where the source names none. `alert_id`: the gravest
    open alert about the case, "" without one.
    """

    case_id: str
    number: str
    category_name: str
    category_name_en: str
    area_id: str
    clocks: tuple[ClockRow | None, ...]
    running: ClockRow
    left_s: float
    alert_id: str
    alert_level: Level | None
    simulated: bool
    urgent: bool = True
    unit: str = ""
    unit_name: str = ""
    unit_name_en: str = ""


@dataclass(frozen=True, slots=True)
class UrgentNow:
    """`total`, `overdue`: of all such cases, not only of the `rows` asked for."""

    rows: tuple[ClockedCase, ...]
    total: int
    overdue: int
    limits: tuple[ClockLimit, ...]


@dataclass(frozen=True, slots=True)
class LateNow:
    """`total`, `urgent`: of all such tickets, not only of the `rows` asked for."""

    rows: tuple[ClockedCase, ...]
    total: int
    urgent: int
