"""Clocks that run in urgent cases: which are listed, in what order, for whom, with which alert."""

from typing import Any

from brain.model.alert import Level
from brain.model.query.clocks import UrgentClocks, UrgentNow
from brain.model.scope import Role
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import DAY, HOUR, MINUTE, alert_row, ask, clock_row, fill, ms, ticket_row
from tests.small_city import small_city

NOW = ms("2021-07-16 14:00")  # a Friday


def urgent(number: str, **more: Any) -> dict[str, Any]:
    return ticket_row(number, NOW - HOUR, urgent=True, category="gas", **more)


def filled(store: Store) -> dict[str, dict[str, Any]]:
    cases = {
        "late": urgent("late"),
        "soon": urgent("soon", area_id="0200202", unit="water"),
        "far": urgent("far", simulated=True),
        "done": urgent("done", closed_ms=NOW - 1),
        "calm": urgent("calm") | {"urgent": False},
        "other": urgent("other", type="inspection"),
    }
    fill(store, schema.case, list(cases.values()))
    fill(
        store,
        schema.case_clock,
        [
            clock_row(cases["late"], "contact", NOW - MINUTE),
            clock_row(cases["late"], "arrive", NOW + HOUR),
            clock_row(cases["late"], "close", ms("2021-07-21 17:30")),
            clock_row(cases["soon"], "contact", NOW - 2 * MINUTE, NOW - 3 * MINUTE),
            clock_row(cases["soon"], "arrive", NOW + 30 * MINUTE),
            clock_row(cases["far"], "contact", NOW - 2 * MINUTE, NOW - 3 * MINUTE),
            clock_row(cases["far"], "close", ms("2021-07-19 17:30")) | {"provisional": True},
            clock_row(cases["far"], "arrive", NOW + 1) | {"started_ms": NOW + 1},  # not yet
            clock_row(cases["done"], "close", NOW + 1, NOW - 1),
            *(clock_row(cases[name], "close", NOW + 1) for name in ("calm", "other")),
        ],
    )
    return cases


def test_soonest_first_with_what_is_left(store: Store):
    filled(store)
    answer = ask(store, small_city(), NOW, UrgentClocks())
    now: UrgentNow = answer.value
    assert [(row.number, row.running.clock) for row in now.rows] == [
        ("late", "contact"),
        ("soon", "arrive"),
        ("far", "close"),
    ]
    assert (now.total, now.overdue, answer.simulated) == (3, 1, True)
    late, soon, far = now.rows
    assert (late.left_s, soon.left_s) == (-60, 1800)
    assert far.left_s == (3 * DAY + 3.5 * HOUR - 2 * DAY) / 1000  # Monday 17:30, the weekend left out
    assert [clock and clock.clock for clock in soon.clocks] == ["contact", "arrive", None]
    assert (far.running.provisional, far.running.name, far.category_name) == (True, "办结", "燃气")
    assert [(limit.clock, limit.seconds, limit.working_days) for limit in now.limits] == [
        ("contact", 3600, None),
        ("arrive", 7200, None),
        ("close", None, 3),
    ]


def test_of_many_the_first_and_all_counted(sqlite_store: Store):
    filled(sqlite_store)
    now = ask(sqlite_store, small_city(), NOW, UrgentClocks(limit=1)).value
    assert ([row.number for row in now.rows], now.total) == (["late"], 3)
    town = ask(sqlite_store, small_city(), NOW, UrgentClocks(), "02002").value
    assert ([row.number for row in town.rows], town.total, town.overdue) == (["soon"], 1, 0)


def test_the_gravest_open_alert_about_the_case(store: Store):
    cases = filled(store)
    about = {"target_kind": "case", "target_id": cases["late"]["id"], "owner": "hotline"}
    fill(
        store,
        schema.alert,
        [
            alert_row(1, "close_late", NOW, **(about | {"level": 2})),
            alert_row(2, "contact_late", NOW - HOUR, **(about | {"level": 3})),
            alert_row(3, "contact_late", NOW, **(about | {"level": 4, "state": "closed", "closed_ms": NOW})),
            alert_row(4, "contact_late", NOW, **(about | {"target_kind": "device", "target_id": cases["soon"]["id"]})),
        ],
    )
    late, soon, _ = ask(store, small_city(), NOW, UrgentClocks()).value.rows
    assert (late.alert_id[-1], late.alert_level) == ("2", Level.ORANGE)
    assert (soon.alert_id, soon.alert_level) == ("", None)


def test_who_sees_what(sqlite_store: Store):
    filled(sqlite_store)
    wall = ask(sqlite_store, small_city(), NOW, UrgentClocks(), role=Role.WALL).value
    assert {row.number for row in wall.rows} == {""}
    staff = ask(sqlite_store, small_city(), NOW, UrgentClocks(), role=Role.UNIT, unit="water").value
    assert ([row.number for row in staff.rows], staff.total) == (["soon"], 1)
    assert ask(sqlite_store, small_city(), NOW, UrgentClocks(), role=Role.UNIT).value.total == 0
