"""PostgreSQL and what speaks like it: several processes may write."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import (
    Connection,
    Double,
    Engine,
    Table,
    and_,
    column,
    create_engine,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy import table as sql_table
from sqlalchemy.engine import URL
from sqlalchemy.sql.dml import Insert

from brain.store.databases import Databases
from brain.store.postgresql_days import Rows, drop_days, make_room
from brain.store.postgresql_rows import insert_rows, source

__all__ = ("drop_days", "estimated_rows", "insert_new", "insert_rows", "make_room", "open_postgresql", "raise_columns")

PROGRAM = "city-brain"
"""By this name the database knows our connections from those of others."""

_CONNECT_TIMEOUT_S = 5
_STATEMENT_TIMEOUT_MS = 120_000
_WRITERS = 4
_READERS = 8


def open_postgresql(url: URL, patience_s: float) -> Databases:
    """Connects to nothing yet."""
    writing = postgresql_engine(url, patience_s, pool_size=_WRITERS, max_overflow=1)
    reading = reading_engine(url, patience_s)
    return Databases("postgresql", writing, reading, _WRITERS, shared=True, release=lambda: None)


def reading_engine(url: URL, patience_s: float) -> Engine:
    """Its transactions are snapshots that cannot write."""
    return postgresql_engine(url, patience_s, pool_size=_READERS, max_overflow=_READERS).execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )


def postgresql_engine(url: URL, patience_s: float, **pool: int) -> Engine:
    options = {
        "lock_timeout": round(patience_s * 1000),
        "statement_timeout": _STATEMENT_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": _STATEMENT_TIMEOUT_MS,
    }
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={
            "application_name": PROGRAM,
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            # A host that vanished is noticed within seconds, not hours.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
        },
        **pool,
    )


def insert_new(
    conn: Connection, insert: Insert, keys: Sequence[str], columns: Sequence[str], rows: Rows
) -> list[tuple[Any, ...]]:
    """Insert the rows that are not there yet; the keys of the others."""
    table = cast(Table, insert.table)
    make_room(conn, table, columns, rows)
    offered, values = source(conn, table, columns, rows)
    added = (
        insert.from_select(list(columns), select(*values), include_defaults=False)
        .returning(*(table.c[key] for key in keys))
        .cte("added")
    )
    # Those that were there are told, not those that are new: mostly there are none.
    matched = and_(*(added.c[key] == offered.c[key] for key in keys))
    there = select(*(offered.c[key] for key in keys)).where(~exists().where(matched))
    return [tuple(row) for row in conn.execute(there.add_cte(added))]


def raise_columns(conn: Connection, table: Table, key: str, columns: Sequence[str], rows: Rows) -> None:
    offered, _ = source(conn, table, (key, *columns), rows)
    # GREATEST passes over nulls.
    grown = {name: func.greatest(table.c[name], offered.c[name]) for name in columns}
    conn.execute(update(table).values(grown).where(table.c[key] == offered.c[key]))


def estimated_rows(conn: Connection, table: str) -> int | None:
    """What autovacuum counted last, of its days too; None for a table it has not seen yet."""
    tables = sql_table("pg_class", column("reltuples", Double), column("oid"), column("relkind"))
    whole = func.to_regclass(table)
    parts = select(func.pg_partition_tree(whole).table_valued("relid").c.relid)
    of_table = or_(tables.c.oid == whole, tables.c.oid.in_(parts))
    has_rows = and_(tables.c.relkind == "r", tables.c.reltuples >= 0)
    rows = conn.scalar(select(func.sum(tables.c.reltuples)).where(of_table, has_rows))
    return None if rows is None else round(rows)
