"""All that differs between SQLite and PostgreSQL behind one face; it alone uses sqlite.py and postgresql.py."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, Select, Table, func, select
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql.dml import ReturningInsert

from brain.store import postgresql, postgresql_whole, sqlite, sqlite_whole
from brain.store.databases import Databases
from brain.store.errors import StoreError

CHANNEL = "city_version"
"""Hints on PostgreSQL that version rows changed."""

Rows = Sequence[tuple[Any, ...]]


def open_databases(url: str, patience_s: float) -> Databases:
    """`patience_s` is how long a write waits for a lock. Raises StoreError for a URL or file that will not do."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return sqlite.open_sqlite(parsed, patience_s)
    return postgresql.open_postgresql(parsed, patience_s)


def open_reading(url: str, patience_s: float) -> Engine:
    """To read a store that another process may have open. Raises StoreError for a URL or file that will not do."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return sqlite.reading_engine(parsed, patience_s)
    return postgresql.reading_engine(parsed, patience_s)


def whole_database(
    url: str, patience_s: float, look: Callable[[Connection], None], needs_bytes: int
) -> AbstractContextManager[Connection]:
    """To fill a database from nothing: it takes the place of what is at `url` when the block ends well, all at once.
    Killed before that, what was there is there still.

    `look` is shown what is there and may raise. What is yielded is a transaction: on SQLite in an empty database, on
    PostgreSQL in that of `look`. Raises StoreError where a program has the store open, or the disk is too small.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return sqlite_whole.whole_file(parsed, patience_s, look, needs_bytes)
    return postgresql_whole.whole_database(parsed, patience_s, look)


def refuse_when_open(url: str, patience_s: float) -> None:
    """Raise StoreError when a program has this PostgreSQL database open. An SQLite store says so when it is opened."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        postgresql_whole.refuse_when_open(parsed, patience_s)


def fill_table(conn: Connection, table: Table, columns: Sequence[str], rows: Rows) -> None:
    """Many rows into a table that has none of them, the quickest way there is."""
    if conn.dialect.name == "sqlite":
        sqlite.insert_rows(conn, sqlite_dialect.insert(table), columns, rows)
    else:
        postgresql_whole.fill_table(conn, table, columns, rows)


def stream_rows(conn: Connection, asked: Select[Any], many: int) -> Iterator[list[tuple[Any, ...]]]:
    """The answer in lists of `many` rows, as the driver has them, without holding it all. Raises the driver's errors.

    Quicker than SQLAlchemy's rows by half, which tells when it is a whole store."""
    sql = str(asked.compile(dialect=conn.dialect, compile_kwargs={"literal_binds": True}))
    driver: Any = conn.connection.driver_connection
    cursor = driver.cursor() if conn.dialect.name == "sqlite" else driver.cursor(name="stream", binary=True)
    with closing(cursor):
        cursor.execute(sql)
        while rows := cursor.fetchmany(many):
            yield rows


def take_time(conn: Connection) -> None:
    """Let this transaction take as long as it needs."""
    if conn.dialect.name == "postgresql":
        postgresql_whole.take_time(conn)


def address(url: str) -> str:
    """To be shown: without its password."""
    return _parsed(url).render_as_string(hide_password=True)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "store.url is not a database URL; give sqlite:///<path> or postgresql://<user>@<host>/<name>"
        ) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"store.url names {parsed.get_backend_name()}: only sqlite and postgresql are known")
    return parsed


def insert_into(conn: Connection, table: Table) -> Insert:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, spelled alike on both databases."""
    if conn.dialect.name == "sqlite":
        return cast(Insert, sqlite_dialect.insert(table))
    return postgresql_dialect.insert(table)


def insert_rows(conn: Connection, statement: Insert, columns: Sequence[str], rows: Rows) -> None:
    """Run an INSERT of `insert_into` for many rows, each with values in the order of `columns`, quicker than `execute`.

    Values reach the driver as they are and columns without a value get no default: plain Python types, all columns."""
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        sqlite.insert_rows(conn, statement, columns, rows)
    else:
        postgresql.insert_rows(conn, statement, columns, rows)


def insert_rows_returning(
    conn: Connection, statement: ReturningInsert[Any], columns: Sequence[str], rows: Rows
) -> list[Any]:
    """Like `insert_rows` for an INSERT with RETURNING; what it returns, in no order."""
    if not rows:
        return []
    if conn.dialect.name == "sqlite":
        return list(sqlite.insert_rows_returning(conn, statement, columns, rows))
    return list(postgresql.insert_rows(conn, statement, columns, rows))


def insert_new(
    conn: Connection, table: Table, keys: Sequence[str], columns: Sequence[str], rows: Rows
) -> list[tuple[Any, ...]]:
    """Insert the rows whose key is not there yet; the keys of the others, in no order. Quickest when there are none."""
    if not rows:
        return []
    insert = insert_into(conn, table).on_conflict_do_nothing(index_elements=keys)
    if conn.dialect.name == "sqlite":
        return sqlite.insert_new(conn, insert, keys, columns, rows)
    return postgresql.insert_new(conn, insert, keys, columns, rows)


def make_room(conn: Connection, table: Table, columns: Sequence[str], rows: Rows) -> None:
    """Let a table that PostgreSQL keeps by days take these rows, where they come another way than by the calls here."""
    if conn.dialect.name == "postgresql":
        postgresql.make_room(conn, table, columns, rows)


def drop_days(conn: Connection, table: Table, until_ms: int) -> bool:
    """Forget whole days of UTC that end then or before, quicker than row by row; whether none is left. It may be, when
    others are at the table or there are many: to be called again. SQLite has none."""
    return conn.dialect.name == "sqlite" or postgresql.drop_days(conn, table, until_ms)


def hold_tables(conn: Connection, tables: Sequence[Table]) -> None:
    """None of these is dropped, cut or altered until the transaction ends, which so far must have read nothing."""
    if conn.dialect.name == "postgresql":
        postgresql_whole.hold_tables(conn, tables)


def wait_alone(conn: Connection, table: str) -> None:
    """Wait, as long as it takes, until no other transaction has said this of the table or writes to it."""
    if conn.dialect.name == "postgresql":
        postgresql_whole.wait_alone(conn, table)


def raise_columns(conn: Connection, table: Table, key: str, columns: Sequence[str], rows: Rows) -> None:
    """Let whole numbers grow to what the rows (key, a value for each column) say; null neither grows nor is kept."""
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        sqlite.raise_columns(conn, table, key, columns, rows)
    else:
        postgresql.raise_columns(conn, table, key, columns, rows)


def database_bytes(conn: Connection) -> int:
    """What the database takes on its disk."""
    if conn.dialect.name == "sqlite":
        return sqlite.database_bytes(conn)
    return int(conn.scalar(select(func.pg_database_size(func.current_database()))) or 0)


def estimated_rows(conn: Connection, table: str) -> int | None:
    """Rows as the database's own statistics have them; None where it keeps none."""
    return None if conn.dialect.name == "sqlite" else postgresql.estimated_rows(conn, table)


def hint_commit(conn: Connection) -> None:
    """Wake the other processes of this database when the transaction commits. Only a hint: it may be lost."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_notify(CHANNEL, "")))
