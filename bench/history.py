"""What one asks of the past, with 1x and 20x the readings in the store: a week of hourly values of each district, and
the page of a device over a day, a week and a year with the same stretch before. Readings of nearly a year, one each
five minutes, as many devices as the size needs, and the rollups of all of them; written in the order of time. What is
answered is as long at every size. Stores of two sizes are asked in turn, for another device and metric each time;
medians of rounds. With --full PostgreSQL also at 100x, where the disk has room and filling it in takes no longer than
half an hour. Then the oldest days of PostgreSQL's readings are forgotten, some row by row, as many as whole days.
"""

import itertools
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from psycopg import sql
from sqlalchemy import func, select

import app
from bench.peers.long_series import DAY_MS, DAYS, METRIC, READINGS, LongSeries, metric_id
from bench.peers.shipped import shipped
from bench.report.row import Row
from brain.model.clock import WallClock
from brain.model.query.history import DeviceHistory
from brain.model.rollup import DAY_S, HOUR_S, Buckets
from brain.model.scope import Role, Scope
from brain.runtime.city_store import open_city_store
from brain.store import schema
from brain.store.dialect import drop_days
from brain.store.engine import Store
from brain.store.forget import along_series
from brain.store.read.answers import Answers
from brain.store.retention import end_of_day
from tests.services.postgresql import PostgresServer

NAME = "History: a week of the districts and a device's year, at 1x and 20x the readings"
LONG = True

TIMES = (1, 20)
FURTHER, ROOM_BYTES, PATIENCE_S = 100, 60_000_000_000, 1800
ROUNDS = 40
DAYS_FORGOTTEN = 10
AIM = "<= 1.5"
_HOURS = {"day": 24, "week": 168, "year": 8760}


@dataclass(frozen=True)
class Filled:
    """A store of one size with the questions it is asked, each for something else every time."""

    name: str
    took_s: float
    asked: dict[str, Callable[[], Any]]
    series: LongSeries
    device_ids: Sequence[str]


def run(quick: bool) -> list[Row]:
    devices = 2 if quick else 10
    with tempfile.TemporaryDirectory(prefix="city-bench-") as name:
        folder = Path(name)
        rows = _measured("SQLite", folder, devices, lambda size: f"sqlite:///{folder}/{size}.db", lambda url: None)
    server = PostgresServer()
    try:
        with tempfile.TemporaryDirectory(prefix="city-bench-") as name:
            tidy = partial(_tidied, server)
            rows += _measured(
                "PostgreSQL", Path(name), devices, lambda _: server.url(server.make_database()), tidy, quick
            )
    finally:
        server.close()
    return rows


def _tidied(server: PostgresServer, url: str) -> None:
    """What PostgreSQL does by itself within minutes of so many rows, but for the last 2 % of a day, and beside the
    measurement otherwise. It never analyses a table that is cut as a whole."""
    with server.connect(url.partition("?")[0].rpartition("/")[2]) as connection:
        connection.execute("VACUUM")
        tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        for (table,) in connection.execute(tables).fetchall():
            connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
        connection.execute("CHECKPOINT")


def _measured(
    database: str,
    folder: Path,
    devices: int,
    url_of: Callable[[int], str],
    tidy: Callable[[str], None],
    quick: bool = True,
) -> list[Row]:
    with ExitStack() as open_stores:
        filled = [_filled(open_stores, folder, url_of(size), devices, size, tidy) for size in TIMES]
        rows = [Row(f"{database}, {one.name}: filled in", one.took_s, "s") for one in filled]
        rows += _compared(database, filled[0], filled[-1])
        left_s = FURTHER / TIMES[-1] * filled[-1].took_s
        if not quick and left_s < PATIENCE_S and shutil.disk_usage(folder).free > ROOM_BYTES:
            # After the others were asked: what is filled in drives their pages out of the memory.
            filled.append(_filled(open_stores, folder, url_of(FURTHER), devices, FURTHER, tidy))
            rows.append(Row(f"{database}, {filled[-1].name}: filled in", filled[-1].took_s, "s"))
            rows += _compared(database, filled[0], filled[-1], f" beside {filled[-1].name}")
        if filled[0].series.store.dialect == "postgresql":
            rows += _forgotten(filled[-1])
    return rows


