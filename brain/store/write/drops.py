"""How many messages a feed's source says it threw away: remembered, so that what it drops while we are away shows."""

from brain.model.drops import newly_dropped
from brain.store.connection import Connection
from brain.store.meta import read_meta, write_meta


def count_dropped(conn: Connection, feed: str, total: int) -> int:
    """Remember `total`; how many are new."""
    key = f"drops.{feed}"
    before = read_meta(conn, key)
    write_meta(conn, key, str(total))
    return newly_dropped(None if before is None else int(before), total)
