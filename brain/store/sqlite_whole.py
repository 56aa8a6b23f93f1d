"""An SQLite database filled from nothing in a file of its own, which then takes the place of the store's at once."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError

from brain.store.errors import StoreError, first_line, outages_told
from brain.store.sqlite import claim, file_of, sqlite_engine

# Nothing of the new file has to survive a kill: it is begun anew then.
_FILL_PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY", "cache_size = -65536")
_SPARE = 64 * 2**20


@contextmanager
def whole_file(
    url: URL, patience_s: float, look: Callable[[Connection], None], needs_bytes: int
) -> Iterator[Connection]:
    path = file_of(url)
    there = path.exists()
    release = claim(path)
    real = Path(os.path.realpath(path))  # what a link leads to may be on another disk
    draft = real.with_name(f"{real.name}.new")
    try:
        _look_at(path, patience_s, look)
        draft.unlink(missing_ok=True)  # of one that was killed
        refuse_small_disk(real.parent, needs_bytes)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with _filled(draft, patience_s) as conn:
            yield conn
        _put_in_place(draft, real)
    finally:
        draft.unlink(missing_ok=True)
        if not there and path.exists() and path.stat().st_size == 0:
            path.unlink()  # made by `claim`
        release()


def refuse_small_disk(folder: Path, needs_bytes: int) -> None:
    """Raises StoreError."""
    free = shutil.disk_usage(folder).free
    if free < needs_bytes + _SPARE:
        needed, left = ((each + 2**20 - 1) // 2**20 for each in (needs_bytes + _SPARE, free))
        raise StoreError(f"the disk of {folder} has {left} MB left, about {needed} MB are needed: make room first")


@contextmanager
def _filled(draft: Path, patience_s: float) -> Iterator[Connection]:
    engine = sqlite_engine(
        URL.create("sqlite", database=str(draft)), patience_s, "BEGIN IMMEDIATE", _FILL_PRAGMAS, pool_size=1
    )
    try:
        with outages_told(), engine.begin() as conn:
            yield conn
            damage = conn.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
            if damage != "ok":
                raise StoreError(f"the new file {draft} is damaged ({damage}): look after the disk")
    finally:
        engine.dispose()


def _look_at(path: Path, patience_s: float, look: Callable[[Connection], None]) -> None:
    """Also brings the rows of the log beside the file into it, and ends the log: it must not meet another file."""
    engine = sqlite_engine(URL.create("sqlite", database=str(path)), patience_s, "BEGIN", (), pool_size=1)
    try:
        with engine.connect() as conn:
            look(conn)
            conn.rollback()
            driver: Any = conn.connection.driver_connection
            driver.execute("PRAGMA journal_mode = DELETE")
    except (DatabaseError, sqlite3.Error) as error:
        if "locked" in first_line(error):
            raise StoreError(f"{path} is being read by another program: end that first") from error
        raise StoreError(
            f"what is at {path} cannot be read ({first_line(error)}): move it, and -wal and -shm beside it, elsewhere"
        ) from error
    finally:
        engine.dispose()


def _put_in_place(draft: Path, path: Path) -> None:
    _sync(draft)
    os.replace(draft, path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
