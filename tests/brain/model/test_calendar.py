"""Working time with holidays and make-up days; what is not published yet is said to be provisional."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.calendar import WorkCalendar, weekdays_only

SHANGHAI = ZoneInfo("Asia/Shanghai")
CN = WorkCalendar()  # 8:30 to 12:00 and 14:30 to 17:30: 6.5 hours
DAY_S = 6.5 * 3600

MOMENTS = st.integers(1_546_300_800, 1_859_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))  # 2019 to 2028
LENGTHS = st.integers(0, 60 * 6 * 3600)
CALENDARS = st.sampled_from(
    [
        CN,
        WorkCalendar(lunch=None, day_start=time(0), day_end=time(0)),
        WorkCalendar(tz="America/New_York", rule=weekdays_only, lunch=None, day_start=time(1), day_end=time(23)),
    ]
)


def at(text: str) -> datetime:
    """Shanghai time."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2021-10-01", False),  # National Day
        ("2021-10-07", False),
        ("2021-10-09", True),  # a Saturday made up for it
        ("2021-10-10", False),  # an ordinary Sunday
        ("2024-02-18", True),  # a Sunday made up for the Spring Festival
        ("2026-10-07", False),
        ("2021-07-14", True),
    ],
)
def test_holidays_and_make_up_days(day, worked):
    assert CN.is_workday(date.fromisoformat(day)) == (worked, False)


def test_a_year_not_published_counts_weekends_and_says_so():
    newest = max(chinese_calendar.constants.holidays).year
    first = date(newest + 1, 1, 1)
    for day in (first + timedelta(days=k) for k in range(14)):
        assert CN.is_workday(day) == (day.weekday() < 5, True)
    assert CN.is_workday(date(2003, 12, 31)) == (True, True)


def test_an_override_wins_and_is_no_longer_provisional():
    calendar = WorkCalendar(overrides={date(2021, 7, 14): False, date(2027, 2, 6): True})
    assert calendar.is_workday(date(2021, 7, 14)) == (False, False)
    assert calendar.is_workday(date(2027, 2, 6)) == (True, False)
    assert calendar.is_workday(date(2027, 2, 7)) == (False, True)


def test_publishing_a_year_moves_a_deadline_and_settles_it():
    start = at("2026-12-31T10:00")
    before = CN.add_working_days(start, 3)
    assert before == (at("2027-01-05T17:30"), True)
    published = CN.with_year_published(2027, frozenset({date(2027, 1, 1)}), frozenset({date(2027, 1, 2)}))
    assert published.add_working_days(start, 3) == (at("2027-01-05T17:30"), False)
    longer = CN.with_year_published(2027, frozenset({date(2027, 1, 1), date(2027, 1, 4)}))
    assert longer.add_working_days(start, 3) == (at("2027-01-07T17:30"), False)
    assert CN.add_working_days(start, 3) == before


@pytest.mark.parametrize(
    ("free", "work"),
    [({date(2026, 1, 1)}, set()), (set(), {date(2028, 1, 1)}), ({date(2027, 1, 1)}, {date(2027, 1, 1)})],
)
def test_days_of_another_year_are_refused(free, work):
    with pytest.raises(ValueError, match="2027"):
        CN.with_year_published(2027, frozenset(free), frozenset(work))


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2021-07-14T09:00", 1, "2021-07-14T10:00"),
        ("2021-07-14T11:30", 1, "2021-07-14T15:00"),  # across lunch
        ("2021-07-14T11:00", 1, "2021-07-14T12:00"),  # ends with the morning, not after lunch
        ("2021-07-14T13:00", 1, "2021-07-14T15:30"),
        ("2021-07-14T17:00", 1, "2021-07-15T09:00"),
        ("2021-07-16T17:30", 1, "2021-07-19T09:30"),  # Friday evening
        ("2021-09-30T17:00", 1, "2021-10-08T09:00"),  # across the National Day week
        ("2021-10-08T17:00", 1, "2021-10-09T09:00"),  # into a make-up Saturday
        ("2021-07-14T20:00", 0, "2021-07-14T20:00"),
    ],
)
def test_adding_working_hours(start, hours, due):
    assert CN.add_working_time(at(start), hours * 3600) == (at(due), False)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2021-07-14T09:00", 3, "2021-07-19T17:30"),  # Wednesday: Thursday, Friday, Monday
        ("2021-09-30T09:00", 3, "2021-10-11T17:30"),  # Friday 8th, make-up Saturday 9th, Monday 11th
        ("2021-07-17T09:00", 1, "2021-07-19T17:30"),  # a Saturday does not count itself
        ("2021-07-14T09:00", 0, "2021-07-14T17:30"),
        ("2021-07-14T18:00", 0, "2021-07-15T17:30"),
        ("2021-07-17T09:00", 0, "2021-07-19T17:30"),
    ],
)
def test_adding_working_days_ends_with_the_day(start, days, due):
    assert CN.add_working_days(at(start), days) == (at(due), False)


