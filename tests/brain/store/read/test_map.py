"""The map: values of areas against plain Python, pins and devices where they belong."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from random import Random
from statistics import fmean
from typing import Any

import pytest
from sqlalchemy import true

from brain.model.alert import Level
from brain.model.query.map import AreaMap, MapArea, MapDevice, MapView
from brain.model.reading import Device, DeviceState
from brain.model.scope import Role, Scope
from brain.store import schema
from brain.store.engine import Store
from brain.store.read.ask import Ask
from brain.store.read.map_devices import CELLS, MOST_ALONE
from brain.store.read.map_points import map_devices
from tests.brain.store.read.filling import (
    DAY,
    HOUR,
    alert_row,
    ask,
    device_rows,
    feed_row,
    fill,
    inside,
    latest_row,
    ms,
    random_tickets,
    ticket_row,
)
from tests.small_city import CITY, TOWNS, VILLAGES, small_city, small_devices

NOW = ms("2021-07-14 14:26:08")
METRIC = "water_level_m"


def told(view: MapView) -> tuple[Any, ...]:
    return tuple((area.area_id, area.value, area.state, area.as_of_ms) for area in view.areas)


def test_tickets_per_ten_thousand_people(store: Store):
    facts = small_city("Asia/Kolkata")
    rows = random_tickets(5, NOW - DAY, NOW + DAY)
    fill(store, schema.case, rows)
    start_ms = ms("2021-07-14 00:00", "Asia/Kolkata")
    today = [row for row in rows if row["type"] == "ticket" and start_ms <= row["created_ms"] <= NOW]
    answer = ask(store, facts, NOW, AreaMap())
    for area in answer.value.areas:
        own = [row["created_ms"] for row in today if row["area_id"] in inside(facts, area.area_id)]
        people = facts.tree.get(area.area_id).population
        assert people
        assert (area.value, area.state) == (pytest.approx(len(own) / people * 10_000), "value")
        assert area.as_of_ms == max(own)
    assert [area.area_id for area in answer.value.areas] == list(TOWNS)
    assert (answer.value.unit_key, answer.value.metric) == ("map.unit.per_10k", None)
    assert answer.provenance[0].numerator == len(today)


def test_plain_counts_where_a_population_is_unknown(store: Store):
    facts = small_city()
    rows = random_tickets(6, NOW - DAY, NOW)
    fill(store, schema.case, rows)
    today = [r for r in rows if r["type"] == "ticket" and ms("2021-07-14 00:00") <= r["created_ms"] <= NOW]
    counts = Counter(row["area_id"] for row in today)
    view = ask(store, facts, NOW, AreaMap(), "02003").value  # one of its two villages has no published population
    assert view.unit_key == "map.unit.count"
    assert {area.area_id: area.value for area in view.areas} == {v: counts[v] for v in VILLAGES[4:]}


def test_a_leaf_shows_itself(sqlite_store: Store):
    fill(sqlite_store, schema.case, [ticket_row("a", NOW - HOUR, "0200101"), ticket_row("b", NOW - HOUR, "0200102")])
    view = ask(sqlite_store, small_city(), NOW, AreaMap(), "0200101").value
    assert told(view) == (("0200101", pytest.approx(1 / 6), "value", NOW - HOUR),)


def test_no_ticket_is_zero_and_no_data_is_none(sqlite_store: Store):
    facts = small_city()
    empty = ask(sqlite_store, facts, NOW, AreaMap())
    assert {(area.value, area.state) for area in empty.value.areas} == {(None, "none")}
    assert (empty.as_of_ms, empty.simulated) == (None, False)
    fill(sqlite_store, schema.case, [ticket_row("a", NOW - 3 * DAY)])
    quiet = ask(sqlite_store, facts, NOW, AreaMap())
    assert {(area.value, area.state, area.as_of_ms) for area in quiet.value.areas} == {(0.0, "value", None)}
    assert quiet.simulated  # a zero of a simulated feed


def test_no_ticket_of_a_source_in_trouble_is_no_zero(sqlite_store: Store):
    facts = small_city()
    fill(sqlite_store, schema.case, [ticket_row("a", NOW - 3 * DAY, TOWNS[0])])
    fill(sqlite_store, schema.feed_state, [feed_row("hotline", "tickets", "broken")])
    states = {(area.value, area.state) for area in ask(sqlite_store, facts, NOW, AreaMap()).value.areas}
    assert states == {(None, "none")}
    fill(sqlite_store, schema.case, [ticket_row("b", NOW - HOUR, TOWNS[0])])  # what came is shown all the same
    by_area = {area.area_id: area.value for area in ask(sqlite_store, facts, NOW, AreaMap()).value.areas}
    assert by_area[TOWNS[0]]
    assert by_area[TOWNS[1]] == 0.0


def test_metric_of_areas(store: Store):
    facts = small_city()
    chance = Random(7)
    rows = [latest_row(f"water-{n}", METRIC, NOW - 1000 * n, round(chance.random(), 3)) for n in (1, 2)]
    rows += [latest_row("water-3", METRIC, NOW - 3 * HOUR, 0.4), latest_row("water-4", METRIC, NOW - 2 * HOUR, 0.2)]
    fill(store, schema.device, device_rows(small_devices(), {row["device_id"]: row["at_ms"] for row in rows}))
    fill(store, schema.latest, rows)
    answer = ask(store, facts, NOW, AreaMap(METRIC))
    view: MapView = answer.value
    assert told(view) == (
        ("02001", pytest.approx(fmean(row["value"] for row in rows[:2])), "value", NOW - 1000),
        ("02002", pytest.approx(0.3), "stale", NOW - 2 * HOUR),
        ("02003", None, "none", None),
    )
    assert (view.unit_key, view.metric) == ("map.unit.metric", facts.metrics[METRIC])
    assert answer.as_of_ms == NOW - 1000
    assert [source.feed for source in answer.sources] == ["iot"]
    leaf = ask(store, facts, NOW, AreaMap(METRIC), "0200102").value
    assert leaf.areas == (MapArea("0200102", rows[1]["value"], "value", NOW - 2000),)


def test_bad_values_are_no_data(sqlite_store: Store):
    fill(sqlite_store, schema.device, device_rows(small_devices(), {"water-1": NOW}))
    fill(sqlite_store, schema.latest, [latest_row("water-1", METRIC, NOW, None)])
    assert ask(sqlite_store, small_city(), NOW, AreaMap(METRIC)).value.areas[0] == MapArea("02001", None, "none", NOW)
    # One speaks badly, the other is silent: not all are silent, so the old value is not shown in their place.
    fill(sqlite_store, schema.latest, [latest_row("water-2", METRIC, NOW - HOUR, 0.5)])
    assert ask(sqlite_store, small_city(), NOW, AreaMap(METRIC)).value.areas[0] == MapArea("02001", None, "none", NOW)


def test_unknown_metric_is_a_grey_map(sqlite_store: Store):
    answer = ask(sqlite_store, small_city(), NOW, AreaMap("no_such_metric"))
    assert {area.state for area in answer.value.areas} == {"none"}
    assert answer.value.metric is None


def test_pins_stand_at_device_ticket_or_area(store: Store):
    facts = small_city()
    nowhere = replace(small_devices()[0], id="nowhere", lon=None, lat=None)
    fill(store, schema.device, device_rows([*small_devices(), nowhere]))
    placed, unplaced = ticket_row("placed", NOW, grid_lon=113.123, grid_lat=22.123), ticket_row("unplaced", NOW)
    fill(store, schema.case, [placed, unplaced])
    on_case = {"target_kind": "case", "rule_kind": "clock", "owner": "hotline"}
    fill(
        store,
        schema.alert,
        [
            alert_row(1, "water_yellow", NOW, target_id="water-1"),
            alert_row(2, "water_red", NOW - HOUR, level=4, target_id="nowhere"),
            alert_row(3, "close_late", NOW - 1, target_id=placed["id"], **on_case),
            alert_row(4, "close_late", NOW - 2, target_id=unplaced["id"], area_id="02002", **on_case),
            alert_row(5, "water_yellow", NOW, state="closed", closed_ms=NOW),
            alert_row(6, "water_yellow", NOW, state="suppressed"),
            alert_row(7, "feed_lost", NOW, level=4, target_kind="feed", target_id="iot", area_id=CITY),
            alert_row(8, "rule_no_longer_there", NOW, level=1, target_id="device_no_longer_there"),
        ],
    )
    pins = ask(store, facts, NOW, AreaMap()).value.pins
    assert [(pin.alert_id[-1], pin.level, pin.lon, pin.lat, pin.title) for pin in pins] == [
        ("2", Level.RED, 113.1, 22.1, "严重内涝"),
        ("1", Level.YELLOW, 113.05, 22.05, "积水偏高"),
        ("3", Level.YELLOW, 113.123, 22.123, "工单办结超时"),
        ("4", Level.YELLOW, 113.3, 22.2, "工单办结超时"),
        ("8", Level.BLUE, 113.1, 22.1, "rule_no_longer_there"),
    ]
    assert [pin.alert_id[-1] for pin in ask(store, facts, NOW, AreaMap(), "02002").value.pins] == ["4"]
    own = ask(store, facts, NOW, AreaMap(), role=Role.UNIT, unit="hotline").value.pins
    assert [pin.alert_id[-1] for pin in own] == ["3", "4"]


def test_devices_in_service_with_a_place(store: Store):
    first, second, third = small_devices()[:3]
    hidden = [
        replace(first, id="no-place", lon=None),
        replace(first, id="resting", state=DeviceState.MAINTENANCE),
        replace(first, id="gone", state=DeviceState.RETIRED),
    ]
    reported = {first.id: NOW - 180_000, second.id: NOW - 180_001, "no-place": NOW}
    fill(store, schema.device, device_rows([first, second, third, *hidden], reported))
    shown = ask(store, small_city(), NOW, AreaMap()).value.devices
    assert [(device.device_id, device.state) for device in shown] == [
        (first.id, "fresh"),
        (third.id, "never"),
        (second.id, "old"),
    ]
    assert (shown[0].kind, shown[0].name, shown[0].lon, shown[0].lat) == ("air", first.name, first.lon, first.lat)
    assert shown[0].area_id == first.area_id
    assert [d.device_id for d in ask(store, small_city(), NOW, AreaMap(), "0200102").value.devices] == [third.id]


def _many(n: int, area_id: str = "0200101", first: int = 0) -> list[Device]:
    """Side by side on a line through the area."""
    return [
        Device(f"d{k:05}", "air", "", area_id, 113.001 + 0.19 * k / n, 22.01, 60, "iot")
        for k in range(first, first + n)
    ]


def _thinned(store: Store, most: int) -> tuple[MapDevice, ...]:
    with store.read() as conn:
        asked = Ask(conn, small_city(), Scope("", Role.OPERATOR, CITY), CITY, NOW)
        return map_devices(asked, true(), most)[0]


@pytest.mark.parametrize("surplus", [0, 1, 777, 2001])
def test_too_many_devices_near_an_alert_are_thinned_evenly(store: Store, surplus: int):
    fill(store, schema.device, device_rows(_many(800 + surplus)))
    first, second = (_thinned(store, 800) for _ in range(2))
    assert first == second
    assert len(first) == 800
    numbers = [int(device.device_id[1:]) for device in first]
    gaps = {after - before for before, after in pairwise(numbers)}
    assert max(gaps) - min(gaps) <= 1


def test_few_devices_stand_by_themselves(store: Store):
    made = _many(MOST_ALONE)
    fill(store, schema.device, device_rows(made, {d.id: NOW for d in made[1:]}))
    view = ask(store, small_city(), NOW, AreaMap()).value
    assert [device.device_id for device in view.devices] == [device.id for device in made]
    assert view.clusters == ()


def test_of_many_a_few_silent_ones_stand_by_themselves(store: Store):
    made = _many(MOST_ALONE * 20)
    silent = [device.id for device in made[7::20]]
    fill(store, schema.device, device_rows(made, {d.id: NOW - (HOUR if d.id in silent else 0) for d in made}))
    view = ask(store, small_city(), NOW, AreaMap()).value
    assert view.device_counts == {"fresh": len(made) - len(silent), "old": len(silent)}
    assert [device.device_id for device in view.devices] == silent
    assert view.clusters == ()


def test_many_silent_ones_are_counted_by_area_then_by_cell(store: Store):
    west, east = _many(400), _many(200, "0200201", 400)
    reported = {device.id: NOW for device in west[:100]}
    fill(store, schema.device, device_rows([*west, *east], reported))
    facts = small_city()
    city = ask(store, facts, NOW, AreaMap()).value
    assert city.devices == ()
    assert [(c.area_id, c.total, c.silent) for c in city.clusters] == [("02001", 400, 300), ("02002", 200, 200)]
    assert city.clusters[0].lon == pytest.approx(fmean(device.lon or 0 for device in west))
    village = ask(store, facts, NOW, AreaMap(), "0200101").value
    assert {c.area_id for c in village.clusters} == {"0200101"}
    assert (sum(c.total for c in village.clusters), sum(c.silent for c in village.clusters)) == (400, 300)
    assert len(village.clusters) == CELLS
    assert ask(store, facts, NOW, AreaMap(), "02003").value.clusters == ()


def test_devices_on_one_spot_are_one_cell(sqlite_store: Store):
    made = [Device(f"d{k}", "air", "", "0200101", 113.1, 22.1, 60, "iot") for k in range(MOST_ALONE + 1)]
    fill(sqlite_store, schema.device, device_rows(made))
    (cluster,) = ask(sqlite_store, small_city(), NOW, AreaMap(), "0200101").value.clusters
    assert (cluster.lon, cluster.lat, cluster.silent) == (pytest.approx(113.1), pytest.approx(22.1), MOST_ALONE + 1)
