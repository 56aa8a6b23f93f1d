"""What simulated devices measure: true to the default config, the same whoever asks when, with something happening."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from feeds.payloads.demo_devices import devices_of
from feeds.payloads.demo_values import FLOOD_SITES, HOUR_MS, MINUTE_MS, City
from tests.feeds.desk import NOW_MS
from tests.small_city import small_tree

ROOT = Path(__file__).resolve().parents[3]
DEVICES = devices_of(small_tree(), 1, "iot")
TZ = "Asia/Shanghai"


def city(opening_ms: int = NOW_MS) -> City:
    return City(DEVICES, 1, TZ, opening_ms)


def series(metric: str, kind: str, from_ms: int, hours: int, step_ms: int = 10 * MINUTE_MS) -> dict[str, list[float]]:
    made = city()
    return {
        device.id: [made.measure(device, at)[metric] for at in range(from_ms, from_ms + hours * HOUR_MS, step_ms)]
        for device in DEVICES
        if device.kind == kind
    }


def test_every_metric_is_known_to_the_default_config_and_inside_its_bounds():
    metrics = YAML(typ="safe").load((ROOT / "config.yaml").read_text(encoding="utf-8"))["metrics"]
    made = city()
    for at_ms in range(NOW_MS - 30 * HOUR_MS, NOW_MS + 30 * HOUR_MS, 17 * MINUTE_MS):
        for device in DEVICES:
            for metric, value in made.measure(device, at_ms).items():
                assert metrics[metric]["low"] <= value <= metrics[metric]["high"], (device.id, metric, at_ms)


def test_kinds_and_metrics_of_the_default_config_are_all_there():
    config = YAML(typ="safe").load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    made = city()
    assert {device.kind for device in DEVICES} == set(config["device_kinds"])
    assert {metric for device in DEVICES for metric in made.measure(device, NOW_MS)} == set(config["metrics"])


def test_a_measurement_depends_on_the_moment_only():
    """So the past that a fresh start fills in and the messages of the present tell one story."""
    forth, back = city(), city()
    times = range(NOW_MS - 3 * HOUR_MS, NOW_MS + HOUR_MS, 30 * MINUTE_MS)
    asked_forth = {(d.id, at): forth.measure(d, at) for at in times for d in DEVICES}
    asked_back = {(d.id, at): back.measure(d, at) for at in reversed(times) for d in reversed(DEVICES)}
    assert asked_forth == asked_back
    assert City(DEVICES, 2, TZ, NOW_MS).measure(DEVICES[0], NOW_MS) != forth.measure(DEVICES[0], NOW_MS)


def test_a_fresh_start_sees_one_flood_begin_after_a_minute():
    made = city()
    gauges = [device for device in DEVICES if device.kind == "water_level"]

    def highest(minute: float) -> float:
        return max(made.measure(device, NOW_MS + round(minute * MINUTE_MS))["water_level_m"] for device in gauges)

    assert highest(5) == pytest.approx(0.52, abs=0.05)
    flooded = [d for d in gauges if made.measure(d, NOW_MS + 5 * MINUTE_MS)["water_level_m"] > 0.45]
    assert len(flooded) == 1
    # Before its moment the opening is not there: what is told of the past does not know when the program was started.
    assert made.measure(flooded[0], NOW_MS) == city(NOW_MS + 9 * HOUR_MS).measure(flooded[0], NOW_MS)


def test_floods_come_at_few_places_and_go_again():
    levels = series("water_level_m", "water_level", NOW_MS + HOUR_MS, 48)
    flooded = [device for device, values in levels.items() if max(values) > 0.3]
    assert 1 <= len(flooded) <= FLOOD_SITES
    assert all(values.count(0.0) < len(values) and min(values) < 0.2 for values in levels.values())


@pytest.mark.parametrize(
    ("metric", "kind", "alarm"),
    [("manhole_tilt_deg", "manhole", 20), ("smoke_ratio", "smoke", 0.1), ("air_pm25_ugm3", "air", 115)],
)
def test_episodes_hit_one_device_at_a_time(metric, kind, alarm):
    over = series(metric, kind, NOW_MS, 72, 5 * MINUTE_MS)
    at_once = [sum(values[n] > alarm for values in over.values()) for n in range(72 * 12)]
    assert max(at_once) == 1


def test_days_have_a_rhythm():
    parking = series("parking_occupied_ratio", "parking", NOW_MS - NOW_MS % (24 * HOUR_MS) - 8 * HOUR_MS, 24, HOUR_MS)
    by_hour = [sum(values[hour] for values in parking.values()) / len(parking) for hour in range(24)]
    assert by_hour[15] > by_hour[3] + 0.25
