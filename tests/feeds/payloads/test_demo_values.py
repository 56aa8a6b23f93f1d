"""What simulated devices measure: true to the default config, the same whoever asks when, with something happening."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from ruamel.yaml import YAML

from feeds.payloads.demo_devices import devices_of
from feeds.payloads.demo_events import HOUR_MS, MINUTE_MS, Events
from feeds.payloads.demo_places import Places
from feeds.payloads.demo_values import ASTRAY_SHARE, FAULTY_SHARE, LATE_SHARE, SILENT_SHARE, SPOILT_SHARE, City
from tests.feeds.desk import NOW_MS
from tests.small_city import VILLAGES, small_tree

ROOT = Path(__file__).resolve().parents[3]
PLACES = Places(small_tree(), 1)
DEVICES = devices_of(small_tree(), PLACES, 1, "iot", 0.005)
MANY = devices_of(small_tree(), PLACES, 1, "iot", 1.0)
TZ = "Asia/Shanghai"
CONFIG: dict[str, Any] = YAML(typ="safe").load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def city(opening_ms: int = NOW_MS, devices=DEVICES, seed: int = 1) -> City:
    return City(devices, seed, TZ, Events(VILLAGES, seed, opening_ms))


def of_kind(kind: str):
    return [device for device in DEVICES if device.kind == kind]


def test_every_metric_is_known_to_the_default_config_and_inside_its_bounds():
    metrics, made = CONFIG["metrics"], city()
    for at_ms in range(NOW_MS - 30 * HOUR_MS, NOW_MS + 30 * HOUR_MS, 37 * MINUTE_MS):
        for device in DEVICES:
            for metric, value in made.measure(device, at_ms).items():
                assert value is not None, "the few devices of this test are all well"
                assert metrics[metric]["low"] <= value <= metrics[metric]["high"], (device.id, metric, at_ms)


def test_kinds_and_metrics_of_the_default_config_are_all_there():
    made = city()
    assert {device.kind for device in DEVICES} == set(CONFIG["device_kinds"])
    assert {metric for device in DEVICES for metric in made.measure(device, NOW_MS)} == set(CONFIG["metrics"])


def test_a_measurement_depends_on_the_moment_only():
    """So the past that a fresh start fills in and the messages of the present tell one story."""
    forth, back = city(), city()
    times = range(NOW_MS - 3 * HOUR_MS, NOW_MS + HOUR_MS, 30 * MINUTE_MS)
    asked_forth = {(d.id, at): forth.measure(d, at) for at in times for d in DEVICES}
    asked_back = {(d.id, at): back.measure(d, at) for at in reversed(times) for d in reversed(DEVICES)}
    assert asked_forth == asked_back
    assert city(seed=2).measure(DEVICES[0], NOW_MS) != forth.measure(DEVICES[0], NOW_MS)


def test_a_fresh_start_sees_one_flood_rise_through_all_levels_in_a_few_minutes():
    made, rules = city(), CONFIG["rules"]
    gauges = of_kind("water_level")

    def highest(minute: float) -> float:
        levels = (made.measure(gauge, NOW_MS + round(minute * MINUTE_MS))["water_level_m"] for gauge in gauges)
        return max(level for level in levels if level is not None)

    crossed = []
    for rule in ("flood_yellow", "flood_orange", "flood_red"):
        limit = rules[rule]["raise"]["above"]
        crossed.append(next(tenth / 10 for tenth in range(100) if highest(tenth / 10) >= limit))
    assert crossed == sorted(crossed)
    assert 1 < crossed[0] < crossed[-1] < 6
    assert highest(45) < rules["flood_yellow"]["clear"]["below"]
    flooded = [g for g in gauges if (made.measure(g, NOW_MS + 6 * MINUTE_MS)["water_level_m"] or 0) > 0.45]
    assert len(flooded) == 1
    # Before its moment the opening is not there: what is told of the past does not know when the program was started.
    assert made.measure(flooded[0], NOW_MS) == city(NOW_MS + 9 * HOUR_MS).measure(flooded[0], NOW_MS)


def test_a_storm_is_rain_and_flood_and_a_burst_is_low_pressure_in_the_same_place():
    made, events = city(0), Events(VILLAGES, 1, 0)
    limit = CONFIG["rules"]["water_pressure_low"]["raise"]["below"]
    found = list(events.beginning(NOW_MS, NOW_MS + 30 * 24 * HOUR_MS))
    assert {event.kind for event in found} == {"burst", "storm"}
    for event in found:
        middle_ms = (event.start_ms + event.end_ms) // 2
        if event.kind == "burst":
            values = {
                d.area_id: made.measure(d, middle_ms)["pipe_pressure_mpa"] or 0 for d in of_kind("water_pressure")
            }
            assert [area for area, value in values.items() if value < limit] == [event.area_id]
        else:
            top_ms = event.start_ms + event.rise_ms
            rain = {d.area_id: made.measure(d, top_ms)["rain_mm"] or 0 for d in of_kind("rain")}
            assert max(rain, key=rain.__getitem__) == event.area_id
            levels = {d.area_id: made.measure(d, top_ms)["water_level_m"] or 0 for d in of_kind("water_level")}
            assert levels[event.area_id] > 0.3 > max(v for area, v in levels.items() if area != event.area_id)


@pytest.mark.parametrize(
    ("metric", "kind", "alarm", "at_once"),
    [
        ("manhole_tilt_deg", "manhole", 20, True),
        ("smoke_ratio", "smoke", 0.1, True),
        ("lift_trapped_ratio", "lift", 0.5, True),
        ("air_pm25_ugm3", "air", 115, False),
        ("cpu_ratio", "cloud_host", 0.9, False),
        ("dust_pm10_ugm3", "dust", 250, False),
    ],
)
def test_episodes_hit_one_device_at_a_time_and_grave_ones_are_told_at_once(metric, kind, alarm, at_once):
    made, hit = city(), 0
    for at_ms in range(NOW_MS, NOW_MS + 48 * HOUR_MS, 10 * MINUTE_MS):
        over = [d.id for d in of_kind(kind) if (made.measure(d, at_ms)[metric] or 0) > alarm]
        assert len(over) <= 1
        assert not at_once or set(over) <= made.alarms(at_ms)
        hit += len(over)
    assert hit


def test_days_have_a_rhythm():
    midnight, made = NOW_MS - NOW_MS % (24 * HOUR_MS) - 8 * HOUR_MS, city()
    parks = of_kind("parking")
    by_hour = [
        sum(made.measure(park, midnight + hour * HOUR_MS)["parking_occupied_ratio"] or 0 for park in parks) / len(parks)
        for hour in range(24)
    ]
    assert by_hour[15] > by_hour[3] + 0.25


def test_some_devices_are_silent_some_measure_badly_and_some_have_wrong_clocks():
    made = city(devices=MANY)
    silent = sum(made.is_silent(device) for device in MANY)
    assert 0.5 * SILENT_SHARE < silent / len(MANY) < 2 * SILENT_SHARE
    bad = [device for device in MANY if None in made.measure(device, NOW_MS).values()]
    assert 0.4 * FAULTY_SHARE < len(bad) / len(MANY) < 2.5 * FAULTY_SHARE
    off = []
    for device in MANY[::2]:
        payload = made.payload(device, NOW_MS)
        said = orjson.loads(payload) if payload.endswith(b"}") else {"at": NOW_MS}
        off.append(said["at"] - NOW_MS)
    slow_or_fast = [each for each in off if each and abs(each) <= 3 * MINUTE_MS]
    assert min(slow_or_fast) < -MINUTE_MS
    assert max(slow_or_fast) > MINUTE_MS
    astray = [each for each in off if each > 5 * MINUTE_MS]  # more than any feed accepts
    assert 0 < len(astray) < 4 * ASTRAY_SHARE * len(MANY)


def test_now_and_then_a_payload_is_spoilt_and_a_report_late():
    made, device = city(), of_kind("lift")[0]
    times = range(NOW_MS, NOW_MS + 12_000_000, 1000)
    spoilt = [at_ms for at_ms in times if not made.payload(device, at_ms).endswith(b"}}")]
    assert 0 < len(spoilt) < 4 * SPOILT_SHARE * len(times)
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(made.payload(device, spoilt[0]))
    delays = [delay for at_ms in times if (delay := made.delay_ms(device, at_ms))]
    assert 0 < len(delays) < 3 * LATE_SHARE * len(times)
    assert MINUTE_MS <= min(delays) <= max(delays) <= 40 * MINUTE_MS


def test_a_device_keeps_its_own_rhythm_over_restarts_and_a_silent_one_gave_up_long_ago():
    made = city(devices=MANY)
    for device in (device for device in MANY[::97] if not made.is_silent(device)):
        last_ms = made.last_report_ms(device, NOW_MS)
        interval_ms = device.interval_s * 1000
        assert made.last_report_ms(device, last_ms) == last_ms == made.last_report_ms(device, last_ms + interval_ms - 1)
        assert NOW_MS - interval_ms < last_ms <= NOW_MS
    silent = next(device for device in MANY if made.is_silent(device))
    assert NOW_MS - made.last_report_ms(silent, NOW_MS) > 3 * silent.interval_s * 1000
    assert made.last_report_ms(silent, NOW_MS + HOUR_MS) == made.last_report_ms(silent, NOW_MS)
