"""One alert and its evidence: curve, limits, tickets, clocks, events; and what must stay hidden."""

from typing import Any

import pytest

from brain.model.alert import Level
from brain.model.query.alerts import AlertPage
from brain.model.scope import Forbidden, Role
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import (
    DAY,
    HOUR,
    MINUTE,
    alert_row,
    ask,
    device_rows,
    fill,
    latest_row,
    ms,
    ticket_row,
)
from tests.small_city import CITY, small_city, small_devices

NOW = ms("2021-07-14 14:26:08")
WATER = "water_level_m"


def page_of(store: Store, row: dict[str, Any], now_ms: int = NOW, **who: Any) -> Any:
    fill(store, schema.alert, [row])
    return ask(store, small_city(), now_ms, AlertPage(row["id"]), **who).value


def reading(at_ms: int, value: float | None, device_id: str = "water-1", metric: str = WATER) -> dict[str, Any]:
    return latest_row(device_id, metric, at_ms, value)


def rollup(
    end_ms: int, low: float | None, high: float | None, span_s: int = 300, metric: str = WATER
) -> dict[str, Any]:
    key = {"device_id": "water-1", "metric": metric, "span_s": span_s, "end_ms": end_ms}
    return key | {"count": 5, "bad": 0, "sum": 5.0, "min": low, "max": high, "last": high, "last_ms": end_ms}


def test_short_stretches_show_single_readings(store: Store):
    fill(store, schema.device, device_rows(small_devices()))
    opened_ms = NOW - HOUR
    kept = [(opened_ms - 2 * HOUR, 0.1), (opened_ms - 1, None), (opened_ms, 0.3), (NOW, 0.0)]
    fill(
        store,
        schema.reading,
        [
            *(reading(at_ms, value) for at_ms, value in kept),
            reading(opened_ms - 2 * HOUR - 1, 9.0),
            reading(NOW + 1, 9.0),
            reading(NOW, 9.0, device_id="water-2"),
            reading(NOW, 9.0, metric="air_pm25_ugm3"),
        ],
    )
    detail = page_of(store, alert_row(1, "water_yellow", opened_ms))
    assert detail.series == tuple(kept)
    assert (detail.series_metric, detail.series_span_s) == (small_city().metrics[WATER], 0)
    assert detail.limits == ((Level.RED, 0.6), (Level.YELLOW, 0.3))
    assert detail.device == small_devices()[1]


def test_long_stretches_show_extremes_of_rollups(store: Store):
    fill(store, schema.device, device_rows(small_devices()))
    opened_ms = NOW - 3 * DAY
    end_ms = ms("2021-07-14 14:30")  # of the running five minutes
    rows = [rollup(end_ms, 0.1, 0.9), rollup(end_ms - 10 * MINUTE, 0.2, 0.8), rollup(end_ms - 15 * MINUTE, None, None)]
    unseen = [rollup(NOW - DAY - HOUR, 0.0, 9.9), rollup(end_ms + 5 * MINUTE, 0.0, 9.9), rollup(end_ms, 0.0, 9.9, 3600)]
    fill(store, schema.reading_rollup, rows + unseen)
    fill(store, schema.reading, [reading(NOW - MINUTE, 5.0)])
    detail = page_of(store, alert_row(1, "water_yellow", opened_ms))
    assert detail.series == ((end_ms - 15 * MINUTE, None), (end_ms - 10 * MINUTE, 0.8), (NOW, 0.9))
    assert detail.series_span_s == 300


def test_rules_that_watch_for_low_values_show_the_lowest(sqlite_store: Store):
    fill(sqlite_store, schema.device, device_rows(small_devices()))
    fill(sqlite_store, schema.reading_rollup, [rollup(NOW - HOUR, 2.0, 8.0, metric="air_temperature_c")])
    detail = page_of(sqlite_store, alert_row(1, "cold_blue", NOW - DAY))
    assert detail.series == ((NOW - HOUR, 2.0),)
    assert detail.limits == ((Level.BLUE, 5.0),)


def test_a_closed_alert_shows_its_own_time(sqlite_store: Store):
    fill(sqlite_store, schema.device, device_rows(small_devices()))
    opened_ms = NOW - 10 * DAY
    fill(sqlite_store, schema.reading_rollup, [rollup(opened_ms, 0.1, 0.7), rollup(NOW - HOUR, 0.1, 0.1)])
    detail = page_of(sqlite_store, alert_row(1, "water_red", opened_ms, state="closed", closed_ms=opened_ms + 6 * HOUR))
    assert detail.series == ((opened_ms, 0.7),)


