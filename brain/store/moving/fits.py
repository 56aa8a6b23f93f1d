"""What one database keeps and the other does not, named by table, row and column."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Double, Integer, String, Table

from brain.store.moving.portion import Rows

_INTEGER_BITS = 31
_BIGINT_BITS = 63


def lost_unsaid(dialect: str, columns: Sequence[Column[Any]], line: bytes, rows: Rows) -> bool:
    """Whether the database may alter a value without a word: SQLite makes NaN null, and PostgreSQL's driver cuts whole
    numbers to the bits of their column. All else the database refuses itself."""
    if dialect == "sqlite":
        return b'"nan"' in line
    small = [n for n, column in enumerate(columns) if isinstance(column.type, Integer) and not _is_big(column)]
    return any(next(_troubles(dialect, columns[n], [row[n] for row in rows]), None) for n in small)


def _is_big(column: Column[Any]) -> bool:
    return isinstance(column.type, BigInteger)


def why_not(dialect: str, table: Table, columns: Sequence[Column[Any]], rows: Rows) -> str | None:
    """The first value that the database will not keep as it is; None when it keeps all."""
    for place, values in enumerate(zip(*rows, strict=True)):
        column = columns[place]
        number, trouble = next(_troubles(dialect, column, values), (None, ""))
        if number is not None:
            key = ", ".join(
                f"{each.name}={value}" for each, value in zip(columns, rows[number], strict=True) if each.primary_key
            )
            return f"table {table.name}, row {key}, column {column.name}: {trouble}"
    return None


def _troubles(dialect: str, column: Column[Any], values: Sequence[Any]) -> Iterator[tuple[int, str]]:
    if dialect == "sqlite":
        if isinstance(column.type, Double):
            yield from (
                (n, "NaN, which SQLite cannot keep") for n, v in enumerate(values) if v is not None and math.isnan(v)
            )
    elif isinstance(column.type, String):
        yield from _troubles_of_text(column.type.length, values)
    elif isinstance(column.type, Integer):
        bits = _BIGINT_BITS if _is_big(column) else _INTEGER_BITS
        yield from _troubles_of_number(bits, values)


def _troubles_of_text(length: int | None, values: Sequence[Any]) -> Iterator[tuple[int, str]]:
    for number, value in enumerate(values):
        if value is None:
            continue
        if not isinstance(value, str):
            yield number, "no text, as PostgreSQL wants it"
        elif "\0" in value:
            yield number, "a NUL character, which PostgreSQL cannot keep"
        elif length is not None and len(value) > length:
            yield number, f"{len(value)} characters, and PostgreSQL keeps {length}"


def _troubles_of_number(bits: int, values: Sequence[Any]) -> Iterator[tuple[int, str]]:
    for number, value in enumerate(values):
        if value is not None and (not isinstance(value, int) or not -(2**bits) <= value < 2**bits):
            yield number, f"no whole number of {bits + 1} bits, as PostgreSQL wants it"
