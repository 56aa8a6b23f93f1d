"""SQLite: one file, one writing process, readers that cannot write; rows go to the driver without detours."""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Row, Table, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.dml import Insert, ReturningInsert

from brain.store.databases import Databases
from brain.store.errors import StoreError, StoreUnavailable

_READERS = 8
_WRITE_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "temp_store = MEMORY",
    "cache_size = -65536",
    "wal_autocheckpoint = 4000",
)
_READ_PRAGMAS = ("query_only = ON", "temp_store = MEMORY", "cache_size = -16384")
_PARAMETERS = 30_000  # SQLite takes 32,766 in one statement


def open_sqlite(url: URL, patience_s: float) -> Databases:
    """Raises StoreError for a file that cannot be written or that another process has."""
    path = file_of(url)
    release = claim(path)
    writing = sqlite_engine(
        URL.create("sqlite", database=str(path)), patience_s, "BEGIN IMMEDIATE", _WRITE_PRAGMAS, pool_size=1
    )
    _refuse_when_moved(writing, path)
    return Databases("sqlite", writing, _reading(path, patience_s), writers=1, shared=False, release=release)


def file_of(url: URL) -> Path:
    """Raises StoreError when it names none."""
    if not url.database or url.database == ":memory:":
        raise StoreError("store.url names no file: an in-memory store would lose everything; give sqlite:///<path>")
    return Path(url.database).absolute()


def reading_engine(url: URL, patience_s: float) -> Engine:
    """Of a file that another process may have open. Raises StoreError when there is none."""
    path = Path(url.database or "").absolute()
    if not path.is_file():
        raise StoreError(f"there is no store at {path}: start the cockpit once, or correct the store section")
    return _reading(path, patience_s)


def _reading(path: Path, patience_s: float) -> Engine:
    # mode=ro: SQLite before 3.51.3 can damage a file that two connections check-point at once.
    url = URL.create("sqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
    return sqlite_engine(url, patience_s, "BEGIN", _READ_PRAGMAS, pool_size=_READERS, max_overflow=_READERS)


def claim(path: Path) -> Callable[[], None]:
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


def sqlite_engine(url: URL, patience_s: float, begin: str, pragmas: tuple[str, ...], **pool: int) -> Engine:
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


def _refuse_when_moved(writing: Engine, path: Path) -> None:
    """SQLite would go on writing into a file that was removed or exchanged, and all would be lost with the process."""
    opened = path.stat()

    @event.listens_for(writing, "begin")
    def _check(_conn: Connection) -> None:
        try:
            same = os.path.samestat(path.stat(), opened)
        except OSError:
            same = False
        if not same:
            raise StoreUnavailable(f"the file {path} was removed or exchanged; put it back, or restart to begin anew")


def database_bytes(conn: Connection) -> int:
    """Of the file, as this snapshot sees it; the log beside it is not counted."""
    pages, size = (int(conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in ("page_count", "page_size"))
    return pages * size


# SQLAlchemy prepares the parameters of each row anew, which takes three times as long as the row takes in SQLite. The
# statement is therefore compiled once and the rows are handed to the driver as they are.
@dataclass(frozen=True, slots=True)
class _Compiled:
    """`sql` has a question mark per column, then those of `tail`; `in_order` orders a row like the former."""

    sql: str
    tail: tuple[Any, ...]
    in_order: Callable[[tuple[Any, ...]], tuple[Any, ...]]


def insert_rows(conn: Connection, statement: Insert, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    made = _compiled(conn, statement, columns)
    conn.exec_driver_sql(made.sql, [made.in_order(row) + made.tail for row in rows])


def insert_rows_returning(
    conn: Connection,
    statement: Insert | ReturningInsert[Any],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> Iterator[Row[Any]]:
    made = _compiled(conn, statement, columns)
    one = f"({', '.join('?' * len(columns))})"
    before, after = made.sql.split(one)
    portion = _PARAMETERS // len(columns)
    for start in range(0, len(rows), portion):
        some = rows[start : start + portion]
        values = tuple(value for row in some for value in made.in_order(row))
        yield from conn.exec_driver_sql(f"{before}{', '.join([one] * len(some))}{after}", values + made.tail)


def insert_new(
    conn: Connection, insert: Insert, keys: Sequence[str], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Insert the rows that are not there yet; the keys of the others."""
    made = _compiled(conn, insert, columns)
    trial = conn.begin_nested()
    done = conn.exec_driver_sql(made.sql, [made.in_order(row) + made.tail for row in rows])
    if done.rowcount == len(rows):
        trial.commit()
        return []
    # Some were there: only the slower way tells which.
    trial.rollback()
    key_of = itemgetter(*(columns.index(key) for key in keys))
    told = insert.returning(*(insert.table.c[key] for key in keys))
    new = {tuple(row) for row in insert_rows_returning(conn, told, columns, rows)}
    return [key for key in map(key_of, rows) if key not in new]


def raise_columns(
    conn: Connection, table: Table, key: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    # With a null on either side MAX is null, and then the other side is taken.
    quoted = conn.dialect.identifier_preparer.quote
    names = [quoted(name) for name in columns]
    grown = ", ".join(f"{name} = coalesce(max({name}, ?{n}), {name}, ?{n})" for n, name in enumerate(names, 2))
    sql = f"UPDATE {quoted(table.name)} SET {grown} WHERE {quoted(key)} = ?1"  # noqa: S608 - names of our own tables
    conn.exec_driver_sql(sql, list(rows))


def _compiled(conn: Connection, statement: Insert | ReturningInsert[Any], columns: Sequence[str]) -> _Compiled:
    compiled: Any = statement.compile(dialect=conn.dialect, column_keys=list(columns))
    names: list[str] = compiled.positiontup  # the columns as the table has them, then what ON CONFLICT brings
    order = [columns.index(name) for name in names[: len(columns)]]
    tail = tuple(compiled.params[name] for name in names[len(columns) :])
    in_order = itemgetter(*order) if order != sorted(order) else lambda row: row
    return _Compiled(str(compiled), tail, in_order)
