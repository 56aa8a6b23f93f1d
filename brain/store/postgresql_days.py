"""Big tables that PostgreSQL keeps day by day: each day of UTC is a partition of its own, made when its first row comes
and dropped whole. There is no default partition: adding a day beside one would wait for every reader of the table.

Whoever touches a day locks the whole table first: a day that one was told of is not dropped before one is through. Two
who meet with other rows in hand may be told by PostgreSQL to begin anew, as everywhere.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import OperationalError

from brain.store.schema import DAYS, Days, metadata

Rows = Sequence[tuple[Any, ...]]

DAY_MS = 86_400_000

_CUT: dict[str, Days] = {name: table.info[DAYS] for name, table in metadata.tables.items() if DAYS in table.info}
_AT_ONCE = 50  # days in one transaction: each takes some locks
_PATIENCE = "300ms"  # for each lock of a drop: while it waits, all others wait behind it
_LOCKED = "55P03"

_MISSING = """
    SELECT day FROM unnest(%(days)s::bigint[]) AS day WHERE to_regclass(format('%%I', %(of)s || '_d' || day)) IS NULL
    AND EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(%(of)s) AND relkind = 'p')
"""
_KEPT = """
    SELECT substr(relname, length(%(of)s) + 3)::bigint FROM pg_inherits JOIN pg_class ON oid = inhrelid
    WHERE inhparent = to_regclass(%(of)s) AND relname ~ ('^' || %(of)s || '_d-?[0-9]+$')
"""


def make_room(conn: Connection, table: Table, columns: Sequence[str], rows: Rows) -> None:
    """Make the days of these rows that are not there; none of them is dropped before the transaction ends."""
    cut = _CUT.get(table.name)  # by name: a table read from an older schema knows nothing of it
    if cut is None:
        return
    at, only = _place(columns, cut.at), cut.only and (_place(columns, cut.only[0]), cut.only[1])
    days = sorted({day_of(row[at]) for row in rows if only is None or row[only[0]] == only[1]})
    if not days:
        return
    _lock(conn, table, "ROW EXCLUSIVE")
    if _missing(conn, cut, days):
        _lock(conn, table, "SHARE UPDATE EXCLUSIVE")  # one maker at a time; readers and writers go on
        for day in _missing(conn, cut, days):
            _make(conn, cut, day)


def drop_days(conn: Connection, table: Table, until_ms: int) -> bool:
    """Drop the days that end then or before, the oldest first and not too many at once; whether none is left. None is
    dropped when others are at the table."""
    cut = _CUT[table.name]
    old = sorted(day for (day,) in conn.exec_driver_sql(_KEPT, {"of": cut.of}) if day * DAY_MS <= until_ms)
    if not old:
        return True
    try:
        with conn.begin_nested():
            conn.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            _lock(conn, table, "ACCESS EXCLUSIVE")
            for day in old[:_AT_ONCE]:
                conn.exec_driver_sql(f"DROP TABLE IF EXISTS {_name(conn, cut, day)}")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCKED:
            raise
        return False
    return len(old) <= _AT_ONCE


def day_of(at_ms: int) -> int:
    """The number of the day (start, end] that holds the moment; it ends `number * DAY_MS` after the epoch."""
    return -(-at_ms // DAY_MS)


def _missing(conn: Connection, cut: Days, days: list[int]) -> list[int]:
    """Of a table that an extension cuts no day is missing."""
    return [day for (day,) in conn.exec_driver_sql(_MISSING, {"of": cut.of, "days": days})]


def _make(conn: Connection, cut: Days, day: int) -> None:
    # Not CREATE TABLE .. PARTITION OF, which would wait for all that read or write the table.
    # What is only inserted is vacuumed after each 2 %, so that it is read from the key alone; by itself after 20.
    vacuumed = "" if cut.only else " WITH (autovacuum_vacuum_insert_scale_factor = 0.02)"
    conn.exec_driver_sql(f"CREATE TABLE {_name(conn, cut, day)} (LIKE {cut.of} INCLUDING ALL){vacuumed}")
    bounds = f"FROM ({(day - 1) * DAY_MS + 1}) TO ({day * DAY_MS + 1})"
    conn.exec_driver_sql(f"ALTER TABLE {cut.of} ATTACH PARTITION {_name(conn, cut, day)} FOR VALUES {bounds}")


def _lock(conn: Connection, table: Table, mode: str) -> None:
    conn.exec_driver_sql(f"LOCK TABLE ONLY {table.name} IN {mode} MODE")


def _name(conn: Connection, cut: Days, day: int) -> str:
    return conn.dialect.identifier_preparer.quote(f"{cut.of}_d{day}")


def _place(columns: Sequence[str], name: str) -> int:
    return list(columns).index(name)
