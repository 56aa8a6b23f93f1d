"""Rows as lines of JSON that are the same whichever database they come from: sorted by their key, 1000 to a line, each
line a list of columns in the order of their names. Checksums and row counts of a store are made of these lines."""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, Double, LargeBinary, Table

ROWS = 1000
"""In each line but the last of a table. Part of the form: another number would make other checksums."""

Rows = Sequence[tuple[Any, ...]]
Portion = tuple[bytes, Rows]
"""A line, and the rows that it tells."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Of all lines of a table."""

    rows: int
    sha256: str


class Summing:
    def __init__(self) -> None:
        self._rows = 0
        self._hash = hashlib.sha256()

    def add(self, line: bytes, rows: int) -> None:
        self._rows += rows
        self._hash.update(line)

    def total(self) -> Sum:
        return Sum(self._rows, self._hash.hexdigest())


def sum_of(portions: Iterable[Portion]) -> Sum:
    summing = Summing()
    for line, rows in portions:
        summing.add(line, len(rows))
    return summing.total()


def columns_of(table: Table) -> list[Column[Any]]:
    """In the order of lines, which is not that of the table: a migration adds columns at the end."""
    return sorted(table.columns, key=lambda column: str(column.name))


def encode(columns: Sequence[Column[Any]], rows: Rows) -> bytes:
    """Raises ValueError or TypeError for a value that is not of its column's type, which SQLite lets pass."""
    told = [_out(column)(values) for column, values in zip(columns, zip(*rows, strict=True), strict=True)]
    return orjson.dumps(told) + b"\n"


def decode(columns: Sequence[Column[Any]], line: bytes) -> list[tuple[Any, ...]]:
    """Raises ValueError or TypeError for what `encode` does not make."""
    told = orjson.loads(line)
    return list(zip(*(_back(column)(values) for column, values in zip(columns, told, strict=True)), strict=True))


def _out(column: Column[Any]) -> Any:
    if isinstance(column.type, Double):
        return _numbers_out
    if isinstance(column.type, LargeBinary):
        return lambda values: [None if value is None else b64encode(value).decode() for value in values]
    if isinstance(column.type, Boolean):
        return lambda values: [None if value is None else bool(value) for value in values]
    return lambda values: values


def _back(column: Column[Any]) -> Any:
    if isinstance(column.type, Double):
        return lambda values: [None if value is None else float(value) for value in values]
    if isinstance(column.type, LargeBinary):
        return lambda values: [None if value is None else b64decode(value, validate=True) for value in values]
    return lambda values: values


def _numbers_out(values: Sequence[float | None]) -> Sequence[float | str | None]:
    # JSON has no NaN and no infinity: they travel as words. SQLite knows no -0.0, so adding 0.0 makes it 0.0.
    return [None if v is None else v + 0.0 if isfinite(v) else repr(v) for v in values]
