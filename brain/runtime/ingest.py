"""Everything feeds bring goes through here: gathered into batches, judged in memory, stored in one transaction each.

`done(True)` is told after the commit, never before. When the database is away the batch is kept and tried again, and
the full intake holds the feeds back. An item that the store cannot take is found by halving and becomes a dead letter,
so that it stops nobody else.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from random import Random

from brain.feed import Item, Rejected, Sink
from brain.model.alert import RuleState
from brain.model.case import Ticket
from brain.model.clock import Clock
from brain.model.facts import Facts
from brain.model.judge import RuleFailure, StateKey
from brain.model.reading import Device
from brain.model.reason import Reason
from brain.runtime.acceptance import Window
from brain.runtime.backoff import Backoff
from brain.runtime.batch import Batch, halves, prepare
from brain.runtime.health import Health
from brain.runtime.intake import Done, Intake, Offer
from brain.runtime.pen import Pen
from brain.runtime.refused import refused
from brain.runtime.transaction import Written, write_once
from brain.store.engine import Store
from brain.store.errors import StoreError, StoreUnavailable
from brain.store.judged import seen_devices
from brain.store.seal import Seal

CAPACITY = 40_000  # weight waiting for each feed
BATCH = 20_000  # weight of one transaction: under a second, so that people need not wait long for theirs
LONGEST_WAIT_S = 5.0  # between two tries of a lost database

log = logging.getLogger(__name__)


class Ingest:
    """One thread. `start` once, `close` to take nothing more, `stop` to end."""

    def __init__(
        self,
        store: Store,
        facts: Facts,
        clock: Clock,
        seal: Seal,
        health: Health,
        *,
        devices: dict[str, Device],
        states: dict[StateKey, RuleState],
        dead_letters_per_feed: int = 10_000,
        capacity: int = CAPACITY,
        batch: int = BATCH,
        random: Random | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        pen: Pen | None = None,
    ) -> None:
        """`devices` and `states` are what the store knows; they are kept up to date here after each commit."""
        self._store = store
        self._facts = facts
        self._clock = clock
        self._seal = seal
        self._health = health
        self._devices = devices
        self._states = states
        self._cap = dead_letters_per_feed
        self._pen = pen or Pen()
        self._batch = batch
        self._intake = Intake(capacity)
        self._backoff = Backoff(random or Random(), monotonic)
        self._stopping = threading.Event()
        self._register_changed = threading.Event()
        self._broken_rules: set[str] = set()
        self._brought_by: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def sink(self, feed: str, window: Window) -> Sink:
        """Where `feed` hands on its items. When ingest is closed, `done(False)` is told at once."""

        def put(items: Sequence[Item], done: Done | None = None) -> None:
            offer = Offer(feed, window, tuple(items), done)
            if not self._intake.put(offer):
                _tell([offer], False)

        return put

    def known_device(self, device_id: str) -> Device | None:
        """As committed."""
        return self._devices.get(device_id)

    def brought_by(self, device_id: str) -> str | None:
        """The feed that brought readings of a device here; None for one that was not heard since the start."""
        return self._brought_by.get(device_id)

    def look_again(self) -> None:
        """People changed the register: it is read before the next batch is judged."""
        self._register_changed.set()

    @property
    def waiting(self) -> int:
        """Items not yet stored."""
        return self._intake.waiting

    def close(self) -> None:
        """Take nothing more; feeds that wait for room are told so."""
        self._intake.close()

    def stop(self, timeout_s: float = 30.0) -> None:
        """Store what waits, if the database is there, and end. What is not stored is told `done(False)`."""
        self.close()
        self._stopping.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while offers := self._intake.take(self._batch):
            try:
                stored = self._settle(offers)
            except Exception:
                # A bug of ours must not end the one thread that all feeds depend on.
                log.exception("ingest could not settle a batch")
                stored = False
            _tell(offers, stored)

    def _settle(self, offers: Sequence[Offer]) -> bool:
        """Store the offers, item by item if it must be; False when the database stays away until the end."""
        self._read_register()
        try:
            batch = prepare(offers, self._facts, self.known_device, self._states, self._clock.now_ms())
            self._report_rules(batch.failures)
            written = self._write(batch)
        except StoreError:
            return False
        except Exception as error:
            return self._isolate(offers, error)
        self._adopt(batch, written)
        return True

    def _read_register(self) -> None:
        if not self._register_changed.is_set():
            return
        self._register_changed.clear()
        try:
            with self._store.read() as conn:
                self._devices.update((seen.device.id, seen.device) for seen in seen_devices(conn))
        except StoreUnavailable as error:
            self._register_changed.set()
            self._health.store_lost(str(error))

    def _write(self, batch: Batch) -> Written:
        """Try until the database takes it. Raises StoreUnavailable when told to stop meanwhile."""
        token = uuid.uuid4().hex
        while True:
            try:
                written = self._store.write(
                    lambda conn: write_once(conn, self._pen, token, batch, self._facts, self._seal, self._cap)
                ).result()
            except StoreUnavailable as error:
                self._health.store_lost(str(error))
                delay_s, _ = self._backoff.failed()
                if self._stopping.wait(min(delay_s, LONGEST_WAIT_S)):
                    raise
            else:
                self._backoff.well()
                self._health.store_back()
                return written

    def _isolate(self, offers: Sequence[Offer], error: Exception) -> bool:
        items = sum(len(offer.items) for offer in offers)
        if items > 1:
            first, second = halves(offers)
            # The second may hold a cursor: it must not be stored when the first is not.
            return self._settle(first) and self._settle(second)
        culprit = next(offer for offer in offers if offer.items)
        item = culprit.items[0]
        if isinstance(item, Rejected) and item.reason == Reason.STORE:
            log.error("feed %s: a dead letter cannot be stored: %s", culprit.feed, type(error).__name__)
            return True
        # The message of the error may repeat what is in the item: only its kind is told.
        log.error("feed %s: the store refuses a %s: %s", culprit.feed, type(item).__name__, type(error).__name__)
        return self._settle([Offer(culprit.feed, culprit.window, (_unstorable(item, error),))])

    def _adopt(self, batch: Batch, written: Written) -> None:
        # In this order: a feed that sees the counts move finds the devices there.
        self._devices.update(batch.devices)
        self._states.update(batch.states)
        for feed, share in batch.shares.items():
            self._brought_by.update((reading.device_id, feed) for reading in share.readings)
        for feed, counts in written.items():
            self._health.counted(feed, counts)

    def _report_rules(self, failures: Sequence[RuleFailure]) -> None:
        """A rule that breaks is logged once, however often it is asked; the others go on."""
        broken = {failure.rule_id: failure for failure in failures}
        for rule_id in broken.keys() - self._broken_rules:
            log.error("rule %s cannot be evaluated", rule_id, exc_info=broken[rule_id].error)
        self._broken_rules |= broken.keys()


def _unstorable(item: Item, error: Exception) -> Rejected:
    place = item.source_row if isinstance(item, Ticket) else type(item).__name__.lower()
    return refused(item, Reason.STORE, f"the store refuses it ({type(error).__name__}); see the log", place)


def _tell(offers: Sequence[Offer], stored: bool) -> None:
    for offer in offers:
        if offer.done is not None:
            try:
                offer.done(stored)
            except Exception:
                log.exception("feed %s: what it does after a commit failed", offer.feed)
