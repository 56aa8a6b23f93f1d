"""Migrations: they make what schema.py says, on both databases, and refuse what they do not know."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from brain.store import migrate, schema
from brain.store.engine import Store, open_store
from brain.store.errors import StoreError
from tests.brain.store.differences import differences
from tests.services.postgresql import PostgresServer


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.make_database()
    yield server.url(name)
    server.drop_database(name)


def test_migrations_make_the_tables_of_the_schema(empty_url: str) -> None:
    with open_store(empty_url) as store:
        assert store.write(differences).result() == []


def test_migrations_make_the_same_kind_of_tables(sqlite_store: Store) -> None:
    """Alembic compares neither WITHOUT ROWID nor the order of a primary key."""

    def kinds(conn: Connection) -> dict[str, object]:
        tables = conn.execute(text("SELECT name, wr FROM pragma_table_list WHERE name NOT LIKE 'sqlite_%'")).all()
        columns = text('SELECT name, type, "notnull", pk FROM pragma_table_info(:table)')
        return {
            name: (without_rowid, {tuple(row) for row in conn.execute(columns, {"table": name})})
            for name, without_rowid in tables
            if name != "alembic_version"
        }

    wanted = create_engine("sqlite://")
    with wanted.begin() as conn:
        schema.metadata.create_all(conn)
        expected = kinds(conn)
    wanted.dispose()
    assert set(expected) == set(schema.metadata.tables)
    with sqlite_store.read() as conn:
        assert kinds(conn) == expected


def test_the_newest_revision_is_the_one_named() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_a_store_of_a_newer_program_is_refused_in_one_line(database_url: str) -> None:
    with open_store(database_url) as store:
        store.write(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))).result()
    with pytest.raises(StoreError, match=r"schema 9999 of a newer program.*update the program") as caught:
        open_store(database_url)
    assert "\n" not in str(caught.value)


def test_an_interrupted_migration_leaves_nothing_and_can_be_run_again(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        upgrade = migrate._upgrade

        def killed(conn: Connection) -> None:
            upgrade(conn)
            raise KeyboardInterrupt

        patch.setattr(migrate, "_upgrade", killed)
        with pytest.raises(KeyboardInterrupt):
            open_store(empty_url)
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_upgrade", lambda conn: seen.extend(inspect(conn).get_table_names()))
        seen: list[str] = []
        with pytest.raises(StoreError):
            open_store(empty_url)
        assert seen == []
    with open_store(empty_url) as store, store.read() as conn:
        assert {*schema.metadata.tables} <= {*inspect(conn).get_table_names()}


@pytest.mark.postgres
def test_workers_that_start_together_agree(postgres_server: PostgresServer) -> None:
    name = postgres_server.make_database()
    # Each is ready to open before any does, so that they meet.
    code = "import sys; from brain.store.engine import open_store; import alembic.command\n"
    code += "print('ready', flush=True); sys.stdin.readline()\n"
    code += "store = open_store(sys.argv[1]); print(store.boot); store.close()"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, postgres_server.url(name)],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        assert [worker.stdout.readline() for worker in workers if worker.stdout] == ["ready\n"] * 3
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        boots = {worker.communicate(timeout=60)[0] for worker in workers}
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    postgres_server.drop_database(name)
    assert len(boots) == 1
    assert boots.pop().strip()
