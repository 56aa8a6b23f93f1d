"""Environment readings against plain Python over the same rows."""

from dataclasses import replace
from random import Random
from statistics import fmean
from typing import Any

import pytest

from brain.model.alert import Level, Rule
from brain.model.query.readings import Environment, MetricNow
from brain.model.reading import DeviceState
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import (
    HOUR,
    MINUTE,
    alert_row,
    ask,
    device_rows,
    feed_row,
    fill,
    inside,
    latest_row,
    ms,
)
from tests.small_city import CITY, small_city, small_devices

NOW = ms("2021-07-14 14:26:08")
METRICS = {"air": ("air_pm25_ugm3", "air_temperature_c"), "water": ("water_level_m",)}


def random_latest(seed: int) -> list[dict[str, Any]]:
    """Fresh, old and bad values; some devices never reported, one silent exactly as long as it may be."""
    chance = Random(seed)
    rows = []
    for device in small_devices():
        if device.id in ("air-2", "water-4"):
            continue
        for metric in METRICS[device.kind]:
            age = chance.choice([1_000, 179_000, 180_000, 180_001, 2 * HOUR, -30_000])
            rows.append(latest_row(device.id, metric, NOW - age, chance.choice([None, round(chance.random() * 9, 3)])))
    return rows


def filled(store: Store, rows: list[dict[str, Any]]) -> None:
    reported: dict[str, int] = {}
    for row in rows:
        reported[row["device_id"]] = max(row["at_ms"], reported.get(row["device_id"], 0))
    fill(store, schema.device, device_rows(small_devices(), reported))
    fill(store, schema.latest, rows)


def expected(rows: list[dict[str, Any]], areas: set[str], metric: str) -> dict[str, Any]:
    devices = {device.id: device for device in small_devices() if device.area_id in areas}
    kind = next(kind for kind, metrics in METRICS.items() if metric in metrics)
    heard = {row["device_id"] for row in rows}
    own = [row for row in rows if row["metric"] == metric and row["device_id"] in devices]
    fresh = [row for row in own if row["at_ms"] >= NOW - 3 * 60 * 1000]
    good = [row for row in fresh if row["value"] is not None]
    worst = min(
        good,
        key=lambda row: (row["value"] if metric == "air_temperature_c" else -row["value"], row["device_id"]),
        default=None,
    )
    return {
        "mean": pytest.approx(fmean(row["value"] for row in good)) if good else None,
        "worst": worst and worst["value"],
        "worst_device": worst and devices[worst["device_id"]],
        "fresh": len(fresh),
        "old": len(own) - len(fresh),
        "never": sum(device.kind == kind and device.id not in heard for device in devices.values()),
        "bad": len(fresh) - len(good),
        "newest_ms": max((row["at_ms"] for row in own), default=None),
    }


@pytest.mark.parametrize("seed", range(6))
def test_metrics_are_those_of_plain_python(store: Store, seed: int):
    facts, rows = small_city(), random_latest(seed)
    filled(store, rows)
    for area_id in (CITY, "02001", "02002", "0200301"):
        answer = ask(store, facts, NOW, Environment(), area_id)
        for now in answer.value:
            wanted = expected(rows, inside(facts, area_id), now.metric.id)
            assert {key: getattr(now, key) for key in wanted} == wanted
        newest = [now.newest_ms for now in answer.value if now.newest_ms is not None]
        assert answer.as_of_ms == min(max(newest), NOW)
        assert answer.simulated


def test_metrics_of_most_devices_come_first_then_in_the_order_of_the_city(sqlite_store: Store):
    facts = small_city()
    devices = small_devices()
    fill(sqlite_store, schema.device, device_rows(devices, {device.id: NOW for device in devices}))
    heard = [(d.id, m) for d in devices for m in METRICS[d.kind] if (d.id, m) != ("air-1", "air_pm25_ugm3")]
    fill(sqlite_store, schema.latest, [latest_row(device_id, metric, NOW, 1.0) for device_id, metric in heard])

    def order(query: Environment) -> list[str]:
        return [now.metric.id for now in ask(sqlite_store, facts, NOW, query).value]

    assert order(Environment()) == ["air_temperature_c", "water_level_m", "air_pm25_ugm3"]
    assert order(Environment(limit=1)) == ["air_temperature_c"]
    assert order(Environment(("water_level_m", "air_pm25_ugm3", "no_such_metric"))) == [
        "water_level_m",
        "air_pm25_ugm3",
    ]


def test_hours_are_means_of_the_area_rollups(store: Store):
    facts = small_city()
    devices = small_devices()
    fill(store, schema.device, device_rows(devices, {"air-1": NOW}))
    fill(store, schema.latest, [latest_row("air-1", "air_pm25_ugm3", NOW, 40.0)])
    running = ms("2021-07-14 15:00")

    def rollup(area_id: str, end_ms: int, count: int, total: float, span_s: int = 3600) -> dict[str, Any]:
        key = {"area_id": area_id, "metric": "air_pm25_ugm3", "span_s": span_s, "end_ms": end_ms}
        return key | {"count": count, "devices": 1, "sum": total, "min": None, "max": None}

    fill(
        store,
        schema.area_rollup,
        [
            rollup(CITY, running, 4, 100.0),
            rollup(CITY, running - 2 * HOUR, 0, 0.0),  # only bad values
            rollup(CITY, running - 3 * HOUR, 3, 0.0),  # a true zero
            rollup(CITY, running - 23 * HOUR, 2, 9.0),
            rollup(CITY, running - 24 * HOUR, 1, 777.0),  # a day ago
            rollup(CITY, running + HOUR, 1, 777.0),  # to come
            rollup(CITY, running, 1, 777.0, span_s=300),
            rollup("02001", running, 1, 777.0),
        ],
    )
    (now,) = ask(store, facts, NOW, Environment(("air_pm25_ugm3",))).value
    assert now.hours == (4.5, *(None,) * 19, 0.0, None, None, 25.0)
    on_the_hour = ask(store, facts, running - HOUR, Environment(("air_pm25_ugm3",))).value[0]
    assert on_the_hour.hours[-3:] == (0.0, None, None)


