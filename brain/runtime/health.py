"""How the feeds are: status, cause, counts. Kept in memory, written at once when a status changes, else once a second.

Logs a lost source once, and once when it is back; so it does with the store itself, whose loss cannot be stored.
"""

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from brain.model.area import AreaTree
from brain.model.clock import Clock
from brain.model.facts import FeedFacts
from brain.store.connection import Connection
from brain.store.engine import Store
from brain.store.write.feeds import FeedCounts, FeedStatus, count_items, save_feed_state

WELL, STARTING, STOPPED = "well", "starting", "stopped"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Feed:
    """`unwritten`: the status changed since it was written. `writing`: a write is under way; two could overtake."""

    status: FeedStatus
    counts: FeedCounts = field(default_factory=FeedCounts)
    note: str = ""
    unwritten: bool = False
    writing: bool = False
    lost: bool = False  # said so in the log


class Health:
    """All methods may be called from any thread; none waits for the store but `start`."""

    def __init__(self, store: Store, tree: AreaTree, clock: Clock) -> None:
        self._store = store
        self._tree = tree
        self._clock = clock
        self._lock = threading.Condition()
        self._feeds: dict[str, _Feed] = {}
        self._store_trouble = ""

    def start(self, feeds: Mapping[str, FeedFacts]) -> None:
        """Make the rows of all feeds, so that counts and cursors have a place. Raises StoreUnavailable."""
        now_ms = self._clock.now_ms()
        for name, facts in feeds.items():
            status = FeedStatus(name, facts.input, STARTING, now_ms, facts.stale_after_s, facts.simulated)
            self._feeds[name] = _Feed(status)

        def write(conn: Connection) -> None:
            for name in sorted(self._feeds):
                save_feed_state(conn, self._tree, self._feeds[name].status)

        self._store.write(write).result()

    def told(self, feed: str, status: str, cause: str = "", failures: int = 0, next_try_ms: int | None = None) -> None:
        """The supervisor's word on a feed. `cause` is one line for people, `next_try_ms` city time."""
        now_ms = self._clock.now_ms()
        with self._lock:
            known = self._feeds[feed]
            before = known.status
            said = known.note if status == WELL else cause
            after = replace(before, status=status, cause=said, failures=failures, next_try_ms=next_try_ms)
            if before.status != status:
                after = replace(after, since_ms=now_ms)
            if WELL in (before.status, status):
                after = replace(after, last_well_ms=now_ms)
            if replace(after, last_well_ms=before.last_well_ms) == before:
                return
            known.status, known.unwritten = after, True
            self._log(known, after)
        self._write(feed)

    def note(self, feed: str, text: str) -> None:
        """A lasting remark of a feed that is well."""
        with self._lock:
            known = self._feeds[feed]
            known.note = text
            if known.status.status != WELL or known.status.cause == text:
                return
            known.status, known.unwritten = replace(known.status, cause=text), True
        self._write(feed)

    def counted(self, feed: str, counts: FeedCounts) -> None:
        """Add what a committed batch brought; written with the next `flush`. A feed that is no more has no counts."""
        with self._lock:
            if (known := self._feeds.get(feed)) is None:
                return
            known.counts = _sum(known.counts, counts)

    def flush(self) -> None:
        """Write what is not yet written. The schedule calls it each second."""
        for feed in list(self._feeds):
            self._write(feed)

    def close(self, timeout_s: float = 10.0) -> None:
        """Write what is not yet written and wait for it; given up when the store is away."""
        for _ in range(2):  # what was under way at the first may have left something behind
            with self._lock:
                self._lock.wait_for(lambda: not any(known.writing for known in self._feeds.values()), timeout_s)
            self.flush()
        with self._lock:
            self._lock.wait_for(lambda: not any(known.writing for known in self._feeds.values()), timeout_s)

    def status(self, feed: str) -> FeedStatus:
        with self._lock:
            return self._feeds[feed].status

    @property
    def feeds(self) -> frozenset[str]:
        """Those that are run here."""
        return frozenset(self._feeds)

    def lost_feeds(self) -> frozenset[str]:
        """Feeds that are not well: what they would have brought is not missing by its own fault."""
        with self._lock:
            return frozenset(name for name, known in self._feeds.items() if known.status.status != WELL)

    @property
    def store_trouble(self) -> str:
        """Why the store does not take anything now; empty when it does."""
        return self._store_trouble

    def store_lost(self, cause: str) -> None:
        if not self._store_trouble:
            log.warning("the store is lost, feeds wait: %s", cause)
        self._store_trouble = cause

    def store_back(self) -> None:
        if self._store_trouble:
            log.warning("the store is back")
        self._store_trouble = ""

    def _write(self, feed: str) -> None:
        with self._lock:
            known = self._feeds[feed]
            counts = known.counts
            status = known.status if known.unwritten else None
            if known.writing or (status is None and counts == FeedCounts()):
                return
            known.writing, known.unwritten, known.counts = True, False, FeedCounts()
        now_ms = self._clock.now_ms()

        def work(conn: Connection) -> None:
            if status is not None:
                save_feed_state(conn, self._tree, status)
            if counts != FeedCounts():
                count_items(conn, self._tree, feed, counts, now_ms)

        self._store.write(work).add_done_callback(lambda future: self._written(feed, status, counts, future))

    def _written(self, feed: str, status: FeedStatus | None, counts: FeedCounts, future: "Future[None]") -> None:
        failed = future.cancelled() or future.exception() is not None
        with self._lock:
            known = self._feeds[feed]
            known.writing = False
            if failed:  # the next flush tries again
                known.unwritten = known.unwritten or status is not None
                known.counts = _sum(counts, known.counts)
            again = known.unwritten and not failed
            self._lock.notify_all()
        if again:
            self._write(feed)

    def _log(self, known: _Feed, after: FeedStatus) -> None:
        if after.status == WELL and known.lost:
            log.warning("feed %s is back", after.feed)
            known.lost = False
        elif after.status not in (WELL, STARTING, STOPPED) and not known.lost:
            words = after.cause.partition(" ")[2] if after.cause.startswith("cause.") else after.cause
            log.warning("feed %s is %s: %s", after.feed, after.status, words)
            known.lost = True


def _sum(one: FeedCounts, other: FeedCounts) -> FeedCounts:
    newest = [ms for ms in (one.last_item_ms, other.last_item_ms) if ms is not None]
    return FeedCounts(
        one.accepted + other.accepted,
        one.refused + other.refused,
        one.repeated + other.repeated,
        max(newest, default=None),
    )
