"""Shards of feeds, spread over the processes that live: each is run by one at a time, and soon by another one if that
dies. DECISIONS.md says why it is done by signs of life and not by times of day."""

import itertools
import logging
import threading
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from brain.runtime.seat import Seat
from brain.store.claims import (
    Workers,
    forget_worker,
    give_up_shard,
    holds_shard,
    say_alive,
    seen_workers,
    take_shard,
)
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable

TURN_S = 1.0
LOOKS = 7  # without a sign of life; who gave none is then taken for dead
log = logging.getLogger(__name__)

Start = Callable[[str, Callable[[], bool]], AbstractContextManager[object]]
"""Runs a shard until it is left. It may connect to its source while the second argument says that it is ours."""


class Shards:
    """Those of `names` that this process runs. `seat` (a file of this process in `folder`) lets others of this machine
    know at once that it is gone."""

    def __init__(self, store: Store, names: Sequence[str], start: Start, folder: Path) -> None:
        self.holder = uuid.uuid4().hex
        self._store = store
        self._names = tuple(names)
        self._start = start
        self._folder = folder
        self._running: dict[str, ExitStack] = {}
        self._beats = itertools.count()
        self._silent: dict[str, tuple[str, int]] = {}  # by holder: its sign, and how often it was seen

    @property
    def running(self) -> frozenset[str]:
        return frozenset(self._running)

    def beat(self) -> None:
        """Raises StoreUnavailable."""
        beat = next(self._beats)
        self._store.write(lambda conn: say_alive(conn, self.holder, beat), people=True).result()

    def turn(self) -> None:
        """One look at who lives and who has what; take what is free, let go of what others should have. Raises
        StoreUnavailable."""
        with self._store.read() as conn:
            seen = seen_workers(conn)
        gone = self._gone(seen)
        living = {holder for holder in seen.signs if holder not in gone} | {self.holder}
        holders = {name: seen.holders.get(name, "") for name in self._names}
        for name in [name for name in self._running if holders[name] != self.holder]:
            log.error("shard %s was taken over by another process", name)
            self._end(name)
        self._give_back(holders)
        free = [name for name, holder in holders.items() if holder not in living]
        for name in free:
            if loads(holders, living)[self.holder] > min(loads(holders, living).values()):
                break
            if self._take(name, gone | {holders[name]}):
                holders[name] = self.holder
        if not free and self._running and is_to_give(holders, living, self.holder):
            self._give_up(min(self._running))
        for holder in gone:
            self._forget(holder)

    def end(self) -> None:
        for name in list(self._running):
            self._give_up(name)
        self._store.write(lambda conn: forget_worker(conn, self.holder), people=True).result()

    def _forget(self, holder: str) -> None:
        self._store.write(lambda conn: forget_worker(conn, holder), people=True).result()
        self._silent.pop(holder, None)
        _seat_of(self._folder, holder).unlink(missing_ok=True)

    def _gone(self, seen: Workers) -> set[str]:
        gone = set()
        for holder, sign in seen.signs.items():
            before, times = self._silent.get(holder, ("", 0))
            self._silent[holder] = (sign, times + 1 if sign == before else 0)
            if holder != self.holder and (self._silent[holder][1] >= LOOKS or is_known_gone(self._folder, holder)):
                gone.add(holder)
        return gone

    def _give_back(self, holders: dict[str, str]) -> None:
        """What the database says is ours and does not run: an answer of the database was lost, or it did not start.
        Nobody else would ever take it, since we live."""
        for name in [name for name, holder in holders.items() if holder == self.holder and name not in self._running]:
            self._write_free(name)
            holders[name] = ""

    def _take(self, name: str, gone: Collection[str]) -> bool:
        """Whether it runs here now. Of one that does not start the next turn gives back what it took."""
        if not self._store.write(lambda conn: take_shard(conn, name, self.holder, gone), people=True).result():
            return False
        stack = ExitStack()
        try:
            stack.enter_context(self._start(name, lambda: self._ours(name)))
        except StoreUnavailable:
            raise
        except Exception:  # the others are not to wait for it
            log.exception("shard %s does not start here", name)
            return False
        self._running[name] = stack
        log.info("shard %s is run here", name)
        return True

    def _ours(self, name: str) -> bool:
        with self._store.read() as conn:
            return holds_shard(conn, name, self.holder)

    def _end(self, name: str) -> None:
        self._running.pop(name).close()

    def _give_up(self, name: str) -> None:
        """Its connection is ended before another process may have it."""
        self._end(name)
        log.info("shard %s is given up", name)
        self._write_free(name)

    def _write_free(self, name: str) -> None:
        self._store.write(lambda conn: give_up_shard(conn, name, self.holder), people=True).result()


def loads(holders: Mapping[str, str], living: Collection[str]) -> dict[str, int]:
    """How many shards each of the living has."""
    return {holder: sum(other == holder for other in holders.values()) for holder in living}


def is_to_give(holders: Mapping[str, str], living: Collection[str], ours: str) -> bool:
    """Whether it is for us to let go of one: we have the most (of several the first by name), another has two less."""
    load = loads(holders, living)
    most = min(holder for holder in living if load[holder] == max(load.values()))
    return most == ours and load[ours] - min(load.values()) >= 2


def is_known_gone(folder: Path, holder: str) -> bool:
    """Whether it was a process of this machine (and this folder) that has ended."""
    path = _seat_of(folder, holder)
    if not path.exists():
        return False
    with Seat(path) as seat:
        return seat.gone == holder


def _seat_of(folder: Path, holder: str) -> Path:
    return folder / f"worker-{holder}.lock"


class Working:
    """Runs `shards` on threads of its own: one says that this process lives, the other one acts, which may take
    long."""

    def __init__(self, shards: Shards, folder: Path) -> None:
        self._shards = shards
        self._path = _seat_of(folder, shards.holder)
        self._over = threading.Event()
        self._stack = ExitStack()
        self._threads = [
            threading.Thread(target=self._again, args=(step,), name=f"shards-{name}", daemon=True)
            for name, step in (("beat", shards.beat), ("turn", shards.turn))
        ]

    def __enter__(self) -> Self:
        """Raises StoreUnavailable, CannotStart."""
        self._stack.enter_context(Seat(self._path)).sit(self._shards.holder)
        self._shards.beat()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in reversed(self._threads):
            thread.join()
        try:
            self._shards.end()
        except StoreUnavailable as unavailable:
            log.warning("the shards could not be given up: %s", unavailable)
        self._stack.close()
        self._path.unlink(missing_ok=True)

    def _again(self, step: Callable[[], None]) -> None:
        while True:
            try:
                step()
            except StoreUnavailable as error:
                log.warning("shards wait for the store: %s", error)
            except Exception:
                log.exception("shards: a turn failed")
            if self._over.wait(TURN_S):
                return
