"""How a stretch of any length is told in few points."""

from brain.model.history import MOST_BUCKETS, Point, fitting_spans_s, longest_step_s, single, thinned, together
from brain.model.rollup import DAY_S, HOUR_S


def test_the_grain_grows_with_the_stretch() -> None:
    assert fitting_spans_s(DAY_S, 300) == (0, 300, HOUR_S, DAY_S)
    assert fitting_spans_s(7 * DAY_S, 60) == (HOUR_S, DAY_S)
    assert fitting_spans_s(30 * DAY_S, 60) == (HOUR_S, DAY_S)
    assert fitting_spans_s(365 * DAY_S, 3600) == (DAY_S,)
    assert fitting_spans_s(30 * DAY_S, 3600) == (0, HOUR_S, DAY_S), "few readings are shown one by one"


def test_what_is_longer_than_a_step_is_a_gap() -> None:
    assert longest_step_s(0, 60) == 180
    assert longest_step_s(300, 60) == 450
    assert longest_step_s(300, 3600) == 10_800, "an hourly device does not miss the five minutes between"
    assert longest_step_s(DAY_S, 60) > 25 * 3600


def test_very_long_stretches_put_days_together() -> None:
    assert (together(900 * DAY_S, DAY_S), together(2001 * DAY_S, DAY_S), together(1e12, 0)) == (1, 3, 1)
    days = [Point(i, i + 1, float(i), i - 1.0, i + 1.0, 1 + i, i % 2) for i in range(4)] + [single(9, None)]
    merged = thinned(days, 2)
    assert [(point.start_ms, point.end_ms) for point in merged] == [(0, 2), (2, 4), (9, 9)]
    assert merged[0] == Point(0, 2, 2 / 3, -1.0, 2.0, 3, 1)
    assert merged[2] == Point(9, 9, None, None, None, 0, 1)
    assert len(thinned(days * 500, together(2500 * DAY_S, DAY_S))) <= MOST_BUCKETS
