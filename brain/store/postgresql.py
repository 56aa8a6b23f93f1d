"""PostgreSQL and what speaks like it: several processes may write; many rows travel as one JSON document."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    Double,
    Engine,
    LargeBinary,
    Text,
    bindparam,
    cast,
    column,
    create_engine,
    func,
    select,
)
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.engine import URL
from sqlalchemy.sql.dml import Insert, ReturningInsert

from brain.store.databases import Databases

_CONNECT_TIMEOUT_S = 5
_STATEMENT_TIMEOUT_MS = 120_000
_WRITERS = 4
_READERS = 8


def open_postgresql(url: URL, patience_s: float) -> Databases:
    """Connects to nothing yet."""
    writing = _engine(url, patience_s, pool_size=_WRITERS, max_overflow=1)
    reading = reading_engine(url, patience_s)
    return Databases("postgresql", writing, reading, _WRITERS, shared=True, release=lambda: None)


def reading_engine(url: URL, patience_s: float) -> Engine:
    """Its transactions are snapshots that cannot write."""
    return _engine(url, patience_s, pool_size=_READERS, max_overflow=_READERS).execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )


def _engine(url: URL, patience_s: float, **pool: int) -> Engine:
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


# Measured for 6,000 rows of 11 columns: an array per column takes the client seven times the time and the server twice
# as long, executemany more than that. COPY into a staging table would be as quick, but leaves rows to be swept.
def insert_rows(
    conn: Connection,
    statement: Insert | ReturningInsert[Any],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> CursorResult[Any]:
    """`statement` is an INSERT into a table without values, possibly with ON CONFLICT and RETURNING."""
    kept = [statement.table.c[name] for name in columns]
    binary = {column.name for column in kept if isinstance(column.type, LargeBinary)}
    names = [str(name) for name in columns]  # SQLAlchemy's own names are no plain str, which orjson insists on
    document = orjson.dumps([_record(names, row, binary) for row in rows]).decode()
    records = func.json_to_recordset(cast(bindparam("rows", document, Text), JSON)).table_valued(
        *(Column(column.name, Text() if column.name in binary else column.type) for column in kept)
    )
    source = records.render_derived(with_types=True)
    values = [func.decode(source.c[name], "base64") if name in binary else source.c[name] for name in columns]
    return conn.execute(statement.from_select(list(columns), select(*values), include_defaults=False))


def _record(names: Sequence[str], row: tuple[Any, ...], binary: set[str]) -> dict[str, Any]:
    record = dict(zip(names, row, strict=True))
    for name in binary:
        if record[name] is not None:
            record[name] = b64encode(record[name]).decode()
    return record


def estimated_rows(conn: Connection, table: str) -> int | None:
    """What autovacuum counted last; None for a table it has not seen yet."""
    catalogue = sql_table("pg_class", column("reltuples", Double), column("oid"))
    rows = conn.scalar(select(catalogue.c.reltuples).where(catalogue.c.oid == func.to_regclass(table)))
    return None if rows is None or rows < 0 else round(rows)