def _compared(database: str, one: Filled, other: Filled, beside: str = "") -> list[Row]:
    """What is asked of both in turn; `beside` tells the smaller one's numbers from those of an earlier turn."""
    rows = []
    for what in one.asked:
        one_ms, other_ms = _medians([one.asked[what], other.asked[what]])
        rows.append(Row(f"{database}, {one.name}{beside}: {what}", one_ms, "ms"))
        rows.append(Row(f"{database}, {other.name}: {what}", other_ms, "ms", other_ms / one_ms, one.name, AIM))
    return rows


def _filled(
    open_stores: ExitStack, folder: Path, url: str, devices: int, size: int, tidy: Callable[[str], None]
) -> Filled:
    began = time.perf_counter()
    place = folder / str(size)
    place.mkdir()
    plan = app.read_plan(shipped(place, url), {})
    store = open_stores.enter_context(open_city_store(plan))
    tree = plan.facts.tree
    now_ms = Buckets(plan.facts.tz).end_ms(WallClock().now_ms(), DAY_S) - DAY_MS
    series = LongSeries(store, [area.id for area in tree.children(tree.root.id)], now_ms)
    series.fill(range(devices * size), range(size))
    tidy(url)
    ids = itertools.cycle([series.device_id(k * 7919 % (devices * size)) for k in range(ROUNDS)])
    metrics = itertools.cycle([metric_id(k) for k in range(size)])
    answers, scope = Answers(store, plan.facts, WallClock(lambda: now_ms)), Scope("", Role.OPERATOR, tree.root.id)

    def page(hours: int) -> Any:
        return answers.answer(DeviceHistory(next(ids), hours=hours, before=True), scope, scope.area_id)

    asked: dict[str, Callable[[], Any]] = {"a week of the districts": lambda: _week(store, series, next(metrics))}
    asked |= {f"a device's {word}": partial(page, hours) for word, hours in _HOURS.items()}
    millions = float(f"{devices * size * READINGS / 1e6:.2g}")
    device_ids = [series.device_id(k) for k in range(devices * size)]
    return Filled(f"{millions:g} million", time.perf_counter() - began, asked, series, device_ids)


def _week(store: Store, series: LongSeries, metric: str) -> list[Any]:
    """The hourly mean of each district, as a trend draws it."""
    table = schema.area_rollup.c
    query = select(table.area_id, table.end_ms, table.sum / func.nullif(table.count, 0)).where(
        table.area_id.in_(series.areas),
        table.metric == metric,
        table.span_s == HOUR_S,
        table.end_ms > series.now_ms - 7 * DAY_MS,
        table.end_ms <= series.now_ms,
    )
    with store.read() as conn:
        rows = list(conn.execute(query))
    if len(rows) != len(series.areas) * 168:
        raise AssertionError(f"{len(rows)} hours of {len(series.areas)} districts")
    return rows


def _forgotten(one: Filled) -> list[Row]:
    """The oldest days row by row, and as many after them as PostgreSQL keeps them."""
    store, table = one.series.store, schema.reading
    end_ms = end_of_day(one.series.now_ms - (DAYS - 1 - DAYS_FORGOTTEN) * DAY_MS)
    heads = [{"device_id": device_id, "metric": METRIC} for device_id in one.device_ids]

    def drop(until_ms: int) -> bool:
        return store.write(lambda conn: drop_days(conn, table, until_ms)).result()

    def by_rows() -> None:
        for portion in along_series(table, heads, "at_ms", end_ms):
            store.write(portion).result()

    rows_s = _seconds(by_rows)
    drop(end_ms)  # the days that were emptied
    days_s = _seconds(lambda: drop(end_ms + DAYS_FORGOTTEN * DAY_MS))
    what, way = f"PostgreSQL, {one.name}: {DAYS_FORGOTTEN} days of readings forgotten", "row by row"
    return [Row(f"{what} {way}", rows_s, "s"), Row(f"{what} as days", days_s, "s", days_s / rows_s, way, "<= 0.5")]


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _medians(questions: Sequence[Callable[[], Any]]) -> list[float]:
    """Milliseconds of each, asked in turn: what else the machine does meanwhile falls on all alike."""
    took: list[list[float]] = [[] for _ in questions]
    for _ in range(ROUNDS + 2):
        for what, of in zip(questions, took, strict=True):
            began = time.perf_counter()
            what()
            of.append((time.perf_counter() - began) * 1000)
    return [statistics.median(of[2:]) for of in took]
