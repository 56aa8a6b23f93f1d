"""Tickets closed in time by unit: the unit the source names, else that of the duty list; the city's target."""

from dataclasses import astuple, replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from brain.model.query.shares import Judged, UnitPerformance, Units
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import DAY, HOUR, ask, fill, inside, ms, random_tickets, ticket_row
from tests.brain.store.read.test_figures import RATIO
from tests.brain.store.read.test_figures import row as published_row
from tests.small_city import CITY, small_city

NOW = ms("2021-07-14 14:26:08")
FACTS = replace(small_city(), duties=MappingProxyType({"gas": "environment"}))


def by_pandas(frame: pd.DataFrame, now_ms: int) -> Judged:
    closed = frame.closed_ms <= now_ms
    impossible = closed & (frame.closed_ms < frame.created_ms)
    judged = ~impossible & frame.due_ms.notna()
    decided = judged & (closed | (frame.due_ms < now_ms))
    on_time = decided & closed & (frame.closed_ms <= frame.due_ms)
    classes = (decided, on_time, judged & ~decided, ~impossible & frame.due_ms.isna(), impossible)
    return Judged(*(int(each.sum()) for each in classes))


def with_units(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for k, row in enumerate(rows):
        row["category"] = ("gas", "noise")[k % 2]
        row["unit"] = ("", "water", "hotline", "Somebody Ltd")[k // 2 % 4]
    return rows


def test_classes_are_those_of_pandas(store: Store):
    rows = with_units(random_tickets(6, NOW - 40 * DAY, NOW + DAY))
    fill(store, schema.case, rows)
    frame = pd.DataFrame(rows)
    frame = frame[(frame.type == "ticket") & (frame.created_ms <= NOW)]
    frame["owner"] = frame.unit.where(frame.unit != "", frame.category.map({"gas": "environment"}).fillna(""))
    for area_id, days in ((CITY, 30), ("02001", 7)):
        start = ms("2021-07-14 00:00") - (days - 1) * DAY
        own = frame[frame.area_id.isin(inside(FACTS, area_id)) & (frame.created_ms >= start)]
        units: Units = ask(store, FACTS, NOW, UnitPerformance(days=days), area_id).value
        assert {row.id: row.judged for row in units.rows} == {
            owner: by_pandas(group, NOW) for owner, group in own.groupby("owner")
        }
        assert {row.id for row in units.rows} == {"", "water", "hotline", "environment", "Somebody Ltd"}
        assert astuple(units.total) == astuple(by_pandas(own, NOW))


def test_names_and_origins(sqlite_store: Store):
    fill(
        sqlite_store,
        schema.case,
        [
            ticket_row("a", NOW - DAY, unit="water", due_ms=NOW, closed_ms=NOW - HOUR),
            ticket_row("b", NOW - DAY, unit="water", due_ms=NOW - HOUR),
            ticket_row("c", NOW - DAY, unit="water", closed_ms=NOW - 2 * DAY, simulated=True),
        ],
    )
    answer = ask(sqlite_store, small_city(), NOW, UnitPerformance())
    (row,) = answer.value.rows
    assert (row.id, row.name, row.name_en, row.judged) == ("water", "水务局", "Water bureau", Judged(2, 1, 0, 0, 1))
    assert answer.simulated
    assert [(o.key, o.numerator, o.denominator) for o in answer.provenance] == [("on_time", 1, 2), ("water", 1, 2)]
    assert answer.provenance[1].excluded == (("excluded.closed_before_created", 1),)
    assert answer.value.target is None


def test_the_target_is_the_citys_last_published(sqlite_store: Store):
    fill(sqlite_store, schema.case, [ticket_row("a", NOW)])
    fill(
        sqlite_store,
        schema.indicator_value,
        [
            published_row(RATIO, "2021H1", 0.97, "ratio"),
            published_row(RATIO, "2020", 0.9, "target"),
            published_row(RATIO, "2021", 0.95, "target"),
        ],
    )
    assert ask(sqlite_store, small_city(), NOW, UnitPerformance()).value.target == 0.95
    assert ask(sqlite_store, small_city(), NOW, UnitPerformance(), "02001").value.target == 0.95