def test_a_silent_device_shows_what_it_said_last(sqlite_store: Store):
    fill(sqlite_store, schema.device, device_rows(small_devices()))
    said = [
        latest_row("air-1", "air_temperature_c", NOW - HOUR, 20.0),
        latest_row("air-1", "air_pm25_ugm3", NOW - HOUR - 1, 9.0),
    ]
    fill(sqlite_store, schema.latest, said)
    fill(sqlite_store, schema.reading, said)
    detail = page_of(
        sqlite_store, alert_row(1, "device_silent", NOW - 50 * MINUTE, rule_kind="silent", target_id="air-1")
    )
    assert detail.series == ((NOW - HOUR, 20.0),)
    assert detail.series_metric is not None
    assert detail.series_metric.id == "air_temperature_c"
    assert detail.row.metric is None


def test_a_device_that_is_gone_leaves_the_alert_readable(sqlite_store: Store):
    detail = page_of(sqlite_store, alert_row(1, "water_red", NOW, target_id="gone"))
    assert (detail.device, detail.series, detail.series_metric, detail.limits) == (None, (), None, ())


def test_case_clocks_and_near_tickets(store: Store):
    late = ticket_row(
        "late", NOW - 5 * HOUR, "0200201", urgent=True, category="no category of ours", grid_lon=113.25, grid_lat=22.05
    )
    near = [
        ticket_row("before", NOW - 2 * HOUR, "0200201"),
        ticket_row("after", NOW + 2 * HOUR, "0200201"),
        ticket_row("same time a", NOW, "0200201"),
        ticket_row("same time b", NOW, "0200201"),
    ]
    far = [
        ticket_row("too early", NOW - 2 * HOUR - 1, "0200201"),
        ticket_row("too late", NOW + 2 * HOUR + 1, "0200201"),
        ticket_row("elsewhere", NOW, "0200202"),
        ticket_row("inspection", NOW, "0200201", type="inspection"),
    ]
    fill(store, schema.case, [late, *near, *far])
    clock = {
        "case_id": late["id"],
        "area_id": "0200201",
        "started_ms": NOW - 5 * HOUR,
        "ended_ms": None,
        "provisional": True,
    }
    fill(
        store,
        schema.case_clock,
        [
            clock | {"clock": "close", "due_ms": NOW + DAY},
            clock | {"clock": "contact", "due_ms": NOW, "provisional": False},
            clock | {"clock": "no clock of ours", "due_ms": NOW + 1, "ended_ms": NOW},
        ],
    )
    row = alert_row(
        1, "contact_late", NOW, rule_kind="clock", target_kind="case", target_id=late["id"], area_id="0200201"
    )
    detail = page_of(store, row, NOW + DAY)
    assert detail.case is not None
    assert (detail.case.number, detail.case.title, detail.case.urgent) == ("late", "masked text late", True)
    assert (detail.case.category_name, detail.case.unit_name) == ("no category of ours", "12345 中心")
    assert [(each.clock, each.name, each.provisional, each.ended_ms) for each in detail.clocks] == [
        ("contact", "联系", False, None),
        ("no clock of ours", "no clock of ours", True, NOW),
        ("close", "办结", True, None),
    ]
    changes = [
        ask(store, small_city(), now_ms, AlertPage(row["id"])).changes_ms for now_ms in (NOW - 1, NOW, NOW + DAY)
    ]
    assert changes == [NOW, NOW + DAY, None], "when a running clock becomes overdue, nobody tells it"
    order = sorted(near, key=lambda row: (-row["created_ms"], row["id"]))
    assert [case.id for case in detail.near_cases] == [row["id"] for row in order]
    earlier = ask(store, small_city(), NOW, AlertPage(row["id"])).value
    assert {case.number for case in earlier.near_cases} == {"before", "same time a", "same time b"}
    assert (detail.device, detail.series) == (None, ())


def test_calls_nearby_are_all_counted_though_few_are_listed(store: Store):
    tickets = [ticket_row(f"{n}", NOW - n * 60_000, "0200201") for n in range(70)]
    tickets += [ticket_row("too early", NOW - 2 * HOUR - 1, "0200201"), ticket_row("first", NOW - 2 * HOUR, "0200201")]
    fill(store, schema.case, tickets)
    row = alert_row(1, "water_red", NOW, area_id="0200201")
    detail = page_of(store, row, NOW + 3 * HOUR)
    assert len(detail.near_cases) == 50
    assert sum(detail.near_counts) == 71
    assert detail.near_counts[:13] == (1, 0, 0, 0, 0, 9, 10, 10, 10, 10, 10, 10, 1)


