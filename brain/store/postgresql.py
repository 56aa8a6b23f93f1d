"""PostgreSQL and what speaks like it: several processes may write; rows travel as one array per column."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, bindparam, create_engine, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import URL
from sqlalchemy.sql.dml import Insert, ReturningInsert

from brain.store.databases import Databases

_CONNECT_TIMEOUT_S = 5
_STATEMENT_TIMEOUT_MS = 120_000
_WRITERS = 4
_READERS = 8


def open_postgresql(url: URL, patience_s: float) -> Databases:
    """Connects to nothing yet."""
    reading = _engine(url, patience_s, pool_size=_READERS, max_overflow=_READERS).execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    writing = _engine(url, patience_s, pool_size=_WRITERS, max_overflow=1)
    return Databases("postgresql", writing, reading, _WRITERS, shared=True, release=lambda: None)


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


# Measured against executemany and multi-row VALUES: half the time, and as the text of the statement stays the same it
# is prepared once. COPY into a staging table is quicker still for huge batches, but leaves rows to be swept.
def insert_rows(
    conn: Connection, statement: Insert | ReturningInsert[Any], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> CursorResult[Any]:
    """`statement` is an INSERT into a table without values, possibly with ON CONFLICT and RETURNING."""
    table = statement.table
    arrays = [func.unnest(bindparam(name, type_=ARRAY(table.c[name].type))) for name in columns]
    values = {
        name: _of_one_type(column, table.c[name].type.python_type)
        for name, column in zip(columns, zip(*rows, strict=True), strict=True)
    }
    return conn.execute(statement.from_select(list(columns), select(*arrays), include_defaults=False), values)


def _of_one_type(values: Iterable[Any], wanted: type) -> list[Any]:
    """The driver takes no array of mixed types, and a measured 5 comes as int beside a measured 5.5."""
    return [value if value is None or type(value) is wanted else wanted(value) for value in values]
