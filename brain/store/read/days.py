"""Days and hours as the city's people count them, for grouping rows that carry epoch milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from brain.model.clock import at_utc, utc_ms
from brain.model.query.tickets import Compare

SLOT_MS = 1_800_000  # half an hour from local midnight: every clock change of a zone in use falls on such a border


@dataclass(frozen=True, slots=True)
class CityDay:
    """One local calendar day, [start_ms, end_ms)."""

    day: date
    tz: str

    @property
    def start_ms(self) -> int:
        return utc_ms(datetime.combine(self.day, time(), ZoneInfo(self.tz)))

    @property
    def end_ms(self) -> int:
        return self.plus(1).start_ms

    def plus(self, days: int) -> "CityDay":
        return CityDay(self.day + timedelta(days=days), self.tz)

    def at_time_of(self, ms: int) -> int:
        """The moment of this day when the clocks show the same as at `ms`."""
        shown = at_utc(ms).astimezone(ZoneInfo(self.tz)).time()
        return utc_ms(datetime.combine(self.day, shown, ZoneInfo(self.tz)))


def day_of(ms: int, tz: str) -> CityDay:
    return CityDay(at_utc(ms).astimezone(ZoneInfo(tz)).date(), tz)


def compared(day: CityDay, compare: Compare) -> CityDay | None:
    """The day that `day` is compared with; None for no comparison."""
    if compare is Compare.NONE:
        return None
    if compare is Compare.YEAR:
        last = day.day.year - 1
        leap_day = (day.day.month, day.day.day) == (2, 29)
        return CityDay(day.day.replace(year=last, day=28) if leap_day else day.day.replace(year=last), day.tz)
    return day.plus(-1 if compare is Compare.YESTERDAY else -7)


def hour_of(ms: int, tz: str) -> int:
    """0 to 23 on the city's clocks."""
    return at_utc(ms).astimezone(ZoneInfo(tz)).hour


def by_hour(slots: Mapping[int, int], tz: str) -> tuple[int, ...]:
    """24 sums of counts given per slot start (epoch ms)."""
    sums = [0] * 24
    for start_ms, n in slots.items():
        sums[hour_of(start_ms, tz)] += n
    return tuple(sums)


def by_day(slots: Mapping[int, int], tz: str) -> dict[date, int]:
    """Sums of counts given per slot start (epoch ms); days without any are absent."""
    sums: dict[date, int] = {}
    for start_ms, n in slots.items():
        day = day_of(start_ms, tz).day
        sums[day] = sums.get(day, 0) + n
    return sums
