"""Rows straight into a table, past all writers."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from brain.store.dialect import make_room


def put(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    make_room(conn, table, rows)
    conn.execute(table.insert(), list(rows))
