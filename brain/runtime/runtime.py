"""The running brain, or a shard of it: store in, feeds and jobs going. One object to start and to stop."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any

from brain.model.clock import Clock
from brain.model.facts import Facts
from brain.model.release import VERSION
from brain.runtime.admitted import ADMITTED_S, Admitted
from brain.runtime.health import Health
from brain.runtime.holds import HOLDS_S, Holds
from brain.runtime.ingest import Ingest
from brain.runtime.jobs import Jobs
from brain.runtime.pen import Pen, take_pen
from brain.runtime.schedule import Schedule
from brain.runtime.supervisor import FeedUnit, Supervisor
from brain.store.device_states import REGISTER
from brain.store.engine import Store
from brain.store.judged import load_states, seen_devices
from brain.store.meta import note_started
from brain.store.seal import Seal
from brain.store.version import Key
from brain.store.write.feeds import load_cursor

FLUSH_S = 1.0
_THREADS_BESIDE_PULLS = 6  # jobs of the brain itself: a pull that hangs must not hold them up


def _two(first: Random) -> tuple[Random, Random]:
    return Random(first.getrandbits(64)), Random(first.getrandbits(64))


class Runtime:
    """`start` returns when feeds are running (not: connected). `stop` returns when what they brought is stored."""

    def __init__(
        self,
        store: Store,
        facts: Facts,
        clock: Clock,
        seal: Seal,
        units: Sequence[FeedUnit],
        *,
        retention_days: Mapping[str, int],
        retention_of_kinds: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
        dead_letters_per_feed: int = 10_000,
        seed: int | None = None,
        shard: str = "",
    ) -> None:
        """`shard`: only what belongs to its feed is done; all else where it is "". `facts.feeds` has every unit. Reads
        what the store knows of devices and rules. Raises StoreUnavailable."""
        self._shard = shard
        ours, tries = _two(Random(seed))
        self._store = store
        self._facts = facts
        self._feeds = {unit.name: facts.feeds[unit.name] for unit in units}
        self.health = Health(store, facts.tree, clock)
        self.ingest = Ingest(
            store,
            facts,
            clock,
            seal,
            self.health,
            dead_letters_per_feed=dead_letters_per_feed,
            random=ours,
            **_taken_up(store, facts, shard),
        )
        self.schedule = Schedule(threads=_THREADS_BESIDE_PULLS + sum(unit.module.MODE == "pull" for unit in units))
        self.jobs = Jobs(store, facts, clock, self.health, retention_days, time.monotonic(), retention_of_kinds)
        self.holds = Holds(store, facts, clock, self.health, self.ingest, self._is_ours)
        self.admitted = Admitted(store, self.health, self.ingest, self._is_ours)
        cursor = self._cursor_of
        self.supervisor = Supervisor(units, self.ingest, self.schedule, self.health, facts, clock, cursor, tries)

    _deaf: Callable[[], None] | None = None  # ends the subscription to changes

    def _is_ours(self, feed: str) -> bool:
        """A feed that was renamed, removed or parted is seen to once in a city."""
        return feed in self._feeds or (not self._shard and feed not in self._facts.feeds)

    def _cursor_of(self, feed: str) -> str | None:
        with self._store.read() as conn:
            return load_cursor(conn, feed)

    def start(self) -> None:
        """Raises StoreUnavailable."""
        if not self._shard:
            real_ms = self.jobs.wall_ms()
            self._store.write(lambda conn: note_started(conn, real_ms, VERSION)).result()
        self._deaf = self._store.subscribe(self._heard)
        self.health.start(self._feeds)
        self.ingest.start()
        self.schedule.every("feed state", FLUSH_S, self.health.flush)
        if not self._shard:
            self.jobs.plan(self.schedule)
        self.schedule.every("admitted devices", ADMITTED_S, self.admitted.sweep)
        self.schedule.every("hold sweep", HOLDS_S, self.holds.sweep)
        self.schedule.start()
        self.supervisor.start()

    def stop(self) -> None:
        """Feeds first, then what they brought, then the jobs; the last states are written."""
        self.supervisor.stop()
        self.ingest.stop()
        self.schedule.stop()
        self.health.close()
        if self._deaf is not None:
            self._deaf()

    def _heard(self, news: Mapping[Key, int]) -> None:
        if any(name == REGISTER for name, _ in news):
            self.ingest.look_again()


def _taken_up(store: Store, facts: Facts, shard: str) -> dict[str, Any]:
    """For ingest: the pen, and then what rules and register know, as nobody else writes to it any more."""
    pen = Pen(shard, uuid.uuid4().hex)
    store.write(lambda conn: take_pen(conn, pen)).result()
    with store.read() as conn:
        devices = {seen.device.id: seen.device for seen in seen_devices(conn)}
        return {"pen": pen, "devices": devices, "states": load_states(conn, facts.rules)}
