"""Buckets: (start, end], stamped at the end, days of the city's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.clock import at_utc, utc_ms
from brain.model.reading import Reading
from brain.model.rollup import DAY_S, FIVE_MINUTES_S, HOUR_S, SPANS_S, BucketKey, Buckets, Rollup, roll_up

ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "UTC",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Kathmandu",
)
moments = st.integers(utc_ms(datetime(1990, 1, 1, tzinfo=UTC)), utc_ms(datetime(2040, 1, 1, tzinfo=UTC)))


def _ms(text: str, zone: str = "Asia/Shanghai") -> int:
    return utc_ms(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


@pytest.mark.parametrize(
    ("at", "span_s", "end"),
    [
        ("2016-01-01 09:59:59.999", HOUR_S, "2016-01-01 10:00"),
        ("2016-01-01 10:00:00", HOUR_S, "2016-01-01 10:00"),
        ("2016-01-01 10:00:00.001", HOUR_S, "2016-01-01 11:00"),
        ("2016-01-01 10:05:00", FIVE_MINUTES_S, "2016-01-01 10:05"),
        ("2016-01-01 10:05:00.001", FIVE_MINUTES_S, "2016-01-01 10:10"),
        ("2016-01-01 00:00:00", DAY_S, "2016-01-01 00:00"),
        ("2016-01-01 00:00:00.001", DAY_S, "2016-01-02 00:00"),
        ("2016-01-01 23:59:59.999", DAY_S, "2016-01-02 00:00"),
    ],
)
def test_a_moment_belongs_to_the_bucket_that_ends_at_or_after_it(at: str, span_s: int, end: str) -> None:
    assert Buckets("Asia/Shanghai").end_ms(_ms(at), span_s) == _ms(end)


@pytest.mark.parametrize(
    ("day", "hours"), [("2024-03-10", 23), ("2024-11-03", 25), ("2024-07-01", 24)]
)  # clocks change in New York
def test_days_are_as_long_as_the_city_has_them(day: str, hours: int) -> None:
    start, end = Buckets("America/New_York").day_of(_ms(f"{day} 12:00", "America/New_York"))
    assert start == _ms(f"{day} 00:00", "America/New_York")
    assert end - start == hours * 3_600_000


@given(st.sampled_from(ZONES), st.lists(moments, min_size=1, max_size=5))
def test_buckets_hold_their_moments_and_tile_the_time(zone: str, times: list[int]) -> None:
    buckets = Buckets(zone)
    for at_ms in times:
        assert buckets.ends_ms(at_ms) == tuple(buckets.end_ms(at_ms, span_s) for span_s in SPANS_S)
        for span_s in SPANS_S:
            end = buckets.end_ms(at_ms, span_s)
            start = buckets.start_ms(end, span_s)
            assert start < at_ms <= end
            assert buckets.end_ms(start, span_s) == start, "the start ends the bucket before"
            assert buckets.end_ms(start + 1, span_s) == end


@given(st.sampled_from(ZONES), moments)
def test_a_day_holds_one_date_of_the_city(zone: str, at_ms: int) -> None:
    start, end = Buckets(zone).day_of(at_ms)
    first, last = (at_utc(ms).astimezone(ZoneInfo(zone)).date() for ms in (start, end - 1))
    assert first == last == at_utc(at_ms - 1).astimezone(ZoneInfo(zone)).date()
    assert timedelta(milliseconds=end - start) in (timedelta(hours=h) for h in (23, 24, 25))


def test_there_are_no_other_spans() -> None:
    with pytest.raises(ValueError, match="no buckets of 60 s"):
        Buckets("UTC").end_ms(1, 60)


def test_roll_up_counts_good_and_bad_apart() -> None:
    readings = [Reading("d", "m", at, value, 0) for at, value in ((1000, 5.0), (3000, None), (2000, -1.5))]
    made = roll_up(readings, Buckets("UTC"))
    expected = Rollup(count=2, bad=1, sum=3.5, min=-1.5, max=5.0, last=None, last_ms=3000)
    assert made == {("d", "m", span_s, span_s * 1000): expected for span_s in SPANS_S}


def test_roll_up_of_bad_values_only_has_no_extremes() -> None:
    made = roll_up([Reading("d", "m", 1000, None, 0)], Buckets("UTC"))
    assert made["d", "m", HOUR_S, 3_600_000] == Rollup(count=0, bad=1, last=None, last_ms=1000)


@given(
    st.sampled_from([*ZONES, "Africa/Monrovia"]),  # until 1972 its midnight lay beside the grid of five minutes
    st.dictionaries(st.integers(1, 200_000_000), st.none() | st.integers(-64, 64).map(lambda n: n / 8), max_size=30),
)
def test_roll_up_is_the_same_as_adding_reading_by_reading(zone: str, values: dict[int, float | None]) -> None:
    buckets = Buckets(zone)
    expected: dict[BucketKey, Rollup] = {}
    for at_ms, value in values.items():
        for span_s, end_ms in zip(SPANS_S, buckets.ends_ms(at_ms), strict=True):
            expected.setdefault(("d", "m", span_s, end_ms), Rollup()).add(at_ms, value)
    assert roll_up([Reading("d", "m", at_ms, value, 0) for at_ms, value in values.items()], Buckets(zone)) == expected
