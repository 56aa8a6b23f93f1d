"""What waited for its device: once that is in the register, however it came there, its held readings go through ingest
like any other, in the order of their time. What was stored is dropped here afterwards; stored twice, as after a crash
between the two, it is absorbed by its key."""

import logging
import threading
from collections.abc import Callable

from brain.runtime.acceptance import Window
from brain.runtime.health import Health
from brain.runtime.ingest import Ingest
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from brain.store.write.waiting import drop_registered, drop_stored, next_registered, some_registered, waiting_feeds

ADMITTED_S = 2.0
ANSWER_S = 60.0
AT_ONCE = 2000

_ALWAYS = 10**15
ANY_TIME = Window(_ALWAYS, _ALWAYS)  # its time was looked at when it came

log = logging.getLogger(__name__)


class Admitted:
    """`is_ours`: whether what waits of a feed is seen to here."""

    def __init__(self, store: Store, health: Health, ingest: Ingest, is_ours: Callable[[str], bool]) -> None:
        self._store = store
        self._health = health
        self._ingest = ingest
        self._is_ours = is_ours

    def sweep(self) -> int:
        """How many held readings were handed on and stored."""
        try:
            with self._store.read() as conn:
                if not some_registered(conn):
                    return 0
            done = 0
            while stored := self._some():
                done += stored
            self._store.write(drop_registered).result()
        except StoreUnavailable as error:
            self._health.store_lost(str(error))
            return 0
        if done:
            log.info("%d readings that had waited for their devices are stored", done)
        return done

    def _some(self) -> int:
        with self._store.read() as conn:
            ours = [feed for feed in waiting_feeds(conn) if self._is_ours(feed)]
            found = next_registered(conn, ours, AT_ONCE)
        if found is None:
            return 0
        feed, devices, readings = found
        answered = threading.Event()
        answers: list[bool] = []

        def done(stored: bool) -> None:
            answers.append(stored)
            answered.set()

        self._ingest.sink(feed, ANY_TIME)([*devices, *readings], done)
        if not answered.wait(ANSWER_S) or not answers[0]:
            return 0
        self._store.write(lambda conn: drop_stored(conn, feed, readings)).result()
        return len(readings)
