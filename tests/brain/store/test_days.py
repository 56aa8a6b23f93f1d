"""Readings and five-minute rollups by days on PostgreSQL: made when needed, dropped whole, in nobody's way."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, func, select, text

from brain.model.rollup import DAY_S, SPANS_S, Rollup
from brain.store import postgresql_days, retention, schema
from brain.store.dialect import drop_days, estimated_rows, insert_new
from brain.store.engine import Store, open_store
from brain.store.retention import sweep
from brain.store.write.latest import READING_COLUMNS
from brain.store.write.rollups import add_to_rollups
from tests.brain.store.rows import put
from tests.services.postgresql import PostgresServer
from tests.small_city import small_city

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[3]
DAY_MS = DAY_S * 1000
KEY = ("device_id", "metric", "at_ms")


def write_at(conn: Connection, *moments: int) -> int:
    """As ingest does; how many were there already."""
    rows = [("water-1", "level", at_ms, 1.0, 0) for at_ms in moments]
    return len(insert_new(conn, schema.reading, KEY, READING_COLUMNS, rows))


def days(store: Store, of: str = "reading") -> set[str]:
    parts = text(
        "SELECT relid::text FROM pg_partition_tree(to_regclass(:of)) WHERE isleaf AND relid <> to_regclass(:of)"
    )
    with store.read() as conn:
        return set(conn.scalars(parts, {"of": of}))


def moments(store: Store) -> list[int]:
    with store.read() as conn:
        return list(conn.scalars(select(schema.reading.c.at_ms).order_by(schema.reading.c.at_ms)))


@pytest.mark.parametrize("table", ["reading", "reading_rollup"])
def test_migrations_cut_tables_as_the_schema_says(table: str, postgres_server: PostgresServer) -> None:
    """Alembic compares neither how a table is cut nor what its key holds."""
    asked = text(
        "SELECT pg_get_partkeydef(oid), (SELECT pg_get_constraintdef(key.oid) FROM pg_constraint key"
        " WHERE conrelid = pg_class.oid AND contype = 'p') FROM pg_class WHERE oid = to_regclass(:name)"
    )
    names = [postgres_server.make_database() for _ in range(2)]
    engine = create_engine(postgres_server.url(names[0]).replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as conn:
        schema.metadata.create_all(conn)
        wanted = conn.execute(asked, {"name": table}).one()
    engine.dispose()
    with open_store(postgres_server.url(names[1])) as store, store.read() as conn:
        made = conn.execute(asked, {"name": table}).one()
    for name in names:
        postgres_server.drop_database(name)
    assert made == wanted
    assert None not in made


def test_a_day_is_made_when_its_first_row_comes(postgres_store: Store) -> None:
    assert days(postgres_store) == set()
    at = [DAY_MS, DAY_MS + 1, 2 * DAY_MS, -1, 5]
    assert postgres_store.write(lambda conn: write_at(conn, *at)).result() == 0
    assert days(postgres_store) == {"reading_d0", "reading_d1", "reading_d2"}
    assert postgres_store.write(lambda conn: write_at(conn, *at)).result() == len(at), "and only once"
    assert moments(postgres_store) == sorted(at)


def roll_up_at(conn: Connection, end_ms: int) -> None:
    """As ingest does, of all spans."""
    keys = [("water-1", "level", span_s, end_ms) for span_s in SPANS_S]
    add_to_rollups(conn, dict.fromkeys(keys, Rollup(1, 0, 1.0, 1.0, 1.0, 1.0, end_ms)))


def test_only_rollups_of_five_minutes_are_kept_by_days(postgres_store: Store) -> None:
    for _ in range(2):
        postgres_store.write(lambda conn: roll_up_at(conn, DAY_MS)).result()
    assert days(postgres_store, "reading_rollup") == {"reading_rollup_5min_d1", "reading_rollup_longer"}
    with postgres_store.read() as conn:
        assert conn.scalar(text("SELECT count FROM reading_rollup_5min_d1")) == 2
        assert list(conn.scalars(select(schema.reading_rollup.c.count))) == [2] * len(SPANS_S)


def test_writers_that_meet_at_midnight_make_the_day_once(postgres_url: str) -> None:
    with open_store(postgres_url) as one, open_store(postgres_url) as other:
        gate = threading.Barrier(8)

        def write(k: int) -> int:
            def work(conn: Connection) -> int:
                gate.wait(30)
                return write_at(conn, DAY_MS + k)

            return (one if k % 2 else other).write(work).result()

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(write, range(1, 9))) == [0] * 8
        assert days(one) == {"reading_d2"}
        assert moments(other) == [DAY_MS + k for k in range(1, 9)]


def test_a_new_day_waits_for_no_reader(postgres_store: Store) -> None:
    """A backup reads for hours, over midnight too."""
    postgres_store.write(lambda conn: write_at(conn, 1)).result()
    with postgres_store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(schema.reading)) == 1
        assert postgres_store.write(lambda conn: write_at(conn, DAY_MS + 1)).result(10) == 0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_days, "_PATIENCE", "20ms")
    monkeypatch.setattr(retention, "_PAUSE_S", 0)


def drop(store: Store, until_ms: int) -> bool:
    return store.write(lambda conn: drop_days(conn, schema.reading, until_ms)).result()


def test_days_that_are_over_are_dropped_and_may_come_again(postgres_store: Store) -> None:
    at = [1, DAY_MS, DAY_MS + 1, 2 * DAY_MS + 1]
    postgres_store.write(lambda conn: write_at(conn, *at)).result()
    assert drop(postgres_store, DAY_MS - 1)
    assert moments(postgres_store) == at, "no day has ended"
    assert drop(postgres_store, 3 * DAY_MS - 1)
    assert (moments(postgres_store), days(postgres_store)) == ([2 * DAY_MS + 1], {"reading_d3"})
    postgres_store.write(lambda conn: write_at(conn, 7)).result()
    assert moments(postgres_store) == [7, 2 * DAY_MS + 1]


def test_many_days_go_some_at_a_time(postgres_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_days, "_AT_ONCE", 2)
    postgres_store.write(lambda conn: write_at(conn, *(k * DAY_MS for k in range(1, 6)))).result()
    assert not drop(postgres_store, 4 * DAY_MS)
    assert moments(postgres_store) == [k * DAY_MS for k in (3, 4, 5)]
    sweep(postgres_store, small_city(), {"reading": 0}, 6 * DAY_MS, 6 * DAY_MS)
    assert days(postgres_store) == set()


@pytest.mark.usefixtures("impatient")
def test_a_day_that_others_are_at_stays(postgres_store: Store) -> None:
    """Nobody reads half of it, and it is not taken from under a writer who was told that it is there."""
    postgres_store.write(lambda conn: write_at(conn, 1)).result()
    with postgres_store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(schema.reading)) == 1
        assert not drop(postgres_store, DAY_MS)
    assert postgres_store.outage() is None

    def meanwhile(conn: Connection) -> bool:
        write_at(conn, 2)
        return drop(postgres_store, DAY_MS)

    assert not postgres_store.write(meanwhile).result()
    assert moments(postgres_store) == [1, 2]
    assert drop(postgres_store, DAY_MS)


@pytest.mark.usefixtures("impatient")
def test_what_cannot_be_dropped_is_left_to_the_next_sweep(postgres_store: Store) -> None:
    """Not deleted row by row: it may be millions."""
    latest = [{"device_id": "water-1", "metric": "level", "at_ms": 1, "value": 1.0, "received_ms": 1}]
    postgres_store.write(lambda conn: put(conn, schema.latest, latest)).result()
    postgres_store.write(lambda conn: write_at(conn, 1, DAY_MS + 1)).result()

    def sweep_days() -> None:
        sweep(postgres_store, small_city(), {"reading": 0}, 2 * DAY_MS - 1, 2 * DAY_MS - 1)

    with postgres_store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(schema.reading)) == 2
        sweep_days()
    assert moments(postgres_store) == [1, DAY_MS + 1]
    sweep_days()
    assert (moments(postgres_store), days(postgres_store)) == ([DAY_MS + 1], {"reading_d2"})


def test_the_history_of_a_device_is_read_from_the_key_alone(postgres_store: Store, postgres_url: str) -> None:
    table = schema.reading.c
    postgres_store.write(lambda conn: write_at(conn, *range(1, DAY_MS, 100_000))).result()
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql("VACUUM ANALYZE reading")
        asked = select(table.at_ms, table.value).where(table.device_id == "water-1", table.metric == "level")
        sql = asked.where(table.at_ms > 5, table.at_ms <= 9).compile(conn, compile_kwargs={"literal_binds": True})
        plan = "\n".join(conn.exec_driver_sql(f"EXPLAIN {sql}").scalars())
    engine.dispose()
    assert "Index Only Scan using reading_d1_pkey" in plan


def test_the_rows_of_all_days_are_estimated(postgres_store: Store) -> None:
    with postgres_store.read() as conn:
        assert estimated_rows(conn, "reading") is None
    postgres_store.write(lambda conn: write_at(conn, *range(1, 3 * DAY_MS, DAY_MS // 100))).result()
    postgres_store.write(lambda conn: conn.exec_driver_sql("ANALYZE") and None).result()
    with postgres_store.read() as conn:
        assert estimated_rows(conn, "reading") == 300


@pytest.fixture
def grown(postgres_store: Store) -> Store:
    """Its big tables handed over to an extension as docs/operating.md says, but for the extension's own calls."""
    words = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sql\n(CREATE EXTENSION timescaledb.*?)```", words, re.DOTALL)
    ours = [line for line in block.splitlines() if "timescaledb" not in line and "create_hypertable" not in line]
    assert len(ours) == 8
    postgres_store.write(lambda conn: write_at(conn, 1, DAY_MS + 1)).result()
    postgres_store.write(lambda conn: [conn.exec_driver_sql(line) for line in ours] and None).result()
    return postgres_store


def test_tables_that_an_extension_cuts_are_written_and_swept_as_before(grown: Store) -> None:
    latest = [{"device_id": "water-1", "metric": "level", "at_ms": 1, "value": 1.0, "received_ms": 1}]
    grown.write(lambda conn: put(conn, schema.latest, latest)).result()
    assert grown.write(lambda conn: write_at(conn, 1, 5 * DAY_MS)).result() == 1
    grown.write(lambda conn: roll_up_at(conn, DAY_MS)).result()
    assert days(grown) == days(grown, "reading_rollup") == set()
    done = sweep(grown, small_city(), {"reading": 0, "rollup_5min": 0}, 3 * DAY_MS, 3 * DAY_MS)
    assert done == {"reading": 2, "rollup_5min": 1}
    assert moments(grown) == [5 * DAY_MS]
