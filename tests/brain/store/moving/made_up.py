"""Rows for any table of any revision: texts of many kinds, bytes, numbers at the edges, nulls where allowed."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, Double, Integer, LargeBinary, String, Table

from tests.brain.store.rows import put

ROWS = 7
_NUMBERS = (0.1, -1e300, 1e16, 5e-324, -0.0, float("inf"), 3.0)
_TEXTS = ("a", "B", "石岐", "ÿ", "a b", '"\n\\', "😀")


def fill_tables(conn: Connection, tables: tuple[Table, ...]) -> None:
    for table in tables:
        put(conn, table, [{column.name: _value(column, n) for column in table.columns} for n in range(ROWS)])


def _value(column: Column[Any], n: int) -> Any:
    if column.nullable and n % 3 == 2:
        return None
    if isinstance(column.type, String):
        # Short enough for every column, and no two alike, as keys must be.
        return (_TEXTS[n] + str(n))[: column.type.length or 99]
    if isinstance(column.type, LargeBinary):
        return bytes([0, n, 255])
    if isinstance(column.type, Boolean):
        return n % 2 == 0
    if isinstance(column.type, Double):
        return _NUMBERS[n]
    assert isinstance(column.type, Integer)
    return (n - 3) * 2**60 + n if isinstance(column.type, BigInteger) else n - 3
