"""The way of a simulated call through the states of a ticket: most are answered on the line, one in nine is sent to a
unit, a few are urgent."""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_CASE_DAYS = 13
RETURNED_SHARE = 0.05  # of those sent to a unit: it was the wrong one
REJECTED_SHARE = 0.004  # of those answered at once: not for the city to deal with
_SLOW_SHARE = 0.004  # of those sent to a unit: past their deadline
_DAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class Step:
    """The call enters `state` so many minutes after it was received; `closes`: that is its closing time."""

    after_min: float
    state: str
    closes: bool = False


_RECEIVED = Step(0, "received")


def answered(chance: Sequence[float]) -> tuple[Step, ...]:
    """While the caller is on the line."""
    state = "rejected" if chance[6] < REJECTED_SHARE else "closed"
    return _RECEIVED, Step(1 + 7 * chance[7], state, closes=True)


def dispatched(chance: Sequence[float]) -> tuple[Step, ...]:
    days = 0.2 + 5 * chance[6] ** 1.5
    if chance[7] < _SLOW_SHARE:
        days = 10 + 2 * chance[6]
    sent = 20 + 60 * chance[8]
    steps = [_RECEIVED, Step(sent, "dispatched")]
    if chance[9] < RETURNED_SHARE:
        steps += [Step(sent + 40, "returned"), Step(sent + 70, "dispatched")]
    return *steps, Step(200 + 300 * chance[10], "handling"), Step(600 + days * _DAY_MIN, "closed", closes=True)


def urgent_steps(chance: Sequence[float]) -> tuple[Step, ...]:
    """Contact within the hour but for one in twenty, on site within two, done within three days."""
    contact = 8 + 55 * chance[6] ** 2
    arrive = contact + 15 + 45 * chance[7]
    done = arrive + 60 + 800 * chance[8]
    return (
        _RECEIVED,
        Step(2 + 3 * chance[9], "dispatched"),
        Step(contact, "contacted"),
        Step(arrive, "handling"),
        Step(done, "closed", closes=True),
    )
