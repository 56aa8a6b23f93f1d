"""Deadlines of cases: when each clock of a case started, is due and ended, from the states the case passed through.

All times are epoch ms UTC, city time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from brain.model.calendar import WorkCalendar
from brain.model.case import CLOSE_CLOCK, CaseType, ClockKind, ClockRule
from brain.model.clock import at_utc, utc_ms

_FAR_DAYS = 400  # a deadline further away than this is told in plain time: a source may say 9999-12-31


@dataclass(frozen=True, slots=True)
class Passage:
    """The case entered `state` at `at_ms`."""

    state: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class CaseClock:
    """`provisional` (暂定): a year the deadline was counted through has no published holidays yet."""

    clock: str
    started_ms: int
    due_ms: int
    ended_ms: int | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class OpenDeadline:
    """A provisional deadline of a clock that still runs."""

    case_id: str
    case_type: str
    urgent: bool
    clock: str
    started_ms: int
    due_ms: int


@dataclass(frozen=True, slots=True)
class SettledDeadline:
    """What a deadline is after the calendar learned more. `provisional`: it still may change again."""

    case_id: str
    clock: str
    old_due_ms: int
    due_ms: int
    provisional: bool

    @property
    def moved(self) -> bool:
        return self.due_ms != self.old_due_ms


def clocks_of(case_type: CaseType, urgent: bool) -> tuple[ClockRule, ...]:
    """The clocks that run in a case."""
    return case_type.urgent_clocks if urgent and case_type.urgent_clocks else case_type.clocks


def due_ms(rule: ClockRule, started_ms: int, calendar: WorkCalendar) -> tuple[int, bool]:
    """(deadline, provisional). Raises ValueError for a rule without a length."""
    if rule.kind is ClockKind.ELAPSED and rule.seconds is not None:
        return started_ms + rule.seconds * 1000, False
    started_at = at_utc(started_ms)
    if rule.working_days is not None:
        due_at, provisional = calendar.add_working_days(started_at, rule.working_days)
    elif rule.seconds is not None:
        due_at, provisional = calendar.add_working_time(started_at, rule.seconds)
    else:
        raise ValueError(f"clock {rule.id} has neither seconds nor working_days")
    return utc_ms(due_at), provisional


def left_s(rule: ClockRule, deadline_ms: int, now_ms: int, calendar: WorkCalendar) -> float:
    """Time to a deadline, negative once past; of a clock that counts working time without the days off before it."""
    plain_s = (deadline_ms - now_ms) / 1000
    zone = ZoneInfo(calendar.tz)
    day, last = (at_utc(ms).astimezone(zone).date() for ms in (now_ms, deadline_ms))
    if rule.kind is ClockKind.ELAPSED or plain_s <= 0 or (last - day).days > _FAR_DAYS:
        return plain_s
    off_ms = 0
    while day <= last:
        if not calendar.is_workday(day)[0]:
            start_ms, end_ms = (utc_ms(datetime.combine(each, time(), zone)) for each in (day, day + timedelta(1)))
            off_ms += min(end_ms, deadline_ms) - max(start_ms, now_ms)
        day += timedelta(1)
    return plain_s - off_ms / 1000


def run_clocks(
    case_type: CaseType,
    urgent: bool,
    passages: Sequence[Passage],
    calendar: WorkCalendar,
    source_due_ms: int | None = None,
) -> tuple[CaseClock, ...]:
    """The clocks of a case that passed through `passages`, in this order (times of a source may run backwards).

    `source_due_ms`, the due time a source gives, replaces that of the close clock. A clock that has ended stays ended,
    except the close clock of a case that is opened again: it then runs on to its old deadline. A clock whose start was
    never passed is absent.
    """
    found = []
    for rule in clocks_of(case_type, urgent):
        start = next((i for i, passage in enumerate(passages) if passage.state == rule.starts_on), None)
        if start is None:
            continue
        started_ms = passages[start].at_ms
        if rule.id == CLOSE_CLOCK and source_due_ms is not None:
            deadline, provisional = source_due_ms, False
        else:
            deadline, provisional = due_ms(rule, started_ms, calendar)
        ended_ms = _ended_ms(rule, passages[start + 1 :])
        if ended_ms is not None:
            ended_ms = max(ended_ms, started_ms)
        found.append(CaseClock(rule.id, started_ms, deadline, ended_ms, provisional))
    return tuple(found)


def _ended_ms(rule: ClockRule, later: Sequence[Passage]) -> int | None:
    ended_ms = None
    for passage in later:
        if passage.state not in rule.ends_on:
            if rule.id == CLOSE_CLOCK:
                ended_ms = None
        elif ended_ms is None:
            ended_ms = passage.at_ms
    return ended_ms


def recompute(
    deadlines: Iterable[OpenDeadline], case_types: Mapping[str, CaseType], calendar: WorkCalendar
) -> list[SettledDeadline]:
    """Provisional deadlines counted again, those that changed: call it when a year's holidays are published.

    Only what is provisional can change: what was counted through published years, or given by a source, stands.
    """
    settled = []
    for deadline in deadlines:
        case_type = case_types.get(deadline.case_type)
        rules = clocks_of(case_type, deadline.urgent) if case_type else ()
        rule = next((rule for rule in rules if rule.id == deadline.clock), None)
        if rule is None:
            continue
        new_ms, provisional = due_ms(rule, deadline.started_ms, calendar)
        if new_ms != deadline.due_ms or not provisional:
            settled.append(SettledDeadline(deadline.case_id, deadline.clock, deadline.due_ms, new_ms, provisional))
    return settled
