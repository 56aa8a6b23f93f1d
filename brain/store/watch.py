"""Hearing what other processes commit on PostgreSQL: NOTIFY as a hint, the version rows each second as the truth."""

import logging
import random
import selectors
import socket
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from brain.store.dialect import CHANNEL
from brain.store.errors import first_line
from brain.store.outage import READING, Outages
from brain.store.version import Key, read_versions

POLL_S = 1.0
_BURST_S = 0.05  # after a hint, so that a burst of commits costs one look at the rows
_FIRST_RETRY_S, _LAST_RETRY_S = 0.1, 3.0

log = logging.getLogger(__name__)


class Watch:
    """A thread that hands every look at the version rows to `publish`; survives the restart of the database."""

    def __init__(
        self,
        engine: Engine,
        publish: Callable[[dict[Key, int]], None],
        outages: Outages | None = None,
        poll_s: float = POLL_S,
    ) -> None:
        self._engine = engine
        self._outages = outages or Outages()
        self._publish = publish
        self._poll_s = poll_s
        self._stopping = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="store-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._wake.send(b"x")
        self._thread.join()
        self._wake.close()
        self._woken.close()

    def _run(self) -> None:
        retry_s, lost = _FIRST_RETRY_S, False
        while not self._stopping.is_set():
            try:
                with self._engine.connect() as conn:
                    # On the connection: what an engine says about it does not overrule the engine it was made from.
                    conn.execution_options(isolation_level="AUTOCOMMIT")
                    conn.execute(text(f"LISTEN {CHANNEL}"))
                    self._look(conn)
                    if lost:
                        log.warning("the database is back")
                    retry_s, lost = _FIRST_RETRY_S, False
                    self._follow(conn)
            except (SQLAlchemyError, OSError) as error:
                self._outages.failed(READING, f"the database does not answer: {first_line(error)}")
                if not lost:
                    log.warning("the database is lost: %s", first_line(error))
                lost = True
                self._stopping.wait(retry_s * random.uniform(0.5, 1))
                retry_s = min(retry_s * 2, _LAST_RETRY_S)

    def _look(self, conn: Connection) -> None:
        self._publish(read_versions(conn))
        self._outages.well(READING)

    def _follow(self, conn: Connection) -> None:
        """Until stopped: wait for a hint or for the poll, then look. Raises when the connection breaks."""
        driver: Any = conn.connection.driver_connection
        with selectors.DefaultSelector() as ready:
            ready.register(driver.fileno(), selectors.EVENT_READ)
            ready.register(self._woken, selectors.EVENT_READ)
            while not self._stopping.is_set():
                if ready.select(self._poll_s):
                    self._stopping.wait(_BURST_S)
                    for _ in driver.notifies(timeout=0):
                        pass  # all hints say the same
                self._look(conn)
