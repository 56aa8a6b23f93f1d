"""The one way into the store: a queue of transactions, people first, performed by one thread (SQLite) or a few."""

import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from brain.store.errors import StoreError, StoreUnavailable, outages_told
from brain.store.outage import WRITING, Outages
from brain.store.version import Key, count_up, start_noting

T = TypeVar("T")

_PEOPLE, _FEEDS, _END = range(3)
_TRIES = 5
# PostgreSQL: serialization failure and deadlock. The database chose this transaction to give way; it may run again.
_GIVE_WAY = {"40001", "40P01"}


@dataclass(slots=True)
class _Job(Generic[T]):
    work: Callable[[Connection], T]
    future: "Future[T]"


class Writer:
    """Runs each work in a transaction of its own; `committed` hears which versions it counted up.

    `real_ms` is real time for the version rows."""

    def __init__(
        self,
        engine: Engine,
        threads: int,
        committed: Callable[[dict[Key, int]], None],
        real_ms: Callable[[], int],
        outages: Outages | None = None,
    ) -> None:
        self._engine = engine
        self._outages = outages or Outages()
        self._committed = committed
        self._real_ms = real_ms
        self._queue: queue.PriorityQueue[tuple[int, int, _Job[Any] | None]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._closed = False
        # Daemons: a program that fails without closing the store ends; its unfinished transactions are rolled back.
        self._threads = [
            threading.Thread(target=self._run, name=f"store-writer-{n}", daemon=True) for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[Connection], T], people: bool) -> "Future[T]":
        job = _Job(work, Future[T]())
        with self._lock:
            if self._closed:
                job.future.set_exception(StoreError("the store is closed"))
            else:
                self._queue.put((_PEOPLE if people else _FEEDS, next(self._order), job))
        return job.future

    def close(self) -> None:
        """Perform what is queued, then end. Called again it only waits."""
        with self._lock:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._queue.put((_END, next(self._order), None))
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while True:
            job = self._queue.get()[2]
            if job is None:
                return
            self._perform(job)
            del job  # the answer belongs to the caller; an idle thread must not keep it alive

    def _perform(self, job: _Job[T]) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        try:
            answer, counters = self._with_retries(job.work)
        except BaseException as error:  # the thread must live on, whatever the work raised
            if isinstance(error, StoreUnavailable):
                self._outages.failed(WRITING, str(error))
            job.future.set_exception(error)
            return
        self._outages.well(WRITING)
        self._committed(counters)
        job.future.set_result(answer)

    def _with_retries(self, work: Callable[[Connection], T]) -> tuple[T, dict[Key, int]]:
        for left in reversed(range(_TRIES)):
            try:
                with outages_told():
                    return self._transaction(work)
            except Exception as error:
                if not left or not _must_give_way(error):
                    raise
        raise AssertionError("unreachable")

    def _transaction(self, work: Callable[[Connection], T]) -> tuple[T, dict[Key, int]]:
        with self._engine.begin() as conn:
            start_noting(conn)
            answer = work(conn)
            return answer, count_up(conn, self._real_ms())


def _must_give_way(error: Exception) -> bool:
    cause = error if isinstance(error, DBAPIError) else error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) in _GIVE_WAY
