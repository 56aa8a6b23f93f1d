"""What one device measured: the grain, what was forgotten, the stretch before, its alerts, and who may see it."""

from datetime import date
from typing import Any

import pytest

from brain.model.alert import Level
from brain.model.history import MOST_READINGS, Point
from brain.model.query.history import DeviceHistory
from brain.model.scope import Role
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import DAY, HOUR, MINUTE, alert_row, ask, device_rows, fill, latest_row, ms
from tests.small_city import small_city, small_devices

NOW = ms("2021-07-14 14:26:08")
WATER, BATTERY = "water_level_m", "battery_v"


@pytest.fixture
def kept(store: Store) -> Store:
    """A device, which says a second thing that the config does not define."""
    fill(store, schema.device, device_rows(small_devices(), {"water-1": NOW - MINUTE}))
    newest = [latest_row("water-1", metric, NOW - MINUTE, 0.2) for metric in (BATTERY, WATER)]
    fill(store, schema.latest, newest)
    return store


def readings(*found: tuple[int, float | None], device_id: str = "water-1") -> list[dict[str, Any]]:
    return [latest_row(device_id, WATER, at_ms, value) for at_ms, value in found]


def bucket(end_ms: int, span_s: int, mean: float, count: int = 4, bad: int = 0) -> dict[str, Any]:
    key = {"device_id": "water-1", "metric": WATER, "span_s": span_s, "end_ms": end_ms}
    known = {"min": mean - 1, "max": mean + 1} if count else {"min": None, "max": None}
    return key | known | {"count": count, "bad": bad, "sum": mean * count, "last": mean, "last_ms": end_ms}


def history(store: Store, now_ms: int = NOW, **more: Any) -> Any:
    who = {name: more.pop(name) for name in ("role", "unit", "area_id", "scope_area") if name in more}
    return ask(store, small_city(), now_ms, DeviceHistory(**{"device_id": "water-1"} | more), **who)


def test_a_short_stretch_is_told_reading_by_reading(kept: Store) -> None:
    found = [(NOW - DAY, 9.0), (NOW - DAY + 1, 0.1), (NOW - HOUR, None), (NOW, 0.0), (NOW + 1, 9.0)]
    fill(kept, schema.reading, readings(*found) + readings((NOW - 1, 9.0), device_id="water-2"))
    answer = history(kept)
    told = answer.value
    assert [(point.end_ms, point.mean, point.bad) for point in told.points] == [
        (NOW - DAY + 1, 0.1, 0),
        (NOW - HOUR, None, 1),
        (NOW, 0.0, 0),
    ]
    assert (told.span_s, told.step_s) == (0, 3 * small_devices()[1].interval_s)
    assert (told.device, told.speaks, told.reported_ms) == (small_devices()[1], "fresh", NOW - MINUTE)
    assert [last.metric.id for last in told.metrics] == [WATER, BATTERY]
    assert told.limits == ((Level.RED, 0.6), (Level.YELLOW, 0.3))
    assert told.before == ()
    assert (answer.as_of_ms, answer.provenance[0].excluded) == (NOW - MINUTE, (("excluded.value_bad", 1),))


def test_it_is_the_rollup_where_readings_would_be_too_many(kept: Store) -> None:
    fill(kept, schema.reading, readings((NOW - MINUTE, 0.1)))
    hour_ms = ms("2021-07-14 14:00")
    rows = [bucket(hour_ms, 3600, 2.0), bucket(hour_ms - HOUR, 3600, 0.0, count=0, bad=3), bucket(hour_ms, 300, 9.0)]
    fill(kept, schema.reading_rollup, [*rows, bucket(hour_ms - 31 * DAY, 3600, 9.0)])
    told = history(kept, hours=720).value
    assert told.points == (
        Point(hour_ms - 2 * HOUR, hour_ms - HOUR, None, None, None, 0, 3),
        Point(hour_ms - HOUR, hour_ms, 2.0, 1.0, 3.0, 4, 0),
    )
    assert told.span_s == 3600


def test_a_device_that_says_more_than_it_should_is_told_in_buckets(kept: Store) -> None:
    fill(kept, schema.reading, readings(*((NOW - i, 1.0) for i in range(MOST_READINGS + 1))))
    fill(kept, schema.reading_rollup, [bucket(ms("2021-07-14 14:30"), 300, 1.0)])
    told = history(kept).value
    assert (told.span_s, len(told.points)) == (300, 1)


