"""The growth of a figure is told apart from its noise."""

import pytest

from tools.soak.bounds import slope

HOURS = [n / 60 for n in range(21)]


def test_growth_is_told_per_hour() -> None:
    assert slope(HOURS, [20 + 6 * hour for hour in HOURS]) == pytest.approx(6)


def test_a_sample_taken_in_the_middle_of_a_drawing_does_not_decide() -> None:
    values = [20.0] * 21
    values[20] = 90.0
    assert slope(HOURS, values) == 0


def test_what_goes_up_and_down_does_not_grow() -> None:
    assert abs(slope(HOURS, [20 + n % 2 for n in range(21)])) < 0.5
