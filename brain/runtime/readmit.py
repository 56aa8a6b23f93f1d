"""Readings that were refused for their time, after the server's clock was mended: judged again by the clock of now and
stored like all others, each portion in one transaction with the letters it takes away."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from brain.feed import FeedSettings, Item, Rejected
from brain.model.alert import RuleState
from brain.model.clock import Clock
from brain.model.facts import Facts
from brain.model.judge import StateKey
from brain.model.reading import Device, Reading
from brain.model.reason import Reason
from brain.runtime.acceptance import Gate, Window
from brain.runtime.batch import prepare
from brain.runtime.city_store import make_clock, make_seal, open_city_store
from brain.runtime.feeding import wholly_alone
from brain.runtime.intake import Offer
from brain.runtime.pen import Pen
from brain.runtime.plan import CityPlan
from brain.runtime.transaction import write_once
from brain.store.connection import Connection
from brain.store.engine import Store
from brain.store.judged import load_states, seen_devices
from brain.store.letters import Letter, drop_letters, feeds_of_letters, letters_of
from brain.store.seal import Seal
from brain.store.write.feeds import FeedCounts

REASONS = (Reason.FUTURE, Reason.TOO_OLD)
AT_ONCE = 2000


@dataclass(slots=True)
class Readmitted:
    """`readmitted` were stored, or wait for their device; `absorbed` were there already; the letters of `still_refused`
    stay, as do those of `other`, which are no readings (tickets are brought anew by a copy of their file)."""

    readmitted: int = 0
    absorbed: int = 0
    still_refused: int = 0
    other: int = 0


class Readmission:
    """For a process that alone may write: no feed may be running meanwhile. Raises StoreUnavailable."""

    def __init__(self, store: Store, facts: Facts, clock: Clock, seal: Seal, dead_letters: int) -> None:
        self._store = store
        self._facts = facts
        self._clock = clock
        self._seal = seal
        self._cap = dead_letters
        with store.read() as conn:
            self._devices: dict[str, Device] = {seen.device.id: seen.device for seen in seen_devices(conn)}
            self._states: dict[StateKey, RuleState] = load_states(conn, facts.rules)

    def run(self, windows: Mapping[str, Window], *, try_only: bool = False) -> dict[str, Readmitted]:
        """By feed; `windows`: what each that is configured accepts. `try_only`: store nothing, count what would be."""
        with self._store.read() as conn:
            former = sorted(feeds_of_letters(conn) - windows.keys())
        every = dict(windows) | {feed: _window_of_former(feed, windows) for feed in former}
        return {feed: self._feed(feed, window, try_only) for feed, window in every.items()}

    def _feed(self, feed: str, window: Window, try_only: bool) -> Readmitted:
        count = Readmitted()
        after = ""
        while letters := self._letters(feed, after):
            after = letters[-1].id
            self._some(feed, window, letters, count, try_only)
        return count

    def _letters(self, feed: str, after: str) -> tuple[Letter, ...]:
        with self._store.read() as conn:
            return letters_of(conn, feed, REASONS, after, AT_ONCE)

    def _some(self, feed: str, window: Window, letters: tuple[Letter, ...], count: Readmitted, try_only: bool) -> None:
        now_ms = self._clock.now_ms()
        gate = Gate(self._facts, self._devices.get, now_ms)
        taken: list[Item] = []
        ids: list[str] = []
        for letter in letters:
            reading = reading_of(letter.payload)
            if reading is None:
                count.other += 1
            elif isinstance(gate.check(reading, window), Rejected):
                count.still_refused += 1
            else:
                taken.append(reading)
                ids.append(letter.id)
        if try_only or not taken:
            count.readmitted += len(taken)
            return
        written = self._write(Offer(feed, window, taken), ids, now_ms)
        count.absorbed += written.repeated
        count.readmitted += len(taken) - written.repeated

    def _write(self, offer: Offer, ids: list[str], now_ms: int) -> FeedCounts:
        batch = prepare([offer], self._facts, self._devices.get, self._states, now_ms)
        token, pen = uuid.uuid4().hex, Pen("readmit")

        def work(conn: Connection) -> FeedCounts:
            written = write_once(conn, pen, token, batch, self._facts, self._seal, self._cap)
            drop_letters(conn, offer.feed, ids)
            return written[offer.feed]

        counts = self._store.write(work).result()
        self._states.update(batch.states)
        return counts


def _window_of_former(feed: str, windows: Mapping[str, Window]) -> Window:
    """What the parts accept of a feed that was parted, or the other way round; else what feeds accept unless told."""
    once = feed.partition("-")[0]
    kin = (window for name, window in windows.items() if name.partition("-")[0] == once)
    return next(kin, Window.of(FeedSettings()))


def reading_of(payload: bytes) -> Reading | None:
    """The reading that a dead letter keeps; None where it keeps something else."""
    try:
        said = orjson.loads(payload)
        if isinstance(said, dict) and said.keys() == {"device_id", "metric", "at_ms", "value", "received_ms"}:
            return Reading(**said)
    except orjson.JSONDecodeError:
        return _as_once(payload)
    return None


def _as_once(payload: bytes) -> Reading | None:
    """As releases before 0004 of the store wrote it: device, metric, time, value."""
    parts = payload.decode("utf-8", "replace").split(" ")
    try:
        device_id, metric, at_ms, value = parts
        return Reading(device_id, metric, int(at_ms), None if value == "None" else float(value), int(at_ms))
    except ValueError:
        return None


def readmit(plan: CityPlan, try_only: bool) -> list[str]:
    """What `app.py readmit` does, and what it says of it. Raises CannotStart where feeds run, StoreError."""
    cap = plan.settings.config.retention.dead_letters_per_feed
    seal = make_seal(plan)
    with open_city_store(plan) as store, wholly_alone(plan, store):
        again = Readmission(store, plan.facts, make_clock(plan, store), seal, cap)
        windows = {entry.name: Window.of(entry.settings) for entry in plan.settings.feeds}
        counts = again.run(windows, try_only=try_only)
    would = "would be " if try_only else ""
    return [
        f"{feed}: {count.readmitted} {would}readmitted, {count.absorbed} absorbed, "
        f"{count.still_refused} still refused, {count.other} are no readings and stay"
        for feed, count in counts.items()
    ] or ["no feed is configured: there is nothing to readmit"]
