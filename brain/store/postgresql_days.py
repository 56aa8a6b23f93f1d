"""Big tables that PostgreSQL keeps day by day: each day of UTC is a partition of its own, made when its first row comes
and dropped whole. There is no default partition: adding a day beside one would wait for every reader of the table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import OperationalError

from brain.store.schema import DAYS, Days

Rows = Sequence[tuple[Any, ...]]

DAY_MS = 86_400_000

_LOCK_PATIENCE = "2s"  # while a drop waits for its lock, all others wait behind it
_LOCKED = "55P03"

_MISSING = """
    SELECT day FROM unnest(%(days)s::bigint[]) AS day
    WHERE EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(%(of)s) AND relkind = 'p') AND NOT EXISTS (
        SELECT FROM pg_inherits JOIN pg_class ON oid = inhrelid
        WHERE inhparent = to_regclass(%(of)s) AND relname = %(of)s || '_d' || day)
"""
_KEPT = """
    SELECT substr(relname, length(%(of)s) + 3)::bigint FROM pg_inherits JOIN pg_class ON oid = inhrelid
    WHERE inhparent = to_regclass(%(of)s) AND relname ~ ('^' || %(of)s || '_d-?[0-9]+$')
"""


def make_room(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make the days of these rows that are not there; none of them is dropped before the transaction ends."""
    if cut := _cut(table):
        _make_days(conn, table, (row[cut.at] for row in rows if cut.only is None or row[cut.only[0]] == cut.only[1]))


def make_room_for(conn: Connection, table: Table, columns: Sequence[str], rows: Rows) -> None:
    """As `make_room`, of rows with values in the order of `columns`."""
    if cut := _cut(table):
        at, only = _place(columns, cut.at), cut.only and (_place(columns, cut.only[0]), cut.only[1])
        _make_days(conn, table, (row[at] for row in rows if only is None or row[only[0]] == only[1]))


def drop_days(conn: Connection, table: Table, until_ms: int) -> int:
    """Drop the days that end then or before; how many. None when the table is not free within two seconds."""
    cut = table.info[DAYS]
    old = [day for (day,) in conn.exec_driver_sql(_KEPT, {"of": cut.of}) if day * DAY_MS <= until_ms]
    if not old:
        return 0
    try:
        with conn.begin_nested():
            conn.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_PATIENCE}'")
            _lock(conn, table, "ACCESS EXCLUSIVE")
            for day in old:
                conn.exec_driver_sql(f"DROP TABLE {_name(conn, cut, day)}")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCKED:
            raise
        return 0
    return len(old)


def day_of(at_ms: int) -> int:
    """The number of the day (start, end] that holds the moment; it ends `number * DAY_MS` after the epoch."""
    return -(-at_ms // DAY_MS)


def _make_days(conn: Connection, table: Table, moments: Iterable[int]) -> None:
    cut, days = table.info[DAYS], sorted({day_of(at_ms) for at_ms in moments})
    if not days:
        return
    _lock(conn, table, "ROW EXCLUSIVE")
    if _missing(conn, cut, days):
        _lock(conn, table, "SHARE UPDATE EXCLUSIVE")  # one maker at a time; readers and writers go on
        for day in _missing(conn, cut, days):
            _make(conn, cut, day)


def _missing(conn: Connection, cut: Days, days: list[int]) -> list[int]:
    """None where the table is not cut by us: an extension keeps it."""
    return [day for (day,) in conn.exec_driver_sql(_MISSING, {"of": cut.of, "days": days})]


def _make(conn: Connection, cut: Days, day: int) -> None:
    # Not CREATE TABLE .. PARTITION OF, which would wait for all that read or write the table.
    conn.exec_driver_sql(f"CREATE TABLE {_name(conn, cut, day)} (LIKE {cut.of} INCLUDING ALL)")
    bounds = f"FROM ({(day - 1) * DAY_MS + 1}) TO ({day * DAY_MS + 1})"
    conn.exec_driver_sql(f"ALTER TABLE {cut.of} ATTACH PARTITION {_name(conn, cut, day)} FOR VALUES {bounds}")


def _lock(conn: Connection, table: Table, mode: str) -> None:
    conn.exec_driver_sql(f"LOCK TABLE ONLY {table.name} IN {mode} MODE")


def _name(conn: Connection, cut: Days, day: int) -> str:
    return conn.dialect.identifier_preparer.quote(f"{cut.of}_d{day}")


def _cut(table: Table) -> Days | None:
    return table.info.get(DAYS)


def _place(columns: Sequence[str], name: str) -> int:
    return list(columns).index(name)
