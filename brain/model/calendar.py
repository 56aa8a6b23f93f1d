"""Working time, with the holidays and make-up working days (调休) of mainland China.

Moments go in and come out as aware datetimes (out: UTC). A year whose holidays are not published yet counts its
weekends only and is provisional (暂定): whoever computed a deadline from it must compute it again once it is published.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Self
from zoneinfo import ZoneInfo

import chinese_calendar

HolidayRule = Callable[[date], bool | None]
"""Whether a date is a working day; None where the year is not published."""

Windows = tuple[tuple[datetime, datetime], ...]
"""Stretches of working time in UTC."""

_FRIDAY = 4
_KNOWN_DAYS = 4000  # worked out once and kept; about ten years
_NO_WORK_FOR_DAYS = 1000  # a calendar without any working day must not be searched for ever


@lru_cache(_KNOWN_DAYS)  # the library goes through all its holidays at every question; its data never changes
def chinese_workday(day: date) -> bool | None:
    """The State Council's holidays and make-up days, from the library's data; None outside its years."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def weekdays_only(day: date) -> bool | None:
    """Monday to Friday, for cities whose holidays are given as overrides."""
    return day.weekday() <= _FRIDAY


@dataclass(frozen=True)
class WorkCalendar:
    """Working hours are local times of `tz`; `day_end` 00:00 means midnight at the end of the day.

    `overrides` (date -> is a working day) win over everything; `published` are years whose holidays the overrides hold
    in full, so that they are no longer provisional. Raises ValueError for hours that are not in order.
    """

    tz: str = "Asia/Shanghai"
    day_start: time = time(8, 30)
    lunch: tuple[time, time] | None = (time(12), time(14, 30))
    day_end: time = time(17, 30)
    overrides: Mapping[date, bool] = field(default_factory=dict)
    published: frozenset[int] = frozenset()
    rule: HolidayRule = chinese_workday
    _known: dict[date, Windows] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))
        marks = [self.day_start, *(self.lunch or ()), self.day_end]
        if marks[-1] == time(0):
            marks.pop()
        if any(later <= earlier for earlier, later in pairwise(marks)):
            raise ValueError("working hours must be in order: day_start < lunch start < lunch end < day_end")

    def is_workday(self, day: date) -> tuple[bool, bool]:
        """(is a working day, provisional)."""
        if day in self.overrides:
            return self.overrides[day], False
        known = self.rule(day)
        if known is None:
            return day.weekday() <= _FRIDAY, day.year not in self.published
        return known, False

    def with_year_published(self, year: int, free: frozenset[date], work: frozenset[date] = frozenset()) -> Self:
        """The same calendar knowing the whole `year`: weekdays `free` are holidays, weekend days `work` are worked.

        Raises ValueError for dates of another year or in both sets."""
        wrong = sorted(day for day in free | work if day.year != year) + sorted(free & work)
        if wrong:
            raise ValueError(f"days of {year} expected, each either free or worked: {', '.join(map(str, wrong))}")
        days = {**self.overrides, **dict.fromkeys(free, False), **dict.fromkeys(work, True)}
        return replace(self, overrides=days, published=self.published | {year})

    def working_seconds_between(self, a: datetime, b: datetime) -> float:
        """Working time from a to b; negative when b is before a."""
        if b < a:
            return -self.working_seconds_between(b, a)
        worked = timedelta()
        for start, end in self._windows(a):
            if start >= b:
                break
            worked += min(end, b) - max(start, a)
            if end >= b:
                break
        return worked.total_seconds()

    def add_working_time(self, start_at: datetime, seconds: float) -> tuple[datetime, bool]:
        """(the earliest moment by which `seconds` of working time have passed, provisional).

        Time that ends with the day is due at the end of that day, not on the next morning.
        """
        _need_aware(start_at)
        if seconds < 0:
            raise ValueError("working time to add must not be negative")
        left = timedelta(seconds=seconds)
        due_at = start_at
        if left:
            for start, end in self._windows(start_at):
                begun = max(start, start_at)
                due_at = begun + left
                if due_at <= end:
                    break
                left -= end - begun
        return due_at.astimezone(UTC), self._any_provisional(start_at, due_at)

    def add_working_days(self, start_at: datetime, n: int) -> tuple[datetime, bool]:
        """(close of work on the nth working day after the day of `start_at`, provisional).

        The day itself does not count, as in law (期间开始的日不计算在内). n = 0: close of work that day, or of the next
        working day when that has passed or the day is free.
        """
        _need_aware(start_at)
        if n < 0:
            raise ValueError("working days to add must not be negative")
        zone = ZoneInfo(self.tz)
        day = start_at.astimezone(zone).date()
        if n == 0 and not (self.is_workday(day)[0] and start_at <= self._close(day, zone)):
            n = 1
        idle = 0
        while n:
            day += timedelta(days=1)
            worked = self.is_workday(day)[0]
            n -= worked
            idle = 0 if worked else idle + 1
            _stop_if_idle(idle)
        due_at = self._close(day, zone)
        return due_at, self._any_provisional(start_at, due_at)

    def _any_provisional(self, a: datetime, b: datetime) -> bool:
        """Whether any day from a to b may still become something else."""
        zone = ZoneInfo(self.tz)
        day, last = a.astimezone(zone).date(), b.astimezone(zone).date()
        while day <= last:
            if self.is_workday(day)[1]:
                return True
            day += timedelta(days=1)
        return False

    def _windows(self, from_at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches of working time (UTC) that end after `from_at`, in order, without end."""
        _need_aware(from_at)
        zone = ZoneInfo(self.tz)
        day = from_at.astimezone(zone).date()
        idle = 0
        while True:
            windows = self._hours(day, zone)
            idle = 0 if windows else idle + 1
            _stop_if_idle(idle)
            for start, end in windows:
                if end > from_at:
                    yield start, end
            day += timedelta(days=1)

    def _hours(self, day: date, zone: ZoneInfo) -> Windows:
        """The working hours of a day, none when it is free."""
        known = self._known.get(day)
        if known is None:
            if len(self._known) >= _KNOWN_DAYS:
                self._known.clear()
            known = self._known[day] = self._work_out(day, zone)
        return known

    def _work_out(self, day: date, zone: ZoneInfo) -> Windows:
        if not self.is_workday(day)[0]:
            return ()
        opened, closed = _local(day, self.day_start, zone), self._close(day, zone)
        if self.lunch is None:
            return ((opened, closed),)
        return (opened, _local(day, self.lunch[0], zone)), (_local(day, self.lunch[1], zone), closed)

    def _close(self, day: date, zone: ZoneInfo) -> datetime:
        return _local(day + timedelta(days=1) if self.day_end == time(0) else day, self.day_end, zone)


def _local(day: date, at: time, zone: ZoneInfo) -> datetime:
    # In UTC, because datetimes of one zone are subtracted by the clock face: wrong across a daylight-saving change.
    return datetime.combine(day, at, zone).astimezone(UTC)


def _need_aware(at: datetime) -> None:
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be placed; give it one")


def _stop_if_idle(idle_days: int) -> None:
    if idle_days > _NO_WORK_FOR_DAYS:
        raise ValueError(f"the calendar has no working day in {_NO_WORK_FOR_DAYS} days")