def test_what_the_finer_grain_forgot_the_coarser_one_tells(kept: Store) -> None:
    """Readings are kept for days, hours for years: an old day is told by the hour."""
    fill(kept, schema.reading, readings((NOW, 0.1)))
    days = [ms(f"2021-07-{day:02} 00:00") for day in (2, 3, 14)]
    hours = [bucket(days[0] - i * HOUR, 3600, 1.0) for i in range(24)]
    fill(kept, schema.reading_rollup, hours + [bucket(end_ms, 86400, 2.0) for end_ms in days])
    old = history(kept, first=date(2021, 7, 1), last=date(2021, 7, 1)).value
    assert (old.span_s, len(old.points)) == (3600, 24)
    assert (old.start_ms, old.end_ms) == (ms("2021-07-01"), days[0])
    both = history(kept, first=date(2021, 7, 1), last=date(2021, 7, 2)).value
    assert both.span_s == 3600, "a day of which nothing but its mean is left is a gap in the hours"
    assert history(kept, first=date(2021, 7, 2)).value.span_s == 86400


def test_a_bucket_that_began_before_the_stretch_is_no_sign_of_what_was_forgotten(kept: Store) -> None:
    """A device that reports each ten minutes: the first reading of the stretch comes some minutes after it begins."""
    fill(kept, schema.reading, readings((NOW - DAY - MINUTE, 0.2), (NOW - DAY + 9 * MINUTE, 0.1)))
    begun = [bucket(ms("2021-07-13 14:30"), 300, 0.2), bucket(ms("2021-07-13 15:00"), 3600, 0.2)]
    fill(kept, schema.reading_rollup, [*begun, bucket(ms("2021-07-14 00:00"), 86400, 0.2)])
    assert history(kept).value.span_s == 0


def test_the_stretch_before_has_the_same_grain(kept: Store) -> None:
    fill(kept, schema.reading, readings((NOW - HOUR, 0.3), (NOW - DAY - HOUR, 0.2), (NOW - 2 * DAY - HOUR, 9.0)))
    told = history(kept, before=True).value
    assert [point.mean for point in told.points] == [0.3]
    assert [(point.end_ms, point.mean) for point in told.before] == [(NOW - DAY - HOUR, 0.2)]


def test_stretches_end_now_at_the_latest(kept: Store) -> None:
    assert history(kept, last=date(2021, 8, 1)).value.end_ms == NOW
    ahead = history(kept, first=date(2021, 8, 1)).value
    assert (ahead.points, ahead.end_ms - ahead.start_ms) == ((), 0)
    last_week = history(kept, last=date(2021, 7, 7), hours=24).value
    assert (last_week.start_ms, last_week.end_ms) == (ms("2021-07-07"), ms("2021-07-08"))


def test_the_alerts_that_lasted_in_the_stretch_are_told(kept: Store) -> None:
    rows = [
        alert_row(1, "water_yellow", NOW - 5 * DAY),  # still open
        alert_row(2, "water_yellow", NOW - 2 * DAY, closed_ms=NOW - 2 * DAY + HOUR),
        alert_row(3, "water_red", NOW - HOUR, closed_ms=NOW - MINUTE),
        alert_row(4, "water_red", NOW - HOUR, target_id="water-2"),
    ]
    fill(kept, schema.alert, rows)
    told = history(kept).value
    assert [row.id for row in told.alerts] == [rows[2]["id"], rows[0]["id"]]
    assert told.alerts_total == 2
    assert history(kept, role=Role.UNIT, unit="nobody").value.alerts == ()


def test_who_may_not_see_the_area_is_told_of_no_device(kept: Store) -> None:
    own = small_devices()[1].area_id
    assert history(kept, area_id=own, scope_area=own).value is not None
    assert history(kept, area_id="02003", scope_area="02003").value is None
    assert history(kept, device_id="nobody").value is None
    assert history(kept, device_id="a\0b").value is None


def test_a_device_that_never_spoke_has_no_metric(kept: Store) -> None:
    told = history(kept, device_id="water-2", metric=WATER).value
    assert (told.metric, told.metrics, told.points) == (None, (), ())
    assert history(kept, metric=BATTERY).value.metric.id == BATTERY
    assert history(kept, metric="nonsense").value.metric.id == WATER
