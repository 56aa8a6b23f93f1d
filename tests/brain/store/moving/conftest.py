"""A store with rows in every table, and a second database without any."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from brain.store import schema
from brain.store.audit import Deed, Result, record
from brain.store.engine import open_store
from brain.store.migrate import HEAD, tables_of
from brain.store.moving import verbs
from brain.store.moving.portion import ROWS, Sum, sum_of
from brain.store.moving.snapshot import snapshot
from tests.brain.store.moving import made_up
from tests.brain.store.rows import put

MADE_MS = 1_772_150_400_000
DEED = Deed("lihua", "operator", "alert.close", "alert-1", Result.DONE, MADE_MS, MADE_MS)
READINGS = 2 * ROWS + 1  # more than two lines


@pytest.fixture(scope="session")
def full_file(sqlite_template: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("full") / "city.db"
    path.write_bytes(sqlite_template)

    def work(conn: Connection) -> None:
        made_up.fill_tables(conn, tuple(table for table in tables_of(HEAD) if table is not schema.audit))
        rows = [
            {"device_id": f"d{n}", "metric": "m", "at_ms": n, "value": n / 3, "received_ms": n} for n in range(READINGS)
        ]
        put(conn, schema.reading, rows)
        for _ in range(3):
            record(conn, DEED)

    with open_store(f"sqlite:///{path}") as store:
        store.write(work).result()
    return path


@pytest.fixture
def full_url(full_file: Path, tmp_path: Path) -> str:
    path = tmp_path / "full.db"
    path.write_bytes(full_file.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def backup(full_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backup") / "backup.zip"
    verbs.back_up(f"sqlite:///{full_file}", path, "zhongshan", MADE_MS)
    return path


@pytest.fixture
def empty_postgres(postgres_server) -> Iterator[str]:
    name = postgres_server.make_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/other/city.db"
    return str(request.getfixturevalue("empty_postgres"))


def sums(url: str) -> dict[str, Sum]:
    """Of all tables but `meta`, in which each store has marks of its own."""
    with snapshot(url, 30) as found:
        return {str(t.name): sum_of(found.portions(t)) for t in found.tables if t is not schema.meta}
