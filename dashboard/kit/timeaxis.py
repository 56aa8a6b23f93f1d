"""Ticks of an axis of time, from hours to years, where the city's clock and calendar have round moments."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from brain.model.clock import utc_ms
from dashboard.kit.escape import esc
from dashboard.kit.moment import clock_text, day_text, local
from dashboard.panel import View

_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000
_HOURS = (1, 2, 3, 6, 12)
_DAYS = (1, 2, 5, 10)
_MONTHS = (1, 2, 3, 6, 12, 24, 60)


def time_ticks(start_ms: int, end_ms: int, view: View, most: int) -> list[tuple[float, str]]:
    """At most about `most` of them, as (epoch ms, words)."""
    length_ms = max(end_ms - start_ms, 1)
    for hours in _HOURS:
        if length_ms <= most * hours * _HOUR_MS:
            of = partial(_hours_of, each=hours, view=view)
            return _told(_days(start_ms, end_ms, view), of, start_ms, end_ms)
    for days in _DAYS:
        if length_ms <= most * days * _DAY_MS:
            chosen = [day for day in _days(start_ms, end_ms, view) if (day.day - 1) % days == 0 and day.day <= 30]
            return _told(chosen, lambda day: iter([_day(day, view)]), start_ms, end_ms)
    months = next((n for n in _MONTHS if length_ms <= most * n * 30.5 * _DAY_MS), 120)
    firsts = [day for day in _days(start_ms, end_ms, view) if day.day == 1]
    chosen = [day for day in firsts if (day.year * 12 + day.month - 1) % months == 0]
    return _told(chosen, lambda day: iter([_month(day, view)]), start_ms, end_ms)


def _told(
    days: list[date], ticks: Callable[[date], Iterator[tuple[float, str]]], start_ms: int, end_ms: int
) -> list[tuple[float, str]]:
    return [(at, text) for day in days for at, text in ticks(day) if start_ms <= at <= end_ms]


def _days(start_ms: int, end_ms: int, view: View) -> list[date]:
    first, last = local(start_ms, view).date(), local(end_ms, view).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _midnight_ms(day: date, view: View) -> int:
    return utc_ms(datetime.combine(day, time(), ZoneInfo(view.city.tz)))


def _hours_of(day: date, each: int, view: View) -> Iterator[tuple[float, str]]:
    for hour in range(0, 24, each):
        at_ms = _midnight_ms(day, view) + hour * _HOUR_MS
        yield float(at_ms), esc(clock_text(at_ms, view) if hour else day_text(day, view))


def _day(day: date, view: View) -> tuple[float, str]:
    return float(_midnight_ms(day, view)), esc(day_text(day, view))


def _month(day: date, view: View) -> tuple[float, str]:
    month = view.tr("kit.months_axis").split(",")[day.month - 1]
    return float(_midnight_ms(day, view)), esc(month if day.month > 1 else f"{day.year}")
