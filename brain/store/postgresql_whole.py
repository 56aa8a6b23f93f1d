"""A PostgreSQL database filled from nothing in one transaction: others see all of it or nothing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, column, func, select, text
from sqlalchemy import table as sql_table
from sqlalchemy.engine import URL

from brain.store.errors import StoreError, outages_told
from brain.store.postgresql import PROGRAM, postgresql_engine
from brain.store.postgresql_days import Rows, make_room
from brain.store.postgresql_rows import copy_rows


@contextmanager
def whole_database(url: URL, patience_s: float, look: Callable[[Connection], None]) -> Iterator[Connection]:
    engine = postgresql_engine(url, patience_s, pool_size=1)
    try:
        with outages_told(), engine.begin() as conn:
            take_time(conn)
            _refuse_when_open(conn)
            encoding = conn.scalar(text("SHOW server_encoding"))
            if encoding != "UTF8":
                hint = "make one with `createdb --encoding UTF8 --template template0`"
                raise StoreError(f"the database keeps texts as {encoding}, not as UTF8: {hint}")
            look(conn)
            yield conn
    finally:
        engine.dispose()


def refuse_when_open(url: URL, patience_s: float) -> None:
    engine = postgresql_engine(url, patience_s, pool_size=1)
    try:
        with outages_told(), engine.connect() as conn:
            _refuse_when_open(conn)
    finally:
        engine.dispose()


def _refuse_when_open(conn: Connection) -> None:
    names = ("pid", "datname", "application_name")
    sessions = sql_table("pg_stat_activity", *(column(name) for name in names))
    others = select(func.count()).where(
        sessions.c.datname == func.current_database(),
        sessions.c.application_name == PROGRAM,
        sessions.c.pid != func.pg_backend_pid(),
    )
    if conn.scalar(others):
        raise StoreError("the store is in use by a running program: end `app.py feeds` and `app.py web` first")


def take_time(conn: Connection) -> None:
    """No limit of this program's for the rest of the transaction, and memory to sort in."""
    for setting in ("statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "work_mem = '64MB'"):
        conn.exec_driver_sql(f"SET LOCAL {setting}")


def hold_tables(conn: Connection, tables: Sequence[Table]) -> None:
    quoted = ", ".join(conn.dialect.identifier_preparer.quote(table.name) for table in tables)
    conn.exec_driver_sql(f"LOCK TABLE {quoted} IN ACCESS SHARE MODE")


def wait_alone(conn: Connection, table: str) -> None:
    for setting in ("lock_timeout = 0", "statement_timeout = 0"):
        conn.exec_driver_sql(f"SET LOCAL {setting}")
    conn.exec_driver_sql(f"LOCK TABLE {conn.dialect.identifier_preparer.quote(table)} IN EXCLUSIVE MODE")
    for setting in ("lock_timeout", "statement_timeout"):
        conn.exec_driver_sql(f"SET LOCAL {setting} TO DEFAULT")


def fill_table(conn: Connection, table: Table, columns: Sequence[str], rows: Rows) -> None:
    make_room(conn, table, columns, rows)
    kept: list[Any] = [table.c[name] for name in columns]
    copy_rows(conn, conn.dialect.identifier_preparer.quote(table.name), kept, rows)
