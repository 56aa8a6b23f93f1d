"""Room for rows that a benchmark writes straight into the tables."""

from brain.store import schema
from brain.store.dialect import make_room
from brain.store.engine import Store

_DAY_MS = 86_400_000


def make_room_between(store: Store, first_ms: int, first_rollup_ms: int, last_ms: int) -> None:
    """For readings and, from a later moment on, their five-minute rollups."""
    readings = [(at_ms,) for at_ms in (*range(first_ms, last_ms, _DAY_MS), last_ms)]
    rollups = [(300, at_ms) for at_ms in (*range(first_rollup_ms, last_ms, _DAY_MS), last_ms)]
    store.write(lambda conn: make_room(conn, schema.reading, ["at_ms"], readings)).result()
    store.write(lambda conn: make_room(conn, schema.reading_rollup, ["span_s", "end_ms"], rollups)).result()
