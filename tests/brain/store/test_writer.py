"""The queue of transactions: order, people first, giving way."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select, update

from brain.store import schema
from brain.store.engine import Store, open_store
from brain.store.meta import read_meta, write_meta


class Gate:
    """Work that holds the writer until it is opened."""

    def __init__(self) -> None:
        self.begun, self._go_on = threading.Event(), threading.Event()

    def __call__(self, _conn: Connection) -> None:
        self.begun.set()
        assert self._go_on.wait(20)

    def open(self) -> None:
        self._go_on.set()


def test_people_overtake_feeds_and_order_is_kept_within_each(sqlite_store: Store) -> None:
    gate, done = Gate(), list[str]()

    def note(name: str) -> Callable[[Connection], None]:
        return lambda _conn: done.append(name)

    sqlite_store.write(gate)
    assert gate.begun.wait(20)
    futures = [sqlite_store.write(note(name), people=name.startswith("person")) for name in ("feed 1", "feed 2")]
    futures += [sqlite_store.write(note(name), people=True) for name in ("person 1", "person 2")]
    gate.open()
    for future in futures:
        future.result()
    assert done == ["person 1", "person 2", "feed 1", "feed 2"]


def test_cancelled_work_is_not_done(sqlite_store: Store) -> None:
    gate = Gate()
    sqlite_store.write(gate)
    assert gate.begun.wait(20)
    dropped = sqlite_store.write(lambda conn: write_meta(conn, "k", "v"))
    assert dropped.cancel()
    gate.open()
    sqlite_store.write(lambda conn: None).result()
    with sqlite_store.read() as conn:
        assert read_meta(conn, "k") is None


def test_even_an_exit_in_a_work_leaves_the_writer_alive(store: Store) -> None:
    def leave(_conn: Connection) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        store.write(leave).result()
    assert store.write(lambda conn: conn.scalar(select(1))).result() == 1


@pytest.mark.postgres
def test_transactions_that_block_each_other_are_both_done(postgres_url: str) -> None:
    """PostgreSQL ends one of two deadlocked transactions; the store runs it again."""
    both_hold = threading.Barrier(2)
    met = threading.Event()  # the barrier is for the first tries only
    runs = list[str]()

    def touch(conn: Connection, first: str, second: str) -> None:
        runs.append(first)
        for key in (first, second):
            conn.execute(update(schema.meta).where(schema.meta.c.key == key).values(value=schema.meta.c.value + "x"))
            if key == first and not met.is_set():
                both_hold.wait(20)
                met.set()

    with open_store(postgres_url) as store:
        for key in "ab":
            store.write(lambda conn, k=key: write_meta(conn, k, "")).result()  # type: ignore[misc]
        futures = [store.write(lambda conn, k=keys: touch(conn, *k)) for keys in ("ab", "ba")]  # type: ignore[misc]
        for future in futures:
            future.result()
        with store.read() as conn:
            assert [read_meta(conn, key) for key in "ab"] == ["xx", "xx"]
    assert len(runs) in (3, 4)  # on a busy machine both are asked to give way
