"""Everything arrives, on either database, and is the same there."""

import stat
from pathlib import Path

import psycopg
import pytest

from brain.store import schema
from brain.store.audit import record, verify
from brain.store.engine import open_store, reading_only
from brain.store.meta import read_meta, write_meta
from brain.store.moving import verbs
from brain.store.moving.portion import sum_of
from brain.store.moving.snapshot import snapshot
from tests.brain.store.moving import made_up
from tests.brain.store.moving.conftest import DEED, MADE_MS, READINGS, sums
from tests.services.postgresql import PostgresServer


def test_a_backup_restores_every_row_into_either_database(full_url: str, backup: Path, empty_url: str) -> None:
    manifest = verbs.restore(backup, empty_url)
    assert manifest.sums["reading"].rows == READINGS + made_up.ROWS
    assert all(each.rows >= 3 for each in manifest.sums.values())
    assert sums(empty_url) == sums(full_url)
    assert sums(empty_url) == {name: each for name, each in manifest.sums.items() if name != "meta"}
    with reading_only(empty_url) as conn:
        assert verify(conn) is None


@pytest.mark.postgres
def test_a_move_to_postgresql_and_back_changes_nothing(full_url: str, empty_postgres: str, tmp_path: Path) -> None:
    before, home = sums(full_url), f"sqlite:///{tmp_path}/home/city.db"
    verbs.move(full_url, empty_postgres)
    verbs.move(empty_postgres, home)
    assert sums(empty_postgres) == sums(home) == sums(full_url) == before
    with open_store(home) as store:  # and it can be used
        store.write(lambda conn: record(conn, DEED)).result()
        with store.read() as conn:
            assert verify(conn) is None


@pytest.mark.postgres
def test_both_databases_make_the_same_file(backup: Path, postgres_server: PostgresServer, tmp_path: Path) -> None:
    """Also where PostgreSQL sorts as people do: a before B."""
    with postgres_server.connect() as conn:
        conn.execute("CREATE DATABASE sorted TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'")
    url = postgres_server.url("sorted")
    made = verbs.restore(backup, url)
    again = verbs.back_up(url, tmp_path / "again.zip", "zhongshan", MADE_MS)
    postgres_server.drop_database("sorted")
    assert {**again.sums, "meta": None} == {**made.sums, "meta": None}


@pytest.mark.postgres
def test_what_others_keep_in_the_database_stays(backup: Path, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE theirs AS SELECT 1 AS n")
        verbs.restore(backup, postgres_url, replace=True)
        assert conn.execute("SELECT n FROM theirs").fetchall() == [(1,)]


def test_a_backup_is_for_its_owner_only_and_leaves_nothing_else(full_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    verbs.back_up(full_url, folder / "a.zip", "zhongshan", MADE_MS)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {"a.zip": 0o600}


def test_a_backup_is_of_one_moment_and_holds_nobody_up(database_url: str) -> None:
    """`write` would wait for ever, and not for an answer, if the snapshot were in its way."""
    with open_store(database_url) as store:
        store.write(lambda conn: made_up.fill_tables(conn, (schema.latest, schema.reading))).result()
        with snapshot(database_url, 30) as found:
            before = {str(t.name): sum_of(found.portions(t)) for t in found.tables}
            store.write(lambda conn: conn.execute(schema.reading.delete())).result()
            assert {str(t.name): sum_of(found.portions(t)) for t in found.tables} == before
        assert sums(database_url)["reading"].rows == 0


def test_screens_drop_what_they_hold_after_a_restore_and_feeds_need_not_wait(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with open_store(database_url) as store:
        boot = store.boot
        store.write(lambda conn: write_meta(conn, "lease.feeds", "somebody 7")).result()
        verbs.back_up(database_url, path, "zhongshan", MADE_MS)
    verbs.restore(path, database_url, replace=True)
    with open_store(database_url) as store, store.read() as conn:
        assert store.boot != boot
        assert read_meta(conn, "lease.feeds") is None
