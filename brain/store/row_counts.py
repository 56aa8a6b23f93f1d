"""How many rows the big tables have: counted now and then by a job and remembered, since counting reads them."""

import orjson
from sqlalchemy import Connection, Table, func, literal, select

from brain.model.query.system import TableSize
from brain.store import schema
from brain.store.dialect import estimated_rows
from brain.store.engine import Store
from brain.store.meta import read_meta, write_meta

MOST = 5_000_000
"""Beyond it rows are not counted: about a second of reading."""

_BIG = (schema.reading, schema.reading_rollup, schema.area_rollup, schema.case, schema.alert, schema.audit)
_KEY = "row_counts"


def count_rows(store: Store, real_ms: int, most: int = MOST) -> None:
    """Count table by table, each in a snapshot of its own, and remember it. Raises StoreUnavailable."""
    found: list[tuple[str, int, str]] = []
    for table in _BIG:
        with store.read() as conn:
            found.append((table.name.removesuffix("_"), *_count(conn, table, most)))
    remembered = orjson.dumps([real_ms, found]).decode()
    store.write(lambda conn: write_meta(conn, _KEY, remembered)).result()


def read_counts(conn: Connection) -> tuple[int | None, tuple[TableSize, ...]]:
    """(real time of counting, sizes); (None, ()) before the first count."""
    remembered = read_meta(conn, _KEY)
    if remembered is None:
        return None, ()
    at_ms, found = orjson.loads(remembered)
    return at_ms, tuple(TableSize(*each) for each in found)


def _count(conn: Connection, table: Table, most: int) -> tuple[int, str]:
    """As the database estimates it, else counted up to a limit: (rows, sign of TableSize)."""
    estimate = estimated_rows(conn, table.name)
    if estimate is not None:
        return estimate, "≈"
    limited = select(literal(1)).select_from(table).limit(most).subquery()
    rows = conn.scalar(select(func.count()).select_from(limited)) or 0
    return rows, "≥" if rows == most else ""
