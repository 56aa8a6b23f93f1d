"""SQLite: one writing process, private files, outages of the disk."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from brain.store.engine import Store, file_url, open_store
from brain.store.errors import StoreError, StoreUnavailable
from brain.store.meta import read_meta, write_meta


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _note(store: Store, text: str) -> None:
    store.write(lambda conn: write_meta(conn, "note", text)).result()


def _noted(store: Store) -> str | None:
    with store.read() as conn:
        return read_meta(conn, "note")


@pytest.fixture
def impatient(sqlite_url: str) -> Iterator[Store]:
    with open_store(sqlite_url, patience_s=0.01) as store:
        yield store


def test_folder_and_files_are_for_the_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "store"
    with open_store(f"sqlite:///{folder}/city.db") as store:
        _note(store, "x")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == dict.fromkeys(("city.db", "city.db-wal", "city.db-shm", "city.db.lock"), 0o600)


def test_odd_characters_in_the_path_are_no_url_syntax(tmp_path: Path) -> None:
    folder = tmp_path / "城市 100%20 #1?"
    with open_store(file_url(folder / "city.db")) as store:
        _note(store, "x")
        assert _noted(store) == "x"
    assert (folder / "city.db").exists()


@pytest.mark.parametrize("place", ["file/store/city.db", "folder"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match=f"cannot be written at {tmp_path / place}: .*check store.url"):
        open_store(f"sqlite:///{tmp_path / place}")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "city.db").write_bytes(b"these are notes, not a database\n" * 40)
    with pytest.raises(StoreError, match="file is not a database"):
        open_store(f"sqlite:///{tmp_path}/city.db")


def test_a_second_opening_is_refused_and_names_the_first(sqlite_url: str) -> None:
    with open_store(sqlite_url), pytest.raises(StoreError, match=f"in use by process {os.getpid()}: .*PostgreSQL"):
        open_store(sqlite_url)
    open_store(sqlite_url).close()


def test_another_process_is_refused_until_the_first_is_killed(sqlite_url: str) -> None:
    code = "import sys; from brain.store.engine import open_store; store = open_store(sys.argv[1])\n"
    code += "print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, sqlite_url],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match=f"in use by process {holder.pid}"):
            open_store(sqlite_url)
    finally:
        holder.kill()
        holder.communicate()
    open_store(sqlite_url).close()


def test_commits_are_synced_and_logged_ahead(sqlite_store: Store) -> None:
    def pragmas(conn: Connection) -> list[object]:
        return [conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]

    assert sqlite_store.write(pragmas).result() == ["wal", 2]


def test_a_full_disk_fails_the_write_and_heals_by_itself(sqlite_store: Store) -> None:
    """`max_page_count` makes SQLite report what a full disk makes it report."""

    def room(conn: Connection, pages: int) -> None:
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    _note(sqlite_store, "before")
    sqlite_store.write(lambda conn: room(conn, 1)).result()  # SQLite makes it the pages there are
    with pytest.raises(StoreUnavailable, match="full"):
        _note(sqlite_store, "x" * 1_000_000)
    assert _noted(sqlite_store) == "before"
    sqlite_store.write(lambda conn: room(conn, 1_000_000)).result()
    _note(sqlite_store, "after")
    assert _noted(sqlite_store) == "after"


def test_a_lock_of_somebody_else_fails_the_write_and_heals_by_itself(impatient: Store, sqlite_url: str) -> None:
    other = sqlite3.connect(_file(sqlite_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        _note(impatient, "x")
    assert _noted(impatient) is None
    other.execute("ROLLBACK")
    other.close()
    _note(impatient, "after")
    assert _noted(impatient) == "after"


def test_a_removed_file_is_not_written_into_the_void(sqlite_store: Store, sqlite_url: str) -> None:
    folder = _file(sqlite_url).parent
    _note(sqlite_store, "before")
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(StoreUnavailable, match="removed or exchanged"):
        _note(sqlite_store, "lost")
    folder.with_name("elsewhere").rename(folder)
    assert _noted(sqlite_store) == "before"
    _note(sqlite_store, "after")
    assert _noted(sqlite_store) == "after"