def test_of_an_alert_of_the_whole_city_nothing_is_near(sqlite_store: Store):
    fill(sqlite_store, schema.case, [ticket_row("1", NOW, "0200201")])
    detail = page_of(sqlite_store, alert_row(1, "water_red", NOW, area_id=CITY))
    assert (detail.near_cases, detail.near_counts, detail.near_devices, detail.near_total) == ((), (), (), 0)


def test_a_wall_sees_no_single_ticket_and_no_names(sqlite_store: Store):
    case = ticket_row("number-1", NOW, title="masked words")
    fill(sqlite_store, schema.case, [case, ticket_row("number-2", NOW, title="masked words")])
    row = alert_row(
        1, "close_late", NOW, target_kind="case", target_id=case["id"], acknowledged_by="li", acknowledged_ms=NOW
    )
    event = {"alert_id": row["id"], "at_ms": NOW, "from_state": "", "to_state": "open", "level": 2, "value": None}
    fill(
        sqlite_store,
        schema.alert_event,
        [
            event | {"seq": 1, "actor": "rule", "action": "raise", "note": ""},
            event | {"seq": 2, "actor": "li", "action": "acknowledge", "note": "call 138"},
        ],
    )
    wall = page_of(sqlite_store, row, role=Role.WALL)
    assert wall.case is not None
    assert (wall.case.number, wall.case.title, wall.case.category_name) == ("", "", "噪音扰民")
    assert [(near.number, near.title) for near in wall.near_cases] == [("", "")]
    assert [(each.actor, each.note) for each in wall.events] == [("rule", ""), ("", "")]
    for secret in ("number-", "masked words", "138", "'li'"):
        assert secret not in repr(wall)
    desk = ask(sqlite_store, small_city(), NOW, AlertPage(row["id"])).value
    assert [(each.actor, each.note, each.level) for each in desk.events] == [
        ("rule", "", Level.YELLOW),
        ("li", "call 138", Level.YELLOW),
    ]
    assert (desk.row.acknowledged_by, desk.near_cases[0].title) == ("li", "masked words")


def test_scope_and_unit_are_kept(sqlite_store: Store):
    facts = small_city()
    fill(
        sqlite_store,
        schema.case,
        [ticket_row("theirs", NOW, "0200201", unit="water"), ticket_row("others", NOW, "0200201")],
    )
    row = alert_row(1, "water_red", NOW, area_id="0200201")
    fill(sqlite_store, schema.alert, [row])
    query = AlertPage(row["id"])
    staff = ask(sqlite_store, facts, NOW, query, role=Role.UNIT, unit="water").value
    assert [case.number for case in staff.near_cases] == ["theirs"]
    assert len(ask(sqlite_store, facts, NOW, query).value.near_cases) == 2
    for unit in ("hotline", None):
        with pytest.raises(Forbidden, match="not in the hands"):
            ask(sqlite_store, facts, NOW, query, role=Role.UNIT, unit=unit)
    with pytest.raises(Forbidden, match="outside the scope 02001"):
        ask(sqlite_store, facts, NOW, query, "02001", scope_area="02001")
    assert ask(sqlite_store, facts, NOW, query, "02002", scope_area="02002").value is not None


def test_an_alert_of_an_area_that_is_gone_is_the_citys(sqlite_store: Store):
    """A newer city pack may have dropped the area: the alert is still in the lists of the whole city."""
    row = alert_row(1, "water_red", NOW, area_id="02009")
    detail = page_of(sqlite_store, row)
    assert (detail.row.id, detail.row.area_id) == (row["id"], CITY)
    with pytest.raises(Forbidden):
        ask(sqlite_store, small_city(), NOW, AlertPage(row["id"]), "02001", scope_area="02001")


def test_near_devices_are_the_others_of_the_area(sqlite_store: Store):
    fill(sqlite_store, schema.device, device_rows(small_devices(), {"air-1": NOW}))
    detail = page_of(sqlite_store, alert_row(1, "water_red", NOW, area_id="02001"))
    assert [(device.device_id, device.state) for device in detail.near_devices] == [
        ("air-1", "fresh"),
        ("air-2", "never"),
        ("water-2", "never"),
    ]
    assert detail.version == detail.row.version == 1


@pytest.mark.parametrize("alert_id", ["", "nonsense", "\0", "\ud800", "' OR 1=1 --"])
def test_no_such_alert(store: Store, alert_id: str):
    fill(store, schema.alert, [alert_row(1, "water_red", NOW)])
    answer = ask(store, small_city(), NOW, AlertPage(alert_id), CITY)
    assert (answer.value, answer.as_of_ms) == (None, None)
