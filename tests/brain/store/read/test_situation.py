"""What the headline is written from."""

from brain.model.alert import Level
from brain.model.query.alerts import OpenAlerts
from brain.model.query.map import AreaMap
from brain.model.query.situation import Situation
from brain.model.scope import Role
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import HOUR, alert_row, ask, feed_row, fill, ms, ticket_row
from tests.small_city import small_city

NOW = ms("2021-07-14 14:26:08")


def filled(store: Store) -> None:
    urgent, plain, there = (
        ticket_row("urgent", NOW - HOUR, urgent=True),
        ticket_row("plain", NOW - HOUR),
        ticket_row("there", NOW - HOUR, "0200201", urgent=True),
    )
    fill(store, schema.case, [urgent, plain, there])
    clock = {"area_id": "0200101", "started_ms": NOW - HOUR, "ended_ms": None, "provisional": False}
    fill(
        store,
        schema.case_clock,
        [
            clock | {"case_id": urgent["id"], "clock": "contact", "due_ms": NOW - 1},
            clock | {"case_id": urgent["id"], "clock": "close", "due_ms": NOW},
            clock | {"case_id": plain["id"], "clock": "close", "due_ms": NOW - 1},
            clock | {"case_id": plain["id"], "clock": "ended", "due_ms": NOW - 1, "ended_ms": NOW},
            clock | {"case_id": there["id"], "clock": "contact", "due_ms": NOW + 1, "area_id": "0200201"},
            clock | {"case_id": there["id"], "clock": "to come", "due_ms": NOW + 2, "started_ms": NOW + 1},
            clock | {"case_id": "case no longer there", "clock": "close", "due_ms": NOW + 1},
        ],
    )
    fill(
        store,
        schema.alert,
        [
            alert_row(
                1, "water_red", NOW - HOUR, level=4, area_id="0200201", state="acknowledged", acknowledged_ms=NOW
            ),
            # Taken up, and raised to a graver level since: to be taken up anew.
            alert_row(2, "air_orange", NOW, level=3, owner="environment", simulated=True, acknowledged_ms=NOW - HOUR),
            alert_row(3, "water_yellow", NOW - 1, level=2),
            alert_row(4, "water_red", NOW, level=4, state="closed", closed_ms=NOW),
        ],
    )
    fill(
        store,
        schema.feed_state,
        [
            feed_row("iot", "readings", "lost"),
            feed_row("hotline", "tickets", "broken"),
            feed_row("letters", "tickets", "refused"),
            feed_row("figures", "indicators", "held"),
        ],
    )


def test_counts_of_the_city_and_of_a_town(store: Store):
    filled(store)
    answer = ask(store, small_city(), NOW, Situation())
    city = answer.value
    assert city.by_level == {Level.RED: 1, Level.ORANGE: 1, Level.YELLOW: 1, Level.BLUE: 0}
    assert (city.unacknowledged, city.feeds_lost) == (2, 3)
    assert (city.running, city.overdue, city.urgent_running, city.urgent_overdue) == (4, 2, 2, 1), "cases, not clocks"
    assert city.gravest.what == "严重内涝"
    assert (answer.as_of_ms, answer.simulated) == (NOW, True)
    town = ask(store, small_city(), NOW, Situation(), "02001").value
    assert (town.by_level[Level.RED], town.gravest.what) == (0, "细颗粒物超标")
    assert (town.running, town.urgent_running) == (3, 1)


def test_unit_staff_are_shown_the_gravest_of_their_own(sqlite_store: Store):
    filled(sqlite_store)
    staff = ask(sqlite_store, small_city(), NOW, Situation(), "02001", role=Role.UNIT, unit="water").value
    assert staff.gravest.what == "积水偏高"
    assert staff.by_level[Level.ORANGE] == 1
    assert ask(sqlite_store, small_city(), NOW, Situation(), role=Role.UNIT).value.gravest is None


def test_a_quiet_city(sqlite_store: Store):
    answer = ask(sqlite_store, small_city(), NOW, Situation())
    assert answer.value.by_level == dict.fromkeys(Level, 0)
    assert (answer.value.gravest, answer.as_of_ms, answer.simulated) == (None, None, False)
    assert (answer.value.running, answer.value.overdue, answer.value.unacknowledged, answer.value.feeds_lost) == (
        0,
        0,
        0,
        0,
    )


def test_a_recovered_alert_waits_for_a_person_but_no_longer_holds(store: Store):
    fill(
        store,
        schema.alert,
        [
            alert_row(1, "water_red", NOW - HOUR, level=4, condition="normal", recovered_ms=NOW - 1),
            alert_row(2, "water_yellow", NOW - 1, level=2),
        ],
    )
    now = ask(store, small_city(), NOW, Situation()).value
    assert now.by_level == {Level.RED: 0, Level.ORANGE: 0, Level.YELLOW: 1, Level.BLUE: 0}
    assert now.gravest.level is Level.YELLOW
    assert now.unacknowledged == 2
    rows = ask(store, small_city(), NOW, OpenAlerts()).value.rows
    assert [row.level for row in rows] == [Level.YELLOW, Level.RED]
    assert [pin.level for pin in ask(store, small_city(), NOW, AreaMap()).value.pins] == [Level.YELLOW]
