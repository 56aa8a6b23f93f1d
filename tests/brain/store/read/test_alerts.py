"""The alert roll: order, counts, names, and who may see which."""

import pytest

from brain.model.alert import Level
from brain.model.query.alerts import AlertRow, OpenAlertIds, OpenAlerts
from brain.model.scope import Role
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import DAY, HOUR, alert_row, ask, device_rows, fill, ms, ticket_row
from tests.small_city import CITY, small_city, small_devices

NOW = ms("2021-07-14 14:26:08")


def numbers(rows: tuple[AlertRow, ...]) -> list[int]:
    return [int(row.id[-12:]) for row in rows]


def many(store: Store) -> None:
    fill(
        store,
        schema.alert,
        [
            alert_row(1, "water_yellow", NOW - HOUR, level=2),
            alert_row(2, "water_red", NOW - 2 * HOUR, level=4, area_id="0200201", target_id="water-3"),
            alert_row(3, "water_yellow", NOW - HOUR, level=2, target_id="water-2", state="handling"),
            alert_row(4, "device_silent", NOW, level=2, owner="bureau", target_id="air-1", state="acknowledged"),
            alert_row(5, "air_orange", NOW - 3 * HOUR, level=3, owner="", target_id="air-1", state="resolved"),
            alert_row(6, "cold_blue", NOW - DAY, level=1, state="closed", closed_ms=NOW - HOUR, target_id="air-2"),
            alert_row(7, "cold_blue", NOW - DAY, level=1, state="false", closed_ms=NOW - 1, target_id="air-2"),
            alert_row(8, "cold_blue", NOW - 40 * DAY, level=1, state="closed", closed_ms=NOW - 31 * DAY),
            alert_row(9, "cold_blue", NOW - DAY, level=1, state="closed", closed_ms=NOW + 1),
            alert_row(10, "cold_blue", NOW, level=1, state="suppressed"),
        ],
    )


def test_gravest_first_then_newest_then_by_id(store: Store):
    many(store)
    answer = ask(store, small_city(), NOW, OpenAlerts())
    assert numbers(answer.value.rows) == [2, 5, 4, 1, 3]
    assert answer.value.total == 5
    assert answer.value.by_level == {Level.RED: 1, Level.ORANGE: 1, Level.YELLOW: 3, Level.BLUE: 0}
    assert list(answer.value.by_level) == [Level.RED, Level.ORANGE, Level.YELLOW, Level.BLUE]
    assert answer.as_of_ms == NOW
    first_two = ask(store, small_city(), NOW, OpenAlerts(limit=2)).value
    assert (numbers(first_two.rows), first_two.total) == ([2, 5], 5)
    assert numbers(ask(store, small_city(), NOW, OpenAlerts(), "02002").value.rows) == [2]


def test_closed_ones_newest_first_of_a_month(store: Store):
    many(store)
    closed = ask(store, small_city(), NOW, OpenAlerts(closed=True)).value
    assert (numbers(closed.rows), closed.total) == ([7, 6], 2)
    assert closed.by_level[Level.BLUE] == 2


def test_every_red_is_known_however_many_others_stand_before_it(store: Store):
    yellows = [alert_row(n, "water_yellow", NOW - HOUR, level=2, target_id=f"water-{n}") for n in range(1, 61)]
    red = {"level": 4, "recovered_ms": NOW, "target_id": "water-1"}
    reds = [alert_row(61, "water_red", NOW - HOUR, **red), alert_row(62, "water_red", NOW, **red, state="closed")]
    fill(store, schema.alert, [*yellows, *reds])
    assert 61 not in numbers(ask(store, small_city(), NOW, OpenAlerts()).value.rows), "the roll shows fifty"
    ids = ask(store, small_city(), NOW, OpenAlertIds(Level.RED)).value
    assert [int(alert_id[-12:]) for alert_id in ids] == [61], "recovered, and not yet closed by anybody"
    assert ask(store, small_city(), NOW, OpenAlertIds(Level.RED), "02002").value == ()
    assert ask(store, small_city(), NOW, OpenAlertIds(Level.RED), role=Role.UNIT, unit="fire").value == ()


def test_unit_staff_list_their_own_and_still_see_the_counts(store: Store):
    many(store)
    facts = small_city()
    water = ask(store, facts, NOW, OpenAlerts(), role=Role.UNIT, unit="water").value
    assert (numbers(water.rows), water.total) == ([2, 1, 3], 3)
    assert sum(water.by_level.values()) == 5
    for unit in (None, "", "unheard of"):
        nothing = ask(store, facts, NOW, OpenAlerts(), role=Role.UNIT, unit=unit).value
        assert (nothing.rows, nothing.total) == ((), 0)


def test_rows_say_what_where_and_who(sqlite_store: Store):
    facts = small_city()
    fill(sqlite_store, schema.device, device_rows(small_devices()))
    case = ticket_row("secret-7", NOW, category="gas", title="masked")
    fill(sqlite_store, schema.case, [case])
    fill(
        sqlite_store,
        schema.alert,
        [
            alert_row(
                1, "water_red", NOW - HOUR, level=4, value=0.62, peak=0.7, limit_value=0.6, last_ms=NOW, times=9,
                due_ms=NOW + HOUR, acknowledged_by="li", acknowledged_ms=NOW, version=3, simulated=True,
            ),
            alert_row(2, "close_late", NOW, target_kind="case", target_id=case["id"], owner="hotline", level=3),
            alert_row(3, "gone", NOW, target_kind="feed", target_id="iot", owner="no unit of ours", area_id=CITY),
            alert_row(4, "gone", NOW - 1, target_kind="feed", target_id="old feed", owner="", area_id="area no more"),
        ],
    )  # fmt: skip
    answer = ask(sqlite_store, facts, NOW, OpenAlerts())
    water, late, feed, old = answer.value.rows
    assert (water.what, water.what_en, water.target_name) == ("严重内涝", "Flooding", "水位计 1")
    assert (water.owner, water.owner_en, water.area_id) == ("水务局", "Water bureau", "0200101")
    assert (water.value, water.peak, water.limit_value, water.times) == (0.62, 0.7, 0.6, 9)
    assert (water.metric, water.due_ms, water.version) == (facts.metrics["water_level_m"], NOW + HOUR, 3)
    assert (water.acknowledged_by, water.acknowledged_ms, water.closed_by) == ("li", NOW, None)
    assert (late.target_name, late.target_name_en, late.metric) == ("燃气", "Gas", None)
    assert (feed.what, feed.target_name, feed.target_name_en, feed.owner) == (
        "gone",
        "物联感知",
        "Sensors",
        "no unit of ours",
    )
    assert (old.target_name, old.owner, old.area_id) == ("old feed", "", CITY)
    assert answer.simulated
    assert "secret-7" not in repr(answer)


@pytest.mark.parametrize(("role", "name"), [(Role.WALL, ""), (Role.LEADER, "li"), (Role.OPERATOR, "li")])
def test_a_wall_shows_no_names(sqlite_store: Store, role: Role, name: str):
    fill(sqlite_store, schema.alert, [alert_row(1, "water_red", NOW, acknowledged_by="li", acknowledged_ms=NOW)])
    (row,) = ask(sqlite_store, small_city(), NOW, OpenAlerts(), role=role).value.rows
    assert (row.acknowledged_by, row.acknowledged_ms) == (name, NOW)
