"""What the headline sentence is written from."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.alert import Level
from brain.model.query.alerts import AlertRow
from brain.model.query.answer import Query


@dataclass(frozen=True, slots=True)
class Situation(Query):
    """What the headline sentence is written from. Answered with SituationNow, never None."""

    inputs: ClassVar[tuple[str, ...]] = ("alerts", "tickets", "feeds")


@dataclass(frozen=True, slots=True)
class SituationNow:
    """`by_level`, `gravest`: alerts whose cause lasts; `unacknowledged`: all open ones nobody has taken note of."""

    by_level: dict[Level, int]
    unacknowledged: int
    overdue: int  # cases with a clock past its deadline
    running: int  # cases with a clock that runs
    feeds_lost: int
    gravest: AlertRow | None
    urgent_overdue: int = 0  # urgent cases with a clock past its deadline
    urgent_running: int = 0  # urgent cases with a clock that runs
