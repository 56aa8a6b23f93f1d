"""To be alone with a store: neither the feeds' lease nor a shard is with another process, and none can be taken."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from brain.runtime.lease import Lease, held
from brain.runtime.plan import HeldByAnother
from brain.runtime.shards import LOOKS, TURN_S
from brain.store.claims import seen_workers
from brain.store.engine import Store


@contextmanager
def nobody_else(lease: Lease, store: Store, wait: Callable[[float], object] = time.sleep) -> Iterator[None]:
    """`lease` was made with `alone`. Raises HeldByAnother, StoreUnavailable."""
    with held(lease):
        refuse_beside_shards(store, wait)
        yield


def refuse_beside_shards(store: Store, wait: Callable[[float], object]) -> None:
    """Looks as long as a sign of life may be waited for, where any was ever given. Raises HeldByAnother."""
    before = _signs(store)
    for _ in range(LOOKS if before else 0):
        wait(TURN_S)
        now = _signs(store)
        if any(before.get(holder) != sign for holder, sign in now.items()):
            raise HeldByAnother("another process runs shards of feeds of this database: end it first")


def _signs(store: Store) -> dict[str, str]:
    with store.read() as conn:
        return seen_workers(conn).signs
