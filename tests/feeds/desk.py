"""What feed tests share: a context that records what a feed hands on."""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from brain.feed import Cursor, FeedContext, Item, Rejected
from brain.model.case import Ticket
from brain.model.clock import Clock, WallClock
from brain.model.facts import Facts
from brain.model.indicator import IndicatorValue
from brain.model.reading import Device, Reading
from tests.small_city import small_city

NOW_MS = 1_772_161_400_000  # 2026-02-27 11:03:20 in Shanghai


@cache
def _facts(tz: str) -> Facts:
    return small_city(tz)  # never changed, and slow to make for every example


@dataclass
class Desk:
    """Takes the place of ingest. Everything handed on is at once committed, unless `hold` is set."""

    now_ms: int = NOW_MS
    tz: str = "Asia/Shanghai"
    known: dict[str, Device] = field(default_factory=dict)
    cursor: str | None = None
    hold: bool = False
    clock: Clock | None = None

    def __post_init__(self) -> None:
        self.stopping = threading.Event()
        self.items: list[Item] = []
        self.held: list[Callable[[bool], None]] = []
        self.notes: list[str] = []
        self.alive = threading.Event()
        self.facts = _facts(self.tz)
        self.memory: dict[str, object] = {}  # outlives connections, as in one process

    def sink(self, items: Sequence[Item], done: Callable[[bool], None] | None = None) -> None:
        self.items.extend(items)
        for item in items:
            if isinstance(item, Device):
                self.known[item.id] = item
            if isinstance(item, Cursor):
                self.cursor = item.value
        if done is not None and self.hold:
            self.held.append(done)
        elif done is not None:
            done(True)

    def context(self, name: str, generation: int = 0) -> FeedContext:
        return FeedContext(
            name=name,
            clock=self.clock or WallClock(lambda: self.now_ms),
            sink=self.sink,
            stopping=self.stopping,
            areas=self.facts.tree,
            metrics=dict(self.facts.metrics),
            indicators=self.facts.indicators,
            known_device=self.known.get,
            cursor=lambda: self.cursor,
            random=random.Random(7),
            tz=self.tz,
            alive=self.alive.set,
            note=self.notes.append,
            generation=generation,
            memory=self.memory,
        )

    @property
    def readings(self) -> list[Reading]:
        return [item for item in self.items if isinstance(item, Reading)]

    @property
    def tickets(self) -> list[Ticket]:
        return [item for item in self.items if isinstance(item, Ticket)]

    @property
    def figures(self) -> list[IndicatorValue]:
        return [item for item in self.items if isinstance(item, IndicatorValue)]

    @property
    def rejected(self) -> list[Rejected]:
        return [item for item in self.items if isinstance(item, Rejected)]

    @property
    def reasons(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for item in self.rejected:
            found[item.reason] = found.get(item.reason, 0) + 1
        return found
