"""The store: transactions, snapshots, changes heard, outages survived."""

from sqlalchemy import select

from brain.store import schema
from brain.store.engine import Store
from brain.store.meta import write_meta


def test_what_was_written_is_read(store: Store) -> None:
    store.write(lambda conn: write_meta(conn, "k", "v")).result()
    with store.read() as conn:
        assert conn.scalar(select(schema.meta.c.value).where(schema.meta.c.key == "k")) == "v"
