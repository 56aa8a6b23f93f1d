"""Chance that can be asked again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.payloads.demo_chance import Lot, draw, rolls, wave

SEEDS = st.integers(0, 2**31)
TIMES = st.integers(0, 2_000_000_000_000)


def test_draws_are_even():
    draws = [draw(7, "level", n) for n in range(4000)]
    assert all(0 <= value < 1 for value in draws)
    for tenth in range(10):
        assert 320 <= sum(tenth / 10 <= value < (tenth + 1) / 10 for value in draws) <= 480


def test_a_draw_does_not_depend_on_what_was_drawn_before():
    alone = draw(7, "silent", "w-3")
    for n in range(10):
        draw(7, "silent", n)
    assert draw(7, "silent", "w-3") == alone
    assert draw(8, "silent", "w-3") != alone
    assert draw(7, "silent", "w", 3) != draw(7, "silent", "w3")


@given(SEEDS, TIMES)
def test_a_wave_is_bounded_and_smooth(seed, at_ms):
    period_ms = 600_000
    here, next_second = wave(seed, at_ms, period_ms, "x"), wave(seed, at_ms + 1000, period_ms, "x")
    assert -1 <= here <= 1
    assert abs(next_second - here) < 0.01  # the steepest second of a swing of 2 in 600 s, twice


def test_a_wave_meets_its_marks():
    marks = [2 * draw(3, "wave", "x", k) - 1 for k in range(5)]
    assert [wave(3, k * 1000, 1000, "x") for k in range(5)] == marks


def test_picks_follow_the_weights():
    lot = Lot([1.0, 0.0, 3.0])
    picks = [lot.pick(draw(5, n)) for n in range(4000)]
    assert picks.count(1) == 0
    assert 2800 <= picks.count(2) <= 3200
    assert lot.pick(0.999_999_999_9) == 2
    with pytest.raises(ValueError, match="nothing to pick"):
        Lot([])


def test_rolls_are_even_each_for_itself_and_the_same_again():
    many = [rolls(3, "call", n) for n in range(2000)]
    assert many[7] == rolls(3, "call", 7) != rolls(4, "call", 7)
    for place in range(16):
        drawn = [one[place] for one in many]
        assert all(0 <= value < 1 for value in drawn)
        assert 0.46 < sum(drawn) / len(drawn) < 0.54
    assert len({one[0] for one in many} & {one[1] for one in many}) == 0
