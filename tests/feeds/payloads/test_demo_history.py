"""Readings of the past: newest first, closer together the newer, and the same after a restart."""

from feeds.payloads.demo_devices import devices_of
from feeds.payloads.demo_events import Events
from feeds.payloads.demo_history import DAY_MS, TREND_KINDS, PastReadings, moments_of
from feeds.payloads.demo_places import Places
from feeds.payloads.demo_values import City
from tests.feeds.desk import NOW_MS
from tests.small_city import VILLAGES, small_tree

TREE = small_tree()
DEVICES = devices_of(TREE, Places(TREE, 1), 1, "iot", 0.005)
CITY = City(DEVICES, 1, "Asia/Shanghai", Events(VILLAGES, 1, NOW_MS))
METRICS = frozenset({"air_pm25_ugm3", "video_online_ratio", "smoke_ratio", "noise_db"})


def past(days: int, moments: int = 0) -> PastReadings:
    return PastReadings(CITY, DEVICES, METRICS, NOW_MS, days, moments)


def test_moments_are_newest_first_and_further_apart_the_older_they_are():
    moments = list(moments_of(NOW_MS, 90))
    assert moments == sorted(set(moments), reverse=True)
    assert all(NOW_MS - 90 * DAY_MS <= at_ms < NOW_MS for at_ms in moments)
    ages = [(NOW_MS - at_ms) / DAY_MS for at_ms in moments]
    assert [sum(age <= limit for age in ages) for limit in (1, 7, 90)] == [144, 288, 454]
    assert list(moments_of(NOW_MS, 0)) == []


def test_a_day_is_told_of_some_of_each_kind_and_what_is_older_of_fewer_kinds():
    of_device = {device.id: device for device in DEVICES}
    found = past(3).take(10**9)
    recent = [r for r in found if r.at_ms >= NOW_MS - DAY_MS]
    assert {r.metric for r in recent} == METRICS - {"smoke_ratio"}  # of detectors the state counts, no curve
    assert {of_device[r.device_id].kind for r in found if r.at_ms < NOW_MS - DAY_MS} == TREND_KINDS & {"air", "noise"}
    assert {of_device[r.device_id].area_id for r in recent} == set(VILLAGES)
    for reading in found:
        assert CITY.measure(of_device[reading.device_id], reading.at_ms)[reading.metric] == reading.value


def test_told_in_portions_and_after_a_restart_it_is_the_same():
    whole, portions = past(2).take(10**9), []
    one = past(2)
    for _ in range(3):
        portions += one.take(100)
    again = past(2, one.told)
    while not again.over:
        portions += again.take(100)
    assert portions == whole
    assert again.take(100) == []
