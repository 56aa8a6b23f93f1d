"""Backup, restore and move against what the databases bring themselves: `VACUUM INTO`, and `pg_dump` with `pg_restore`
at the same compression. A city's past is in the store, and feeds write into it all the while a backup is made, by
another process as in life. Restore and move compare every row with where it came from, which the databases' own tools
do not.
"""

import multiprocessing
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

import app
from bench.peers.long_past import Past
from bench.peers.shipped import shipped
from bench.report.row import Row
from brain.model.clock import WallClock
from brain.runtime.city_store import open_city_store
from brain.store import schema
from brain.store.dialect import insert_into, insert_rows
from brain.store.engine import Store, open_store
from brain.store.moving import verbs
from tests.services.postgresql import PostgresServer

NAME = "Moving house: backup, restore and move against VACUUM INTO and pg_dump"
LONG = True

METRICS = ("water_level_m", "air_pm25_ugm3")
DAILY = 500
BATCH = 200  # readings in a transaction, as a busy city brings them several times a second
PAUSE_S = 0.05
COLUMNS = ("device_id", "metric", "at_ms", "value", "received_ms")


@dataclass(frozen=True)
class Taken:
    """What one backup took, and how long those waited who wrote meanwhile."""

    seconds: float
    waits_ms: list[float] = field(default_factory=list)


def run(quick: bool) -> list[Row]:
    days = 15 if quick else 900
    with tempfile.TemporaryDirectory(prefix="city-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/city.db"
        _fill(folder, url, days)
        server = PostgresServer()
        try:
            made, again = (server.url(server.make_database()) for _ in range(2))
            rows = list(_sqlite(folder, url, made))
            rows += _postgresql(folder, made, again)
        finally:
            server.close()
        return rows


def _fill(folder: Path, url: str, days: int) -> None:
    plan = app.read_plan(shipped(folder, url), {})
    with open_city_store(plan) as store:
        past = Past(store, plan.facts, WallClock().now_ms(), DAILY, METRICS)
        past.settle()
        past.extend(0, days)


def _sqlite(folder: Path, url: str, postgresql: str) -> Iterator[Row]:
    size, grown = (folder / "city.db").stat().st_size, list[float]()
    with open_store(url) as store:
        calm = _alone(store)
        theirs = _during(store, lambda: _vacuum_into(folder / "city.db", folder / "copy.db"))
        with _another_process() as back_up:
            ours = _during(store, lambda: grown.append(back_up(url, folder / "a.zip")))
    manifest = verbs.back_up(url, folder / "b.zip", "city", 0)
    yield Row("SQLite: rows", manifest.rows, "")
    yield from _backups("SQLite", "VACUUM INTO", calm, theirs, ours)
    yield Row("SQLite: the file against the database", (folder / "a.zip").stat().st_size / size * 100, "%")
    yield Row("SQLite: memory that a backup takes", grown[0], "MB")
    took_s = _timed(lambda: verbs.restore(folder / "b.zip", f"sqlite:///{folder}/restored.db"))
    yield Row("SQLite: restored and compared", took_s, "s", took_s / ours.seconds, "its backup")
    took_s = _timed(lambda: verbs.move(url, postgresql))
    yield Row("SQLite to PostgreSQL: moved and compared", manifest.rows / took_s, "rows/s")


def _postgresql(folder: Path, url: str, again: str) -> Iterator[Row]:
    dump = ["pg_dump", "-Fc", "-Z1", "-f", str(folder / "pg.dump"), url]
    with open_store(url) as store:
        calm = _alone(store)
        theirs = _during(store, lambda: _done(dump))
        with _another_process() as back_up:
            ours = _during(store, lambda: back_up(url, folder / "pg.zip"))
    yield from _backups("PostgreSQL", "pg_dump", calm, theirs, ours)
    manifest = verbs.back_up(url, folder / "pg2.zip", "city", 0)
    took_s = _timed(lambda: verbs.restore(folder / "pg2.zip", again))
    _done(["psql", "-q", "-c", "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public", again])
    theirs_s = _timed(lambda: _done(["pg_restore", "--no-owner", "-d", again, str(folder / "pg.dump")]))
    yield Row("PostgreSQL: restored and compared", took_s, "s", took_s / theirs_s, "pg_restore")
    took_s = _timed(lambda: verbs.move(url, f"sqlite:///{folder}/moved.db"))
    yield Row("PostgreSQL to SQLite: moved and compared", manifest.rows / took_s, "rows/s")


def _backups(database: str, tool: str, calm: Taken, theirs: Taken, ours: Taken) -> Iterator[Row]:
    yield Row(f"{database}: {tool} while feeds write", theirs.seconds, "s")
    yield Row(f"{database}: backup while feeds write", ours.seconds, "s", ours.seconds / theirs.seconds, tool)
    yield Row(f"{database}: a write without a backup, median", statistics.median(calm.waits_ms), "ms")
    for name, taken in ((tool, theirs), ("backup", ours)):
        waited = statistics.median(taken.waits_ms)
        yield Row(f"{database}: a write during {name}, median", waited, "ms")
        yield Row(f"{database}: the longest write during {name}", max(taken.waits_ms), "ms")


def _during(store: Store, work: Callable[[], object]) -> Taken:
    with _feeds(store) as waits_ms:
        took_s = _timed(work)
    return Taken(took_s, waits_ms)


def _alone(store: Store) -> Taken:
    with _feeds(store) as waits_ms:
        threading.Event().wait(2)
    return Taken(2, waits_ms)


@contextmanager
def _feeds(store: Store) -> Iterator[list[float]]:
    """Somebody who writes a batch of readings every now and then; how long each took."""
    over, waits_ms = threading.Event(), list[float]()

    def write() -> None:
        while True:
            waits_ms.append(_timed(lambda: store.write(lambda conn: _batch(conn, time.time_ns())).result()) * 1000)
            if over.wait(PAUSE_S):
                return

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield waits_ms
    finally:
        over.set()
        thread.join()


def _batch(conn: Connection, at_ms: int) -> None:
    rows = [(f"busy-{n}", "water_level_m", at_ms, n / 7, at_ms) for n in range(BATCH)]
    insert_rows(conn, insert_into(conn, schema.reading), COLUMNS, rows)


def _vacuum_into(path: Path, copy: Path) -> None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as conn:
        conn.execute("VACUUM INTO ?", (str(copy),))


@contextmanager
def _another_process() -> Iterator[Callable[[str, Path], float]]:
    """One that has started, since a start is not what is measured; the answer is `_backed_up`'s."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        alone.submit(_peak_mb).result()
        yield lambda url, path: alone.submit(_backed_up, url, path).result()


def _backed_up(url: str, path: Path) -> float:
    """By how many megabytes the process grew at most."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the most so far is forgotten
    before = _peak_mb()
    verbs.back_up(url, path, "city", 0)
    return _peak_mb() - before


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _done(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
