"""Room for rows that a benchmark writes straight into the tables."""

from brain.store import schema
from brain.store.dialect import make_room
from brain.store.engine import Store

_DAY_MS = 86_400_000


def make_room_between(store: Store, first_ms: int, last_ms: int) -> None:
    """For readings and their five-minute rollups."""
    moments = [*range(first_ms, last_ms, _DAY_MS), last_ms]
    readings = [{"at_ms": at_ms} for at_ms in moments]
    rollups = [{"span_s": 300, "end_ms": at_ms} for at_ms in moments]
    store.write(lambda conn: make_room(conn, schema.reading, readings)).result()
    store.write(lambda conn: make_room(conn, schema.reading_rollup, rollups)).result()
