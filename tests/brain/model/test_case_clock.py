"""Clocks of cases: when they start, are due and end, and what a newly published year moves."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.calendar import WorkCalendar
from brain.model.case import CaseType, ClockKind, ClockRule
from brain.model.case_clock import CaseClock, OpenDeadline, Passage, clocks_of, due_ms, left_s, recompute, run_clocks
from brain.model.clock import utc_ms
from brain.model.ticket_type import ticket_type

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar()
TICKET = ticket_type()
TYPES = {"ticket": TICKET}
HOUR = 3_600_000


def ms(text: str) -> int:
    return utc_ms(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def clocks(*passed: tuple[str, str], urgent: bool = False, source_due_ms: int | None = None) -> dict[str, CaseClock]:
    passages = [Passage(state, ms(text)) for state, text in passed]
    return {clock.clock: clock for clock in run_clocks(TICKET, urgent, passages, CALENDAR, source_due_ms)}


def test_an_ordinary_ticket_runs_on_one_clock_over_working_days() -> None:
    # Friday before the National Day week of 2021: 8 and 9 October are worked, the week before is free.
    found = clocks(("received", "2021-09-30T10:00"))
    assert found == {
        "close": CaseClock("close", ms("2021-09-30T10:00"), ms("2021-10-13T17:30"), None, provisional=False)
    }


def test_an_urgent_ticket_runs_on_parallel_clocks() -> None:
    found = clocks(("received", "2021-06-26T23:30"), urgent=True)  # a Saturday night
    assert found["contact"].due_ms == ms("2021-06-27T00:30")
    assert found["arrive"].due_ms == ms("2021-06-27T01:30")
    assert found["close"].due_ms == ms("2021-06-30T17:30")


def test_clocks_end_when_their_state_is_entered() -> None:
    found = clocks(
        ("received", "2021-06-28T09:00"),
        ("dispatched", "2021-06-28T09:05"),
        ("contacted", "2021-06-28T09:30"),
        ("handling", "2021-06-28T10:00"),
        ("resolved", "2021-06-29T10:00"),
        ("closed", "2021-06-30T10:00"),
        urgent=True,
    )
    assert found["contact"].ended_ms == ms("2021-06-28T09:30")
    assert found["arrive"].ended_ms == ms("2021-06-28T10:00")
    assert found["close"].ended_ms == ms("2021-06-29T10:00")


def test_a_reopened_case_runs_on_to_its_old_deadline() -> None:
    passed = [("received", "2021-06-28T09:00"), ("resolved", "2021-06-29T10:00"), ("dispatched", "2021-06-29T11:00")]
    found = clocks(*passed, urgent=True)
    assert found["close"].ended_ms is None
    assert found["close"].due_ms == ms("2021-07-01T17:30")
    assert found["contact"].ended_ms == ms("2021-06-29T10:00"), "the citizen was answered once"
    again = clocks(*passed, ("resolved", "2021-06-30T10:00"), urgent=True)
    assert again["close"].ended_ms == ms("2021-06-30T10:00")


def test_the_due_time_of_the_source_replaces_that_of_the_close_clock() -> None:
    found = clocks(("received", "2021-06-28T09:00"), urgent=True, source_due_ms=ms("2021-06-28T12:00"))
    assert found["close"].due_ms == ms("2021-06-28T12:00")
    assert found["contact"].due_ms == ms("2021-06-28T10:00")


def test_a_clock_never_ends_before_it_started() -> None:
    found = clocks(("received", "2021-06-28T09:00"), ("closed", "2021-06-27T09:00"))
    assert found["close"].ended_ms == found["close"].started_ms


def test_a_clock_whose_start_is_never_passed_is_absent() -> None:
    late_start = ClockRule("sign", "签收", "Sign", ClockKind.ELAPSED, "dispatched", ("closed", "rejected"), seconds=60)
    case_type = CaseType("t", TICKET.states, "received", TICKET.final, TICKET.transitions, (late_start,))
    assert run_clocks(case_type, False, [Passage("received", 0), Passage("closed", 9)], CALENDAR) == ()


def test_urgent_cases_without_clocks_of_their_own_run_on_the_ordinary_ones() -> None:
    case_type = CaseType("t", TICKET.states, "received", TICKET.final, TICKET.transitions, TICKET.clocks)
    assert clocks_of(case_type, True) == TICKET.clocks


def test_seconds_of_working_time() -> None:
    rule = ClockRule("half_day", "半天", "Half a day", ClockKind.WORKING, "received", ("closed",), seconds=2 * 3600)
    assert due_ms(rule, ms("2021-06-28T11:00"), CALENDAR) == (ms("2021-06-28T15:30"), False), "lunch does not count"


def test_a_clock_without_a_length_is_an_error() -> None:
    rule = ClockRule("bad", "", "", ClockKind.WORKING, "received", ("closed",))
    with pytest.raises(ValueError, match="clock bad has neither"):
        due_ms(rule, 0, CALENDAR)


def test_publishing_a_year_moves_what_was_counted_through_it() -> None:
    start = ms("2027-02-03T10:00")  # a Wednesday of a year whose holidays are not known
    rule = TICKET.clocks[0]
    before_ms, provisional = due_ms(rule, start, CALENDAR)
    assert (before_ms, provisional) == (ms("2027-02-10T17:30"), True)
    spring_festival = frozenset(date(2027, 2, day) for day in range(5, 12))
    known = CALENDAR.with_year_published(2027, free=spring_festival, work=frozenset({date(2027, 2, 13)}))
    deadline = OpenDeadline("case", "ticket", False, "close", start, before_ms)
    (settled,) = recompute([deadline], TYPES, known)
    # 4 February, then 12, the make-up Saturday 13, 15 and 16.
    assert settled.due_ms == ms("2027-02-16T17:30")
    assert (settled.moved, settled.provisional, settled.old_due_ms) == (True, False, before_ms)


def test_publishing_a_year_also_settles_what_does_not_move() -> None:
    start = ms("2027-03-01T10:00")
    before_ms, _ = due_ms(TICKET.clocks[0], start, CALENDAR)
    known = CALENDAR.with_year_published(2027, free=frozenset({date(2027, 10, 1)}))
    (settled,) = recompute([OpenDeadline("case", "ticket", False, "close", start, before_ms)], TYPES, known)
    assert (settled.moved, settled.provisional) == (False, False)


def test_nothing_is_settled_while_the_year_is_unknown() -> None:
    start = ms("2027-03-01T10:00")
    before_ms, _ = due_ms(TICKET.clocks[0], start, CALENDAR)
    assert recompute([OpenDeadline("case", "ticket", False, "close", start, before_ms)], TYPES, CALENDAR) == []
    unknown = OpenDeadline("case", "permit", False, "close", start, 0)
    assert recompute([unknown], TYPES, CALENDAR) == [], "a type the city no longer has is left alone"


@given(
    st.lists(st.tuples(st.sampled_from(TICKET.states), st.integers(0, 90 * 24)), max_size=12),
    st.booleans(),
)
def test_whatever_a_case_passes_its_clocks_hold_together(steps: list[tuple[str, int]], urgent: bool) -> None:
    start = ms("2021-06-28T09:00")
    passages = [Passage("received", start), *(Passage(state, start + hours * HOUR) for state, hours in steps)]
    found = run_clocks(TICKET, urgent, passages, CALENDAR)
    assert [clock.clock for clock in found] == [rule.id for rule in clocks_of(TICKET, urgent)]
    for clock in found:
        assert clock.started_ms == start < clock.due_ms
        assert clock.ended_ms is None or clock.ended_ms >= start
    ended = {clock.clock: clock.ended_ms is not None for clock in found}
    assert ended["close"] == (passages[-1].state in ("resolved", "closed", "rejected"))


def test_what_is_left_leaves_out_days_off() -> None:
    elapsed, working = TICKET.urgent_clocks[0], TICKET.urgent_clocks[2]
    friday, monday = ms("2021-07-16T14:00"), ms("2021-07-19T17:30")
    assert left_s(working, monday, friday, CALENDAR) == 27.5 * 3600  # not the 75.5 h of the clock on the wall
    assert left_s(elapsed, monday, friday, CALENDAR) == 75.5 * 3600
    assert left_s(working, monday, ms("2021-07-17T12:00"), CALENDAR) == 17.5 * 3600  # from within a day off
    assert left_s(working, friday, monday, CALENDAR) == -75.5 * 3600  # past: plain time
    assert left_s(working, ms("2021-09-18T17:30"), ms("2021-09-17T17:30"), CALENDAR) == 24 * 3600  # a worked Saturday
    assert left_s(working, ms("9999-12-31T00:00"), friday, CALENDAR) > 7000 * 365 * 86400
