"""Today's hours of each part of an area: on one scale, the greatest first, what never came apart from 0."""

import pytest

from brain.model.query.areas_day import AreasDay, DayOfAreas
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import DAY, HOUR, ask, fill, inside, ms, random_tickets, ticket_row
from tests.brain.store.read.test_tickets_today import frame_of
from tests.small_city import CITY, TOWNS, small_city

PEOPLE = {"02001": 10.0, "02002": 5.0, "02003": 2.0}


@pytest.mark.parametrize("tz", ["Asia/Shanghai", "Asia/Kathmandu"])
def test_hours_are_those_of_pandas(store: Store, tz: str):
    facts = small_city(tz)
    now_ms = ms("2021-07-14 14:26:08", tz)
    rows = random_tickets(13, now_ms - 2 * DAY, now_ms + DAY)
    fill(store, schema.case, rows)
    day: DayOfAreas = ask(store, facts, now_ms, AreasDay()).value
    assert {row.area_id for row in day.rows} == set(TOWNS)
    assert [row.total for row in day.rows] == sorted((row.total or 0 for row in day.rows), reverse=True)
    assert (day.unit_key, day.day_ms) == ("map.unit.per_10k", ms("2021-07-14 00:00", tz))
    for row in day.rows:
        frame = frame_of(rows, inside(facts, row.area_id), tz, now_ms)
        hours = frame.created_at[frame.created_ms >= day.day_ms].dt.hour.value_counts()
        share = PEOPLE[row.area_id]
        assert row.total == hours.sum() / share
        assert row.by_hour == tuple(hours.get(h, 0) / share if h < 14 else None for h in range(24))
        yesterday = (frame.created_ms >= day.day_ms - DAY) & (frame.created_ms < day.day_ms)
        hours = frame.created_at[yesterday].dt.hour.value_counts()
        assert row.before == tuple(hours.get(h, 0) / share for h in range(24))


def test_no_ticket_ever_is_no_data_and_none_today_is_zero(store: Store):
    now_ms = ms("2021-07-14 03:10")
    fill(store, schema.case, [ticket_row("a", now_ms - 2 * HOUR, "0200101"), ticket_row("b", now_ms - DAY, "0200301")])
    day = ask(store, small_city(), now_ms, AreasDay()).value
    assert [(row.area_id, row.total) for row in day.rows] == [("02001", 0.1), ("02003", 0.0), ("02002", None)]
    assert day.rows[0].by_hour[:4] == (0.0, 0.1, 0.0, None)
    assert day.rows[1].by_hour[:4] == (0.0, 0.0, 0.0, None)
    assert set(day.rows[2].by_hour) == {None}


def test_an_area_without_parts_and_a_city_without_tickets(sqlite_store: Store):
    now_ms = ms("2021-07-14 03:10")
    assert ask(sqlite_store, small_city(), now_ms, AreasDay(), CITY).value is None
    fill(sqlite_store, schema.case, [ticket_row("a", now_ms, "0200302", simulated=True)])
    answer = ask(sqlite_store, small_city(), now_ms, AreasDay(), "0200302")
    assert [(row.area_id, row.total) for row in answer.value.rows] == [("0200302", 1.0)]
    assert answer.value.unit_key == "map.unit.count"
    assert answer.simulated
