"""The parts of a city pack."""

from datetime import date, timedelta

import pytest

from brain.settings.city_pack import CalendarPart

DAYS = tuple(date(2027, 1, 1) + timedelta(days=37 * k % 200) for k in range(20))


def test_days_keep_the_order_they_were_written_in() -> None:
    """Sets of dates have another order in each process, and the boot id is made from what the pack says."""
    part = CalendarPart(free=DAYS, work=(date(2027, 8, 1),))
    assert part.free == DAYS
    assert [repr(part).index(repr(day)) for day in DAYS] == sorted(repr(part).index(repr(day)) for day in DAYS)


def test_a_day_is_free_or_worked() -> None:
    with pytest.raises(ValueError, match="2027-01-01 is both free and worked"):
        CalendarPart(free=DAYS, work=DAYS[:1])
