"""From every schema there ever was to today's: by starting the program, and by restoring an old backup."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, inspect, select

from brain.store import migrate, schema
from brain.store.dialect import open_databases
from brain.store.engine import open_store
from brain.store.migrate import HEAD, make_tables, tables_of
from brain.store.moving import verbs
from brain.store.moving.snapshot import snapshot
from tests.brain.store.differences import differences
from tests.brain.store.moving import made_up

CONFIG = Config()
CONFIG.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
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
