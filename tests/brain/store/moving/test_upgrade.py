"""From every schema there ever was to today's: by starting the program, and by restoring an old backup."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, inspect, select, text

from brain.store import migrate, schema
from brain.store.dialect import drop_days, open_databases
from brain.store.engine import open_store, reading_only
from brain.store.errors import StoreError
from brain.store.migrate import HEAD, make_tables, tables_of
from brain.store.moving import verbs
from brain.store.moving.portion import sum_of
from brain.store.moving.snapshot import snapshot
from tests.brain.store.differences import differences
from tests.brain.store.moving import made_up
from tests.services.postgresql import PostgresServer
from tests.services.waiting import wait_until

CONFIG = Config()
CONFIG.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
DAY_MS = 86_400_000
REVISIONS = [each.revision for each in ScriptDirectory.from_config(CONFIG).walk_revisions()]

Rows = Mapping[str, list[tuple[object, ...]]]


def make_store(url: str, revision: str) -> Rows:
    """A store as a program of that time left it, with rows in every table; the rows."""
    databases, tables = open_databases(url, 30), tables_of(revision)
    try:
        with databases.writing.begin() as conn:
            make_tables(conn, revision)
            made_up.fill_tables(conn, tables)
            return rows_of(conn, tables)
    finally:
        databases.close()


def rows_of(conn: Connection, tables: tuple[Table, ...]) -> Rows:
    """What these tables hold, in no order; of `meta` without the marks a start makes."""
    found = {str(table.name): [tuple(row) for row in conn.execute(select(*table.columns))] for table in tables}
    found["meta"] = [row for row in found["meta"] if row[0] not in ("boot", "facts", "hold.boot")]
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def is_of_today(url: str, revision: str, before: Rows) -> None:
    with open_store(url) as store, store.read() as conn:
        assert store.write(differences).result() == []
        assert set(schema.metadata.tables) <= set(inspect(conn).get_table_names())
        assert rows_of(conn, tables_of(revision)) == before


def test_every_revision_is_looked_at() -> None:
    assert {"0001", HEAD} <= set(REVISIONS)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_an_older_schema_is_brought_up_to_date_with_its_rows(revision: str, empty_url: str) -> None:
    before = make_store(empty_url, revision)
    assert all(len(rows) == made_up.ROWS for rows in before.values())
    is_of_today(empty_url, revision, before)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_backup_of_an_older_schema_is_brought_up_to_date_with_its_rows(
    revision: str, empty_url: str, tmp_path: Path
) -> None:
    old, path = f"sqlite:///{tmp_path}/old/city.db", tmp_path / "old.zip"
    before = make_store(old, revision)
    assert verbs.back_up(old, path, "zhongshan", 1).revision == revision
    verbs.restore(path, empty_url)
    with snapshot(empty_url, 30) as found:
        assert found.revision == HEAD
    is_of_today(empty_url, revision, before)


def make_measured(url: str, moments: list[int]) -> None:
    """A store without days, with a reading at each moment and rollups that end there."""
    tables = {str(table.name): table for table in tables_of("0007")}
    values = {"bad": 0, "count": 1, "sum": 1.0, "min": 1.0, "max": 1.0, "last": 1.0, "last_ms": 1}
    series = {"device_id": "d", "metric": "m"}
    databases = open_databases(url, 30)
    with databases.writing.begin() as conn:
        make_tables(conn, "0007")
        readings = [series | {"at_ms": ms, "value": 1.0, "received_ms": 1} for ms in moments]
        conn.execute(tables["reading"].insert(), readings)
        rollups = [series | values | {"span_s": span_s, "end_ms": ms} for ms in moments for span_s in (300, 3600)]
        conn.execute(tables["reading_rollup"].insert(), rollups)
    databases.close()


def measured(url: str) -> tuple[list[int], list[int]]:
    reading, rollup = schema.reading.c, schema.reading_rollup.c
    with reading_only(url) as conn:
        ends = select(rollup.end_ms).where(rollup.span_s == 300).order_by(rollup.end_ms)
        return list(conn.scalars(select(reading.at_ms).order_by(reading.at_ms))), list(conn.scalars(ends))


@pytest.mark.postgres
def test_rows_at_the_edges_of_days_are_cut_as_they_fall(empty_postgres: str, tmp_path: Path) -> None:
    edges = [k * DAY_MS + more for k in (-2, 0, 20_000) for more in (-1, 0, 1)]
    make_measured(empty_postgres, edges)
    for _ in range(2):
        with open_store(empty_postgres) as store, store.read() as conn:
            cut = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '_d-?[0-9]+$'")
            numbers = (-2, -1, 0, 1, 20_000, 20_001)
            assert set(conn.scalars(cut)) == {
                f"{of}_d{n}" for of in ("reading", "reading_rollup_5min") for n in numbers
            }
        assert measured(empty_postgres) == (edges, edges)
        # and put back over itself
        path = tmp_path / "a.zip"
        path.unlink(missing_ok=True)
        verbs.back_up(empty_postgres, path, "zhongshan", 1)
        verbs.restore(path, empty_postgres, replace=True)


@pytest.mark.postgres
def test_tables_that_an_extension_cuts_are_left_to_it(empty_postgres: str, postgres_server: PostgresServer) -> None:
    make_measured(empty_postgres, [1, DAY_MS + 1])
    with postgres_server.connect(empty_postgres.partition("?")[0].rpartition("/")[2]) as conn:
        conn.execute("SET allow_system_table_mods = on")
        conn.execute("UPDATE pg_extension SET extname = 'timescaledb' WHERE extname = 'plpgsql'")
    with open_store(empty_postgres) as store, store.read() as conn:
        kinds = text("SELECT DISTINCT relkind::text FROM pg_class WHERE relname IN ('reading', 'reading_rollup')")
        assert list(conn.scalars(kinds)) == ["r"]
    assert measured(empty_postgres)[0] == [1, DAY_MS + 1]


@pytest.mark.postgres
def test_who_starts_while_another_brings_the_tables_up_to_date_waits_for_it(
    empty_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_measured(empty_postgres, [1, DAY_MS + 1])
    copied, commit, upgrade = threading.Event(), threading.Event(), migrate._upgrade

    def slowly(conn: Connection) -> None:
        upgrade(conn)
        copied.set()
        assert commit.wait(30)

    monkeypatch.setattr(migrate, "_upgrade", slowly)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(open_store, empty_postgres)
        assert copied.wait(30)
        second = pool.submit(open_store, empty_postgres, patience_s=1)
        wait_until(lambda: waits(empty_postgres), "the second to wait")
        commit.set()
        first.result().close()
        second.result().close()
    assert measured(empty_postgres)[0] == [1, DAY_MS + 1]


def waits(url: str) -> bool:
    """Whether somebody waits for a lock of the mark of the schema, for longer than a store's patience."""
    asked = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND mode = 'ExclusiveLock'"
        " AND relation = 'alembic_version'::regclass AND now() - waitstart > interval '1200 ms'"
    )
    with psycopg.connect(url) as conn:
        return bool(conn.execute(asked).fetchone() == (1,))


@pytest.mark.postgres
def test_a_backup_at_work_keeps_its_tables(empty_postgres: str) -> None:
    """It would read of the new tables what was there at its moment: nothing."""
    make_measured(empty_postgres, [1, DAY_MS + 1])
    with snapshot(empty_postgres, 30) as found:
        with pytest.raises(StoreError, match="something else holds what is asked for, such as a backup"):
            open_store(empty_postgres, patience_s=0.1)
        rows = {str(t.name): sum_of(found.portions(t)).rows for t in found.tables}
    assert (rows["reading"], rows["reading_rollup"]) == (2, 4)
    open_store(empty_postgres).close()
    with snapshot(empty_postgres, 30) as found, open_store(empty_postgres) as store:
        assert not store.write(lambda conn: drop_days(conn, schema.reading, 9 * DAY_MS)).result()
        (reading,) = (sum_of(found.portions(t)).rows for t in found.tables if t is schema.reading)
    assert reading == 2