def test_level_is_of_the_gravest_open_alert_on_the_metric_in_the_area(store: Store):
    facts = small_city()
    filled(store, [latest_row("water-1", "water_level_m", NOW, 0.7), latest_row("water-3", "water_level_m", NOW, 0.1)])
    fill(
        store,
        schema.alert,
        [
            alert_row(1, "water_yellow", NOW, level=2, area_id="0200101"),
            alert_row(2, "water_red", NOW, level=4, area_id="0200102", state="acknowledged"),
            alert_row(3, "water_red", NOW, level=4, area_id="0200101", state="closed", closed_ms=NOW),
            alert_row(4, "device_silent", NOW, level=4, area_id="0200101"),
        ],
    )

    def level(area_id: str) -> Any:
        return ask(store, facts, NOW, Environment(("water_level_m",)), area_id).value[0].level

    assert (level(CITY), level("0200101"), level("0200201")) == (Level.RED, Level.YELLOW, None)


def test_silence_follows_the_rules(sqlite_store: Store):
    facts = small_city()
    filled(
        sqlite_store,
        [
            latest_row("air-1", "air_pm25_ugm3", NOW - 200_000, 5.0),
            latest_row("water-1", "water_level_m", NOW - 200_000, 5.0),
        ],
    )

    def fresh(rules: list[Rule], now_ms: int = NOW) -> list[int]:
        known = replace(facts, rules={rule.id: rule for rule in rules})
        query = Environment(("air_pm25_ugm3", "water_level_m"))
        return [now.fresh for now in ask(sqlite_store, known, now_ms, query).value]

    silent = facts.rules["device_silent"]
    assert fresh([]) == [0, 0]  # three times the interval of 60 s
    assert fresh([], NOW - 20_000) == [1, 1]
    assert fresh([], NOW - 19_999) == [0, 0]
    assert fresh([replace(silent, factor=4.0)]) == [1, 1]
    assert fresh([replace(silent, factor=4.0, device_kind="air")]) == [1, 0]
    assert fresh([replace(silent, after_s=200)]) == [1, 1]
    assert fresh([replace(silent, after_s=199)]) == [0, 0]
    assert fresh([replace(silent, factor=4.0), replace(silent, id="b", after_s=100, device_kind="water")]) == [1, 0]


def test_devices_out_of_service_do_not_count(sqlite_store: Store):
    devices = small_devices()
    resting = [
        replace(device, state=DeviceState.MAINTENANCE) if device.id == "water-1" else device for device in devices
    ]
    fill(sqlite_store, schema.device, device_rows(resting, {"water-1": NOW, "water-2": NOW}))
    fill(
        sqlite_store,
        schema.latest,
        [latest_row("water-1", "water_level_m", NOW, 9.0), latest_row("water-2", "water_level_m", NOW, 1.0)],
    )
    (now,) = ask(sqlite_store, small_city(), NOW, Environment(("water_level_m",))).value
    assert (now.mean, now.fresh, now.old, now.never) == (1.0, 1, 0, 3)


def test_never_heard_devices_are_known_by_their_kind(sqlite_store: Store):
    filled(sqlite_store, [latest_row("water-1", "water_level_m", NOW, 1.0)])
    answer = ask(sqlite_store, small_city(), NOW, Environment(), "0200202")
    assert [(now.metric.id, now.mean, now.never) for now in answer.value] == [("water_level_m", None, 1)]
    assert answer.as_of_ms is None


def test_no_devices_no_readings(sqlite_store: Store):
    filled(sqlite_store, [latest_row("water-1", "water_level_m", NOW, 1.0)])
    for query in (Environment(), Environment(("water_level_m",))):
        answer = ask(sqlite_store, small_city(), NOW, query, "0200302")
        assert (answer.value, answer.as_of_ms) == (None, None)


def test_sources_and_provenance(sqlite_store: Store):
    rows = [
        latest_row("water-1", "water_level_m", NOW, 1.0),
        latest_row("water-2", "water_level_m", NOW, None),
        latest_row("water-3", "water_level_m", NOW - HOUR, 3.0),
    ]
    filled(sqlite_store, rows)
    fill(sqlite_store, schema.feed_state, [feed_row("iot", "readings", "lost", since_ms=NOW - MINUTE)])
    answer = ask(sqlite_store, small_city(), NOW, Environment(("water_level_m",)))
    assert [(source.feed, source.status) for source in answer.sources] == [("iot", "lost")]
    assert answer.stale_after_s == 300.0
    (mean,) = answer.provenance
    assert (mean.key, mean.numerator, mean.denominator) == ("water_level_m", 1, 5)
    assert mean.excluded == (("excluded.device_old", 1), ("excluded.device_never", 2), ("excluded.value_bad", 1))
    now: MetricNow = answer.value[0]
    assert (now.fresh, now.old, now.never, now.bad) == (2, 1, 2, 1)
