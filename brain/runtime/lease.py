"""The feeds of a city run in one process only: two would take the messages from each other and count calls twice."""

import itertools
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from brain.runtime.plan import HeldByAnother
from brain.runtime.seat import Seat
from brain.store.claims import FEEDS, give_up_lease, take_lease
from brain.store.connection import Connection
from brain.store.engine import Store
from brain.store.errors import StoreError, StoreUnavailable

BEAT_S = 2.0
LOOK_S = 1.0
LOOKS = 10  # without a sign of life; who held it is then taken for dead
log = logging.getLogger(__name__)


class Lease:
    """What one process holds. `beat` says that it still does, `lost` is called once another one has it."""

    def __init__(
        self,
        store: Store,
        lost: Callable[[], None],
        wait: Callable[[float], object] = time.sleep,
        seat: Seat | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """`alone`: no shard may be taken meanwhile either."""
        self._store = store
        self._seat = seat
        self._alone = alone
        self._lost = lost
        self._wait = wait
        self._holder = uuid.uuid4().hex
        self._beats = itertools.count()

    def take(self) -> None:
        """Follows a process that died after `LOOKS * LOOK_S`, one of this machine at once. Raises HeldByAnother while
        one lives, StoreUnavailable."""
        sign = self._tried()
        if sign is not None and self._seat is not None and sign.partition(" ")[0] == self._seat.gone:
            sign = self._tried(dead=sign)
        self._watch(sign)
        if self._seat is not None:
            self._seat.sit(self._holder)

    def _watch(self, sign: str | None) -> None:
        """Returns when it is ours."""
        for _ in range(LOOKS):
            if sign is None:
                return
            self._wait(LOOK_S)
            before, sign = sign, self._tried()
            if sign not in (None, before):
                break
        else:
            sign = self._tried(dead=sign)
        if sign is not None:
            raise HeldByAnother("another process runs the feeds of this database: end it first, one does all of them")

    def beat(self) -> bool:
        """Whether it is still ours, as far as the database can be asked."""
        try:
            if self._tried() is None:
                return True
        except StoreUnavailable:
            return True  # nobody else can take it either
        log.error("another process has taken over the feeds of this database; this one ends")
        self._lost()
        return False

    def give_up(self) -> None:
        try:
            self._store.write(lambda conn: give_up_lease(conn, FEEDS, self._holder), people=True).result()
        except StoreError as error:
            log.warning("the feeds' place could not be given up: %s", error)

    def _tried(self, dead: str | None = None) -> str | None:
        beat = next(self._beats)

        def take(conn: Connection) -> str | None:
            return take_lease(conn, FEEDS, self._holder, beat, dead, self._alone)

        return self._store.write(take, people=True).result()


@contextmanager
def held(lease: Lease) -> Iterator[None]:
    """Takes the lease, renews it on a thread of its own, gives it up. Raises HeldByAnother, StoreUnavailable."""
    lease.take()
    over = threading.Event()

    def renew() -> None:
        while not over.wait(BEAT_S) and lease.beat():
            continue

    thread = threading.Thread(target=renew, name="feeds-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        lease.give_up()
