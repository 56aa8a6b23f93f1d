"""What grows with history is only ever read along an index: asked of SQLite for every statement of every query."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, event

from brain.model.alert import Level
from brain.model.query.alerts import AlertPage, OpenAlerts
from brain.model.query.answer import Query
from brain.model.query.history import DeviceHistory
from brain.model.query.indicators import Figures
from brain.model.query.map import AreaMap
from brain.model.query.readings import Environment
from brain.model.query.shares import AreaRanking, By
from brain.model.query.tickets import TicketTrend
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import (
    DAY,
    HOUR,
    alert_row,
    ask,
    clock_row,
    device_rows,
    fill,
    latest_row,
    ms,
    random_tickets,
    ticket_row,
)
from tests.brain.store.read.test_answers import EVERY_QUERY
from tests.small_city import CITY, VILLAGES, small_city, small_devices

NOW = ms("2021-07-14 14:26:08")
GROWING = (
    "reading",
    "reading_rollup",
    "area_rollup",
    "case_",
    "case_clock",
    "alert",
    "alert_event",
    "indicator_value",
    "feed_minute",
)
# Few rows by nature, however long the city runs: the minutes of an hour per feed.
SMALL = ("feed_minute",)
FULL_SCAN = re.compile(rf"SCAN ({'|'.join(name for name in GROWING if name not in SMALL)})\b")

QUERIES: list[Query] = [kind() for kind in EVERY_QUERY]
QUERIES += [
    TicketTrend(days=90),
    Environment(("water_level_m",)),
    AreaMap("water_level_m"),
    OpenAlerts(closed=True),
    DeviceHistory("water-1", before=True),
    DeviceHistory("water-1", hours=1000),
    Figures(("hotline_received_total",), inherit=True),
    AreaRanking(By.ON_TIME),
    AreaRanking(By.ALERTS),
    *(AlertPage(alert_row(number, "", 0)["id"]) for number in (1, 2, 3)),
]


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is executed meanwhile."""
    heard: list[tuple[str, Any]] = []

    def hear(conn: Connection, cursor: object, statement: str, parameters: Any, context: object, many: bool) -> None:
        heard.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def plan(store: Store, statement: str, parameters: Any) -> str:
    with store.read() as conn:
        return "\n".join(row[-1] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))


def filled(store: Store) -> None:
    case = ticket_row("late", NOW, urgent=True)
    fill(store, schema.case, [case, *random_tickets(9, NOW - 30 * DAY, NOW)])
    fill(store, schema.case_clock, [clock_row(case, "contact", NOW), clock_row(case, "arrive", NOW + HOUR)])
    fill(store, schema.device, device_rows(small_devices(), {"water-1": NOW}))
    fill(store, schema.latest, [latest_row("water-1", "water_level_m", NOW, 1.0)])
    fill(
        store,
        schema.alert,
        [
            alert_row(1, "water_red", NOW, level=Level.RED),
            alert_row(2, "water_red", NOW - 3 * DAY, level=Level.RED),
            alert_row(3, "close_late", NOW, target_kind="case", target_id=case["id"]),
        ],
    )


@pytest.mark.parametrize("area_id", [CITY, "02001", "0200101"])
def test_history_is_never_scanned(sqlite_store: Store, area_id: str):
    filled(sqlite_store)
    searched = set()
    for query in QUERIES:
        with statements() as heard:
            ask(sqlite_store, small_city(), NOW, query, area_id)
        for statement, parameters in heard:
            if statement.startswith("SELECT") or statement.startswith("WITH"):
                steps = plan(sqlite_store, statement, parameters)
                assert not FULL_SCAN.search(steps), f"{query}\n{statement}\n{steps}"
                searched.update(re.findall(r"SEARCH (\w+)", steps))
    assert {"reading", "reading_rollup", "area_rollup", "case_", "alert", "indicator_value"} <= searched


def steps_of(store: Store, query: Query, area_id: str) -> int:
    """Work of SQLite's machine on a query, in hundreds of its steps."""
    done = [0]

    def count() -> None:
        done[0] += 1

    def listen(conn: Connection, *_: object) -> None:
        conn.connection.driver_connection.set_progress_handler(count, 100)  # type: ignore[union-attr]

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        ask(store, small_city(), NOW, query, area_id)
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    return done[0]


def older_history(n: int) -> dict[Table, list[dict[str, Any]]]:
    """`n` rows in each table that grows, of a time that no query asks about: all of it over and done."""
    moments = [NOW - 100 * DAY - k * HOUR for k in range(n)]
    place = {"metric": "water_level_m", "count": 1, "sum": 1.0, "min": 1.0, "max": 1.0}
    cases = [
        ticket_row(f"old {k}", at_ms, VILLAGES[k % 6], closed_ms=at_ms + HOUR, due_ms=at_ms + DAY, urgent=k % 9 == 0)
        for k, at_ms in enumerate(moments)
    ]
    of_device = place | {"device_id": "water-1", "bad": 0, "last": 1.0}
    return {
        schema.case: cases,
        schema.case_clock: [clock_row(case, "close", case["due_ms"], case["closed_ms"]) for case in cases],
        schema.alert: [
            alert_row(100 + k, "water_red", at_ms, level=4, state="closed", closed_ms=at_ms + HOUR)
            for k, at_ms in enumerate(moments)
        ],
        schema.reading: [latest_row("water-1", "water_level_m", at_ms, 1.0) for at_ms in moments],
        schema.reading_rollup: [
            of_device | {"span_s": span_s, "end_ms": at_ms, "last_ms": at_ms}
            for at_ms in moments
            for span_s in (300, 3600)
        ],
        schema.area_rollup: [
            place | {"area_id": area_id, "span_s": 3600, "end_ms": at_ms, "devices": 1}
            for at_ms in moments
            for area_id in (CITY, "02001", "0200101")
        ],
    }


def test_a_longer_history_is_no_more_work(sqlite_store: Store):
    filled(sqlite_store)
    for table, rows in older_history(300).items():
        fill(sqlite_store, table, rows)
    areas = (CITY, "02001", "0200101")
    before = {(query, area_id): steps_of(sqlite_store, query, area_id) for query in QUERIES for area_id in areas}
    for table, rows in older_history(6000).items():
        fill(sqlite_store, table, [row for k, row in enumerate(rows) if k >= len(rows) // 20])
    for (query, area_id), steps in before.items():
        assert steps_of(sqlite_store, query, area_id) <= steps + 20, f"{query} for {area_id}"
    assert max(before.values()) > 20


def test_counts_of_the_city_touch_the_index_alone(sqlite_store: Store):
    filled(sqlite_store)
    with statements() as heard:
        ask(sqlite_store, small_city(), NOW, TicketTrend())
    counts = [plan(sqlite_store, *each) for each in heard if "count(" in each[0] or "sum(" in each[0]]
    assert counts
    assert all("USING COVERING INDEX" in steps for steps in counts)


def test_the_check_sees_a_scan(sqlite_store: Store):
    assert FULL_SCAN.search(plan(sqlite_store, "SELECT * FROM case_ WHERE title = 'x'", ()))
    assert FULL_SCAN.search(plan(sqlite_store, "SELECT count(*) FROM reading", ()))
