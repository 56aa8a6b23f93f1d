"""Rosters: a table takes the place of what it said before."""

from dataclasses import replace

from sqlalchemy import select

from brain.model.duty import DutyRoster, DutyShift
from brain.store import schema
from brain.store.engine import Store
from brain.store.write.duty import RosterResult, store_rosters
from tests.small_city import CITY, TOWNS, small_city

FACTS = small_city()
DAY = DutyShift("水务局", "值班长", CITY, 0, 10, "张**")
NIGHT = replace(DAY, start_ms=10, end_ms=20, person="李**")
TOWN = DutyShift("some office", "带班领导", TOWNS[1], 0, 20)


def put(store: Store, table: str, *shifts: DutyShift) -> RosterResult:
    return store.write(lambda conn: store_rosters(conn, FACTS, "duty", [DutyRoster(table, shifts)])).result()


def units(store: Store) -> list[tuple[str, str, int]]:
    with store.read() as conn:
        table = schema.duty_shift
        rows = conn.execute(select(table.c.table_name, table.c.unit, table.c.start_ms).order_by(*table.primary_key))
        return [tuple(row) for row in rows]


def test_tables_are_replaced_whole(store: Store) -> None:
    assert put(store, "a", DAY, NIGHT) == RosterResult(2, 0)
    assert put(store, "b", TOWN) == RosterResult(1, 0)
    assert units(store) == [("a", "water", 0), ("a", "water", 10), ("b", "some office", 0)]
    before = store.versions()
    assert put(store, "a", DAY, NIGHT) == RosterResult(0, 2)
    assert store.versions() == before
    assert put(store, "a", NIGHT) == RosterResult(1, 0)
    assert put(store, "b") == RosterResult(0, 0)
    assert units(store) == [("a", "water", 10)]
    after = store.versions()
    assert after["duty", TOWNS[1]] == before["duty", TOWNS[1]] + 1
    assert after["duty", CITY] == before["duty", CITY] + 2
    assert ("duty", TOWNS[0]) not in after
