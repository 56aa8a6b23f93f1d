"""What runtime tests share: an ingest over a store, and items of the small city."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any

from sqlalchemy import Table, func, select

from brain.feed import Item
from brain.model.case import PrivatePart, Ticket
from brain.model.clock import Clock, WallClock
from brain.model.facts import Facts, FeedFacts, Name
from brain.model.reading import Device, Reading
from brain.runtime.acceptance import Window
from brain.runtime.health import Health
from brain.runtime.ingest import Ingest
from brain.store.engine import Store
from brain.store.judged import load_states, seen_devices
from brain.store.seal import Seal
from tests.small_city import small_city, small_devices

NOW_MS = 1_772_161_400_000  # 2026-02-27 11:03:20 in Shanghai
WEEK = Window(7 * 86_400_000, 300_000)
SEAL = Seal(bytes(range(32)))
FEEDS = {
    "iot": FeedFacts(Name("物联感知", "Sensors"), "readings", 300.0, True),
    "hotline": FeedFacts(Name("热线", "Hotline"), "tickets", 900.0, False),
}


class Kitchen:
    """An ingest with its health, over a store."""

    def __init__(self, store: Store, clock: Clock | None = None, facts: Facts | None = None, **more: Any) -> None:
        self.store = store
        self.facts = facts or small_city()
        self.clock = clock or WallClock(lambda: NOW_MS)
        self.health = Health(store, self.facts.tree, self.clock)
        self.health.start(FEEDS)
        with store.read() as conn:
            devices = {seen.device.id: seen.device for seen in seen_devices(conn)}
            states = load_states(conn, self.facts.rules)
        self.ingest = Ingest(
            store, self.facts, self.clock, SEAL, self.health, devices=devices, states=states, random=Random(1), **more
        )

    def offer(self, items: Sequence[Item], feed: str = "iot", window: Window = WEEK, patience_s: float = 20) -> bool:
        """Hand on and wait for the answer."""
        answers: list[bool] = []
        settled = threading.Event()

        def done(stored: bool) -> None:
            answers.append(stored)
            settled.set()

        self.ingest.sink(feed, window)(items, done)
        assert settled.wait(patience_s)
        assert len(answers) == 1
        return answers[0]

    def rows(self, table: Table) -> list[Any]:
        with self.store.read() as conn:
            return list(conn.execute(select(table).order_by(*table.primary_key)))

    def count(self, table: Table) -> int:
        with self.store.read() as conn:
            return int(conn.scalar(select(func.count()).select_from(table)) or 0)


@contextmanager
def kitchen(store: Store, **more: Any) -> Iterator[Kitchen]:
    """A running one."""
    made = Kitchen(store, **more)
    made.ingest.start()
    try:
        yield made
    finally:
        made.ingest.stop()


def device(number: int = 1, kind: str = "water") -> Device:
    return next(known for known in small_devices() if known.id == f"{kind}-{number}")


def reading(age_s: float = 0, value: float | None = 0.1, number: int = 1) -> Reading:
    return Reading(f"water-{number}", "water_level_m", NOW_MS - round(age_s * 1000), value, NOW_MS)


def ticket(number: str = "T-1", **changes: Any) -> Ticket:
    text = "王小测 13900000001 反映门前积水"
    private = PrivatePart(name="王小测", phone="13900000001", text=text, lon=113.05, lat=22.05)
    created_ms = NOW_MS - 3_600_000
    plain = Ticket("12345", number, created_ms, "water", "积水", "received", "02001", private, source_row="f.csv:2")
    return replace(plain, **changes)


class Faulty:
    """A store whose next writes fail with `error`, `times` times; `committed`: only the answer is lost."""

    def __init__(self, store: Store, error: Callable[[], Exception], times: int, committed: bool = False) -> None:
        self._store = store
        self._error = error
        self.left = times
        self._committed = committed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Callable[[Any], Any], *, people: bool = False) -> Any:
        def fails(conn: Any) -> Any:
            work(conn)  # as when the connection breaks at the commit
            raise self._error()

        if self.left:
            self.left -= 1
            if self._committed:
                self._store.write(work, people=people).result()
                lost: Future[Any] = Future()
                lost.set_exception(self._error())
                return lost
            return self._store.write(fails, people=people)
        return self._store.write(work, people=people)
