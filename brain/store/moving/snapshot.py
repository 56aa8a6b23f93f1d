"""All rows of a store as they were at one moment, while others go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Connection, String, Table, collate, select

from brain.store.dialect import database_bytes, hold_tables, open_reading, stream_rows, take_time
from brain.store.errors import StoreError, first_line, outages_told
from brain.store.migrate import revision_of, tables_of
from brain.store.moving.portion import ROWS, Portion, columns_of, decode, encode


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`size_bytes` is what the database takes on its disk."""

    conn: Connection
    revision: str
    tables: tuple[Table, ...]
    size_bytes: int

    def portions(self, table: Table) -> Iterator[Portion]:
        return portions_of(self.conn, table)


@contextmanager
def snapshot(url: str, patience_s: float) -> Iterator[Snapshot]:
    """Also while a program has the store open. Raises StoreError when there is none, or one of a newer program."""
    engine = open_reading(url, patience_s)
    try:
        with outages_told(), engine.connect() as conn:
            revision = revision_of(conn)
            if revision is None:
                raise StoreError("there is no store in this database: start the cockpit once, or correct store.url")
            tables = tables_of(revision)
            conn.rollback()
            # Held before anything is read: what is dropped or made anew meanwhile would be missing without a word.
            hold_tables(conn, tables)
            take_time(conn)
            if revision_of(conn) != revision:
                raise StoreError("the store was brought up to date in this moment: begin anew")
            yield Snapshot(conn, revision, tables, database_bytes(conn))
    finally:
        engine.dispose()


def portions_of(conn: Connection, table: Table) -> Iterator[Portion]:
    """By the primary key. Raises StoreError for what no line can hold."""
    columns = columns_of(table)
    asked = select(*columns).order_by(*(_alike(conn, column) for column in table.primary_key))
    # SQLite has 0 and 1 for true and false.
    as_told = conn.dialect.name == "sqlite" and any(isinstance(column.type, Boolean) for column in columns)
    try:
        for rows in stream_rows(conn, asked, ROWS):
            line = encode(columns, rows)
            yield line, decode(columns, line) if as_told else rows
    except (ValueError, TypeError, conn.dialect.loaded_dbapi.Error) as error:
        raise StoreError(f"table {table.name} cannot be read: {first_line(error)}") from error


def _alike(conn: Connection, column: Any) -> Any:
    """Texts in the order of their bytes in UTF-8, as SQLite has them."""
    if isinstance(column.type, String) and conn.dialect.name == "postgresql":
        return collate(column, "C")
    return column