@pytest.mark.parametrize(
    ("a", "b", "hours"),
    [
        ("2021-07-14T08:30", "2021-07-14T17:30", 6.5),
        ("2021-07-14T00:00", "2021-07-15T00:00", 6.5),
        ("2021-10-01T00:00", "2021-10-08T00:00", 0),
        ("2021-10-09T08:30", "2021-10-10T23:00", 6.5),
        ("2021-07-14T12:30", "2021-07-14T14:00", 0),
        ("2021-07-14T11:00", "2021-07-14T10:00", -1),
    ],
)
def test_working_time_between(a, b, hours):
    assert CN.working_seconds_between(at(a), at(b)) == hours * 3600


def test_results_are_utc():
    assert CN.add_working_time(at("2021-07-14T09:00"), 60)[0].tzinfo is UTC
    assert CN.add_working_time(at("2021-07-14T09:00"), 0)[0].tzinfo is UTC
    assert CN.add_working_days(at("2021-07-14T09:00"), 1)[0].tzinfo is UTC


def test_a_deadline_that_touches_an_unpublished_year_is_provisional():
    assert CN.add_working_time(at("2026-12-31T16:30"), 3600) == (at("2026-12-31T17:30"), False)
    assert CN.add_working_time(at("2026-12-31T16:30"), 3601)[1] is True


@given(CALENDARS, MOMENTS, LENGTHS)
def test_what_was_added_lies_between(calendar, start, seconds):
    due, _ = calendar.add_working_time(start, seconds)
    assert due >= start
    assert calendar.working_seconds_between(start, due) == seconds


@given(CALENDARS, MOMENTS, LENGTHS, LENGTHS)
def test_more_work_is_never_due_earlier(calendar, start, one, other):
    less, more = sorted((one, other))
    assert calendar.add_working_time(start, less)[0] <= calendar.add_working_time(start, more)[0]


@given(CALENDARS, MOMENTS, MOMENTS, LENGTHS)
def test_a_later_start_is_never_due_earlier(calendar, one, other, seconds):
    early, late = sorted((one, other))
    assert calendar.add_working_time(early, seconds)[0] <= calendar.add_working_time(late, seconds)[0]
    assert calendar.add_working_days(early, 3)[0] <= calendar.add_working_days(late, 3)[0]


@given(CALENDARS, MOMENTS, MOMENTS, MOMENTS)
def test_working_time_adds_up_and_turns_its_sign(calendar, one, other, third):
    a, b, c = sorted((one, other, third))
    between = calendar.working_seconds_between
    assert between(a, b) + between(b, c) == pytest.approx(between(a, c), abs=1e-3)
    assert between(b, a) == -between(a, b)


@given(MOMENTS, st.integers(1, 30))
def test_n_working_days_hold_n_days_of_work(start, days):
    due, _ = CN.add_working_days(start, days)
    midnight = datetime.combine(start.astimezone(SHANGHAI).date() + timedelta(days=1), time(), SHANGHAI)
    assert CN.working_seconds_between(midnight, due) == days * DAY_S


@pytest.mark.parametrize("transition", ["2024-03-10", "2024-11-03"])  # clocks change: 23 and 25 hours
def test_hours_are_real_hours_across_a_clock_change(transition):
    always = WorkCalendar(tz="America/New_York", lunch=None, day_start=time(0), day_end=time(0), rule=lambda day: True)
    start = datetime.fromisoformat(f"{transition}T00:00").replace(tzinfo=ZoneInfo("America/New_York"))
    due, _ = always.add_working_time(start, 12 * 3600)
    assert due - start.astimezone(UTC) == timedelta(hours=12)


@pytest.mark.parametrize(
    ("start", "lunch", "end"),
    [
        (time(9), None, time(9)),
        (time(9), None, time(8)),
        (time(9), (time(8), time(10)), time(17)),
        (time(9), (time(13), time(12)), time(17)),
        (time(9), (time(12), time(18)), time(17)),
    ],
)
def test_hours_out_of_order_are_refused(start, lunch, end):
    with pytest.raises(ValueError, match="in order"):
        WorkCalendar(day_start=start, lunch=lunch, day_end=end)


def test_times_without_a_zone_are_refused():
    naive = datetime(2021, 7, 14, 9)  # noqa: DTZ001
    for ask in (lambda: CN.add_working_time(naive, 0), lambda: CN.add_working_days(naive, 1)):
        with pytest.raises(ValueError, match="without a zone"):
            ask()
    with pytest.raises(ValueError, match="without a zone"):
        CN.working_seconds_between(naive, naive + timedelta(days=1))


def test_negative_work_is_refused():
    with pytest.raises(ValueError, match="negative"):
        CN.add_working_time(at("2021-07-14T09:00"), -1)
    with pytest.raises(ValueError, match="negative"):
        CN.add_working_days(at("2021-07-14T09:00"), -1)


def test_a_calendar_without_work_is_found_out():
    idle = WorkCalendar(rule=lambda day: False)
    with pytest.raises(ValueError, match="no working day"):
        idle.add_working_time(at("2021-07-14T09:00"), 1)
    with pytest.raises(ValueError, match="no working day"):
        idle.add_working_days(at("2021-07-14T09:00"), 1)


def test_overrides_given_are_copied():
    days = {date(2021, 7, 14): False}
    calendar = WorkCalendar(overrides=days)
    days[date(2021, 7, 15)] = False
    assert calendar.is_workday(date(2021, 7, 15)) == (True, False)
