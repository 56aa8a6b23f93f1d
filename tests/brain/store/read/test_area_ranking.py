"""Areas ranked by tickets, by the share closed in time and by open alerts, each beside what it was before."""

from typing import Any

import pandas as pd
import pytest

from brain.model.query.shares import AreaRanking, By, RankedArea, RankedAreas
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import (
    DAY,
    HOUR,
    MINUTE,
    alert_row,
    ask,
    fill,
    inside,
    ms,
    random_tickets,
    ticket_row,
)
from tests.brain.store.read.test_unit_performance import by_pandas
from tests.small_city import CITY, TOWNS, small_city

NOW = ms("2021-07-14 14:26:08")
FACTS = small_city()


def ranked(store: Store, by: By, area_id: str = CITY, **more: Any) -> dict[str, RankedArea]:
    found: RankedAreas = ask(store, FACTS, NOW, AreaRanking(by, **more), area_id).value
    return {row.area_id: row for row in found.rows}


def test_tickets_per_10_000_people_beside_last_week(store: Store):
    rows = random_tickets(11, NOW - 20 * DAY, NOW + DAY, n=900)
    fill(store, schema.case, rows)
    midnight = ms("2021-07-14 00:00")
    people = {"02001": 10.0, "02002": 5.0, "02003": 2.0}
    found = ranked(store, By.TICKETS)
    assert list(found) == list(TOWNS)
    for town, row in found.items():
        own = [r["created_ms"] for r in rows if r["type"] == "ticket" and r["area_id"] in inside(FACTS, town)]
        n = sum(midnight <= at <= NOW for at in own)
        before = sum(midnight <= at + 7 * DAY <= NOW for at in own)
        assert (row.n, row.value, row.before) == (n, n / people[town], before / people[town])
    assert any(row.n for row in found.values())
    # One village without published population: counts, so that one list never mixes two units.
    assert ask(store, FACTS, NOW, AreaRanking(), "02003").value.unit_key == "map.unit.count"


@pytest.mark.parametrize("days", [3, 10])
def test_shares_beside_the_span_before_as_it_stood_then(store: Store, days: int):
    rows = random_tickets(12, NOW - 30 * DAY, NOW + DAY, n=900)
    fill(store, schema.case, rows)
    frame = pd.DataFrame(rows)
    start = ms("2021-07-14 00:00") - (days - 1) * DAY
    for town, row in ranked(store, By.ON_TIME, days=days).items():
        own = frame[(frame.type == "ticket") & frame.area_id.isin(inside(FACTS, town))]
        now = by_pandas(own[(own.created_ms >= start) & (own.created_ms <= NOW)], NOW)
        then_ms = NOW - days * DAY
        then = by_pandas(own[(own.created_ms >= start - days * DAY) & (own.created_ms <= then_ms)], then_ms)
        assert row.judged == now
        assert (row.n, row.value) == (now.due_n, now.on_time_n / now.due_n)
        assert row.before == then.on_time_n / then.due_n


def test_shares_before_the_data_began_are_not_known(sqlite_store: Store):
    fill(sqlite_store, schema.case, [ticket_row("a", NOW - 5 * DAY, due_ms=NOW - DAY)])
    found = ranked(sqlite_store, By.ON_TIME, days=6)
    assert (found["02001"].value, found["02001"].before) == (0.0, None)
    assert (found["02002"].value, found["02002"].n) == (None, 0)


def test_open_alerts_beside_those_of_yesterday(store: Store):
    hours = NOW - 24 * HOUR
    fill(
        store,
        schema.alert,
        [
            alert_row(1, "water_red", hours - 1),
            alert_row(2, "water_red", hours),
            alert_row(3, "water_red", hours + 1),
            alert_row(4, "water_red", hours - HOUR, state="closed", closed_ms=hours + MINUTE),
            alert_row(5, "water_red", hours - HOUR, state="closed", closed_ms=hours),  # closed by then
            alert_row(6, "water_red", hours + HOUR, state="closed", closed_ms=NOW),  # opened since
            alert_row(7, "water_red", NOW, area_id="02002", simulated=True),
        ],
    )
    found = ranked(store, By.ALERTS)
    assert {town: (row.n, row.value, row.before) for town, row in found.items()} == {
        "02001": (3, 3, 3),
        "02002": (1, 1, 0),
        "02003": (0, 0, 0),
    }
    answer = ask(store, FACTS, NOW, AreaRanking(By.ALERTS))
    assert (answer.simulated, answer.as_of_ms, answer.stale_after_s) == (True, NOW, None)


def test_an_area_without_parts_is_ranked_alone(sqlite_store: Store):
    fill(sqlite_store, schema.case, [ticket_row("a", NOW, "0200101"), ticket_row("b", NOW, "0200102")])
    assert [(row.area_id, row.n) for row in ranked(sqlite_store, By.TICKETS, "0200101").values()] == [("0200101", 1)]


def test_an_area_no_ticket_ever_came_from_has_no_value(sqlite_store: Store):
    fill(sqlite_store, schema.case, [ticket_row("a", NOW, "0200101"), ticket_row("b", NOW - 9 * DAY, "0200201")])
    fill(sqlite_store, schema.case, [ticket_row("c", NOW, "0200301", type="inspection")])
    fill(sqlite_store, schema.case, [ticket_row("d", NOW + 1, "0200302")])
    found = ranked(sqlite_store, By.TICKETS)
    assert [row.value for row in found.values()] == [0.1, 0.0, None]
