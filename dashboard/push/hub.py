"""Who must be told what changed. Each viewer has one slot that holds the latest counters it has not been told: a slow
viewer gets fewer, newer notices, never a queue."""

import asyncio
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from brain.model.area import AreaTree
from brain.store.engine import Store
from brain.store.version import Key, read_versions, version_area

INPUTS = ("alerts", "duty", "feeds", "indicators", "readings", "tickets", "warnings")
URGENT = "alerts"


class Slot:
    """What one viewer of one area has not been told yet. `due` is set when some of it need not wait any longer: alerts,
    and an input that was not told for `interval_s`. A change after a pause is told when it happens; only those that
    follow it are held back. Used on the running loop.

    A timer sets `due`; nobody waits with a time limit: a limit that runs out is an exception, a fifth of what a viewer
    cost (DECISIONS 77)."""

    def __init__(self, area_id: str, interval_s: float) -> None:
        self.area_id = area_id
        self.due = asyncio.Event()
        self._interval_s = interval_s
        self._pending: dict[str, int] = {}
        self._told_s: dict[str, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s = math.inf

    def put(self, name: str, n: int, now_s: float) -> None:
        self._pending[name] = n
        if self.due.is_set():
            return
        due_s = -math.inf if name == URGENT else self._told_s.get(name, -math.inf) + self._interval_s
        if now_s >= due_s:
            self.due.set()
        elif due_s < self._timer_s:
            self._stop_timer()
            self._timer_s = due_s
            self._timer = asyncio.get_running_loop().call_later(due_s - now_s, self.due.set)

    def beat(self) -> None:
        """Have the viewer told something, be it that there is nothing; what is held back keeps its time."""
        if not self._pending:
            self.due.set()

    def take(self, now_s: float) -> dict[str, int]:
        """The merged counters; the slot is empty afterwards."""
        taken, self._pending = self._pending, {}
        self._told_s |= dict.fromkeys(taken, now_s)
        self.due.clear()
        self._stop_timer()
        return taken

    def close(self) -> None:
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_s = None, math.inf


class Hub:
    """The counters as this process knows them, and the slots of its viewers. All but the store's own call happen on the
    event loop that called `start`."""

    def __init__(self, store: Store, tree: AreaTree) -> None:
        self._store = store
        self._tree = tree
        self._versions: dict[Key, int] = {}
        self._slots: dict[str, set[Slot]] = {}

    @contextmanager
    def started(self) -> Iterator[None]:
        """Follow the store from the running loop."""
        loop = asyncio.get_running_loop()

        def on_store_thread(news: Mapping[Key, int]) -> None:
            # A commit may be told while the loop is going down: nobody is left to hear it.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.take_over, news)

        unsubscribe = self._store.subscribe(on_store_thread)
        try:
            self.take_over(self._store.versions())
            yield
        finally:
            unsubscribe()

    def take_over(self, counters: Mapping[Key, int]) -> None:
        """Keep the counters that are newer than the known ones and put them into the slots of their areas."""
        now_s = time.monotonic()
        for key, n in counters.items():
            if n > self._versions.get(key, 0):
                self._versions[key] = n
                name, area_id = key
                for slot in self._slots.get(area_id, ()):
                    slot.put(name, n, now_s)

    def versions(self, area_id: str) -> dict[str, int]:
        """The counters a screen of this area follows, by input; 0 for what never changed. Raises KeyError."""
        followed = version_area(self._tree, area_id)
        return {name: self._versions.get((name, followed), 0) for name in INPUTS}

    async def refresh(self) -> None:
        """Read the counters from the database: another process may have told a viewer of newer ones than known here."""
        self.take_over(await asyncio.to_thread(self._read))

    def _read(self) -> dict[Key, int]:
        with self._store.read() as conn:
            return read_versions(conn)

    @contextmanager
    def slot(self, area_id: str, interval_s: float = 0.0) -> Iterator[Slot]:
        """A slot that hears of this area while the context lasts. Raises KeyError."""
        followed = version_area(self._tree, area_id)
        slot = Slot(followed, interval_s)
        self._slots.setdefault(followed, set()).add(slot)
        try:
            yield slot
        finally:
            slot.close()
            viewers = self._slots[followed]
            viewers.discard(slot)
            if not viewers:
                del self._slots[followed]

    @property
    def viewers(self) -> int:
        return sum(len(slots) for slots in self._slots.values())
