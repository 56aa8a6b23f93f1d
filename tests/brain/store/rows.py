"""Rows straight into a table, past all writers."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from brain.store.dialect import make_room


def put(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(rows[0])
    make_room(conn, table, columns, [tuple(row[column] for column in columns) for row in rows])
    conn.execute(table.insert(), list(rows))
