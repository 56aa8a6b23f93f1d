"""Ticks of time stand on round moments of the city, as many as there is room for."""

import pytest

from dashboard.kit.timeaxis import time_ticks
from tests.panels.samples import DAY, DAY_MS, HOUR
from tests.panels.shown import bare_view

VIEW = bare_view("device_history", lang="en")


def words(start_ms: int, end_ms: int, most: int = 8) -> list[str]:
    return [text for _, text in time_ticks(start_ms, end_ms, VIEW, most)]


def test_hours_of_a_day_with_the_day_at_its_midnight() -> None:
    assert words(DAY_MS - 10 * HOUR, DAY_MS + 14 * HOUR) == [
        *("15:00", "18:00", "21:00", "14 Jul", "03:00", "06:00", "09:00", "12:00"),
    ]
    assert words(DAY_MS, DAY_MS + HOUR) == ["14 Jul", "01:00"]


def test_days_then_months_then_years() -> None:
    assert words(DAY_MS - 6 * DAY, DAY_MS) == [f"{n} Jul" for n in range(8, 15)]
    assert words(DAY_MS - 29 * DAY, DAY_MS) == ["16 Jun", "21 Jun", "26 Jun", "1 Jul", "6 Jul", "11 Jul"]
    assert words(DAY_MS - 364 * DAY, DAY_MS) == ["Sep", "Nov", "2021", "Mar", "May", "Jul"]
    assert words(DAY_MS - 3650 * DAY, DAY_MS) == ["2012", "2014", "2016", "2018", "2020"]


@pytest.mark.parametrize("days", [1, 2, 3, 7, 10, 30, 45, 90, 200, 365, 1000, 4000, 12_000])
def test_there_are_never_many_nor_none(days: int) -> None:
    for most in (4, 8):
        ticks = time_ticks(DAY_MS - days * DAY, DAY_MS + 3 * HOUR, VIEW, most)
        assert 1 <= len(ticks) <= most + 2
        assert [at for at, _ in ticks] == sorted(at for at, _ in ticks)
