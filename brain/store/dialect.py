"""All that differs between SQLite and PostgreSQL: how to connect, how to say "insert or", how to hint at a commit."""

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from brain.store.errors import StoreError

CHANNEL = "city_version"  # hints on PostgreSQL that version rows changed

_CONNECT_TIMEOUT_S = 5
_POSTGRES_WRITERS = 4
_READERS = 8


@dataclass(frozen=True, slots=True)
class Databases:
    """One database opened for writing and for reading. `writers` is how many transactions may write at once;
    `shared` says whether other processes may write too; `release` gives up what keeps others out."""

    name: str
    writing: Engine
    reading: Engine
    writers: int
    shared: bool
    release: Callable[[], None]

    def close(self) -> None:
        self.reading.dispose()
        self.writing.dispose()
        self.release()


def open_databases(url: str, patience_s: float) -> Databases:
    """`patience_s` is how long a write waits for a lock. Raises StoreError for a URL or file that will not do."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "store.url is not a database URL; give sqlite:///<path> or postgresql://<user>@<host>/<name>"
        ) from error
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        return _open_sqlite(parsed, patience_s)
    if kind == "postgresql":
        return _open_postgres(parsed, patience_s)
    raise StoreError(f"store.url names {kind}: only sqlite and postgresql are known")


def insert_into(conn: Connection, table: Table) -> postgresql.Insert:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, spelled alike on both databases."""
    if conn.dialect.name == "sqlite":
        return cast(postgresql.Insert, sqlite.insert(table))
    return postgresql.insert(table)


def hint_commit(conn: Connection) -> None:
    """Wake the other processes of this database when the transaction commits. Only a hint: it may be lost."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_notify(CHANNEL, "")))


# --- SQLite ------------------------------------------------------------------------------------------------------
def _open_sqlite(url: URL, patience_s: float) -> Databases:
    if not url.database or url.database == ":memory:":
        raise StoreError("store.url names no file: an in-memory store would lose everything; give sqlite:///<path>")
    path = Path(url.database).absolute()
    release = _claim(path)
    try:
        writing = _sqlite_engine(f"sqlite:///{path}", patience_s, "BEGIN IMMEDIATE", _write_pragmas, pool_size=1)
        # mode=ro: SQLite before 3.51.3 can damage a file that two connections check-point at once.
        read_url = f"sqlite:///file:{quote(str(path))}?mode=ro&uri=true"
        reading = _sqlite_engine(
            read_url, patience_s, "BEGIN", _read_pragmas, pool_size=_READERS, max_overflow=_READERS
        )
    except BaseException:
        release()
        raise
    return Databases("sqlite", writing, reading, writers=1, shared=False, release=release)


def _claim(path: Path) -> Callable[[], None]:
    """Make the folder and keep every other process from writing; the kernel gives the lock up with the process."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made here and not by SQLite, so that nobody else may read it; its companions take over the mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(
            f"the store cannot be written at {path}: {error.strerror}; check store.url and rights"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(lock, 20, 0).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise StoreError(
            f"the store {path} is in use by process {holder}: with SQLite one process does all; "
            "stop it, or use PostgreSQL for several"
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lambda: os.close(lock)


def _sqlite_engine(url: str, patience_s: float, begin: str, pragmas: tuple[str, ...], **pool: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        hide_parameters=True,
        # None: the driver opens no transaction on its own; ours begin with `begin`.
        connect_args={"timeout": patience_s, "isolation_level": None, "check_same_thread": False},
        **{"max_overflow": 0, **pool},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        conn.exec_driver_sql(begin)

    return engine


_write_pragmas = ("journal_mode = WAL", "synchronous = FULL", "temp_store = MEMORY", "cache_size = -65536")
_read_pragmas = ("query_only = ON", "temp_store = MEMORY", "cache_size = -16384")


# --- PostgreSQL --------------------------------------------------------------------------------------------------
def _open_postgres(url: URL, patience_s: float) -> Databases:
    options = {
        "lock_timeout": round(patience_s * 1000),
        "statement_timeout": 120_000,
        "idle_in_transaction_session_timeout": 120_000,
    }
    connect_args = {
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        # A host that vanished is noticed within seconds, not hours.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }

    def engine(**pool: int) -> Engine:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args=connect_args,
            **pool,
        )

    reading = engine(pool_size=_READERS, max_overflow=_READERS).execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    writing = engine(pool_size=_POSTGRES_WRITERS, max_overflow=1)
    return Databases("postgresql", writing, reading, _POSTGRES_WRITERS, shared=True, release=lambda: None)
