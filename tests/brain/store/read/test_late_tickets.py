"""Tickets past a deadline: which are listed, in what order, for whom."""

from typing import Any

from brain.model.query.clocks import LateNow, LateTickets
from brain.model.query.situation import Situation
from brain.model.scope import Role
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import DAY, HOUR, MINUTE, ask, clock_row, fill, ms, ticket_row
from tests.small_city import CITY, small_city

NOW = ms("2021-07-16 14:00")


def ticket(number: str, **more: Any) -> dict[str, Any]:
    return ticket_row(number, NOW - 9 * DAY, category="gas", **more)


def filled(store: Store) -> None:
    cases = {
        "long": ticket("long", unit="water"),
        "hour": ticket("hour", area_id="0200202", simulated=True, unit=""),
        "urgent": ticket("urgent", urgent=True),
        "in time": ticket("in time"),
        "done": ticket("done", closed_ms=NOW - 1),
        "met": ticket("met"),
    }
    fill(store, schema.case, list(cases.values()))
    fill(
        store,
        schema.case_clock,
        [
            clock_row(cases["long"], "close", NOW - 3 * DAY),
            clock_row(cases["hour"], "close", NOW - HOUR),
            clock_row(cases["urgent"], "arrive", NOW - MINUTE),
            clock_row(cases["urgent"], "contact", NOW - 2 * MINUTE),
            clock_row(cases["in time"], "close", NOW),
            clock_row(cases["done"], "close", NOW - HOUR, NOW - 1),
            clock_row(cases["met"], "contact", NOW - HOUR, NOW - 2 * HOUR),
            clock_row(cases["met"], "close", NOW - 1) | {"started_ms": NOW + 1},
        ],
    )


def numbers(now: LateNow) -> list[str]:
    return [row.number for row in now.rows]


def test_urgent_ones_first_then_the_longest_late(store: Store):
    filled(store)
    answer = ask(store, small_city(), NOW, LateTickets())
    urgent, long, hour = answer.value.rows
    assert (numbers(answer.value), answer.simulated) == (["urgent", "long", "hour"], True)
    assert (answer.value.total, answer.value.urgent) == (3, 1)
    assert (urgent.running.clock, urgent.urgent, long.urgent) == ("contact", True, False), "the clock missed first"
    assert (long.left_s, hour.left_s) == (-3 * DAY / 1000, -3600)
    assert (long.unit, long.unit_name, hour.unit) == ("water", small_city().units["water"].zh, "")
    assert [clock.clock for clock in long.clocks if clock] == ["close"]


def test_as_many_as_the_sentence_of_the_city_says(store: Store):
    filled(store)
    for area_id in (CITY, "02002"):
        said = ask(store, small_city(), NOW, Situation(), area_id).value.overdue
        assert ask(store, small_city(), NOW, LateTickets(), area_id).value.total == said > 0


def test_the_answer_holds_until_the_next_deadline_has_passed(store: Store):
    filled(store)
    answer = ask(store, small_city(), NOW, LateTickets())
    assert answer.changes_ms == NOW + 1
    later = ask(store, small_city(), NOW + 1, LateTickets())
    assert (later.value.total, later.changes_ms) == (5, None), "and one whose clock has begun since"


def test_of_many_the_first_and_all_counted(sqlite_store: Store):
    filled(sqlite_store)
    now = ask(sqlite_store, small_city(), NOW, LateTickets(limit=1)).value
    assert (numbers(now), now.total) == (["urgent"], 3)


def test_who_sees_what(sqlite_store: Store):
    filled(sqlite_store)
    wall = ask(sqlite_store, small_city(), NOW, LateTickets(), role=Role.WALL).value
    assert numbers(wall) == ["", "", ""]
    staff = ask(sqlite_store, small_city(), NOW, LateTickets(), role=Role.UNIT, unit="water").value
    assert (numbers(staff), staff.total) == (["long"], 1)
    assert ask(sqlite_store, small_city(), NOW, LateTickets(), role=Role.UNIT).value.total == 0


def test_a_city_without_tickets(sqlite_store: Store):
    assert ask(sqlite_store, small_city(), NOW, LateTickets()).value is None
