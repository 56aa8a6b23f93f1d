"""Two transactions on PostgreSQL that meet: the second has to wait for the first."""

import threading
from collections.abc import Callable

import psycopg
from sqlalchemy import Connection

from brain.store.engine import Store
from tests.services.waiting import wait_until

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def overlapping(
    store: Store, url: str, first: Callable[[Connection], object], second: Callable[[Connection], object]
) -> None:
    """Do `first` but commit it only when `second` waits for one of its locks."""
    done, go_on = threading.Event(), threading.Event()

    def hold(conn: Connection) -> None:
        first(conn)
        done.set()
        assert go_on.wait(60)

    held = store.write(hold)
    assert done.wait(60)
    waiting = store.write(second)
    try:
        with psycopg.connect(url, autocommit=True) as plain:
            wait_until(lambda: plain.execute(_WAITING).fetchone() == (1,), "the second transaction to wait")
    finally:
        go_on.set()
    held.result()
    waiting.result()
