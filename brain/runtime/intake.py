"""The queue between feeds and the ingest thread: bounded by items, so that a slow store slows the feeds down."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from brain.feed import Item
from brain.runtime.acceptance import Window

Done = Callable[[bool], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a feed handed on at once. `done` is told once whether it is stored."""

    feed: str
    window: Window
    items: Sequence[Item]
    done: Done | None = None


class Intake:
    """Many feeds put, one thread takes."""

    def __init__(self, capacity: int) -> None:
        """`capacity` is in items. An offer larger than that is let in when it is alone."""
        self._capacity = capacity
        self._changed = threading.Condition()
        self._offers: deque[Offer] = deque()
        self._items = 0
        self._closed = False

    def put(self, offer: Offer) -> bool:
        """Wait for room; False when the intake is closed, and the offer is not taken."""
        size = len(offer.items)
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._items or self._items + size <= self._capacity)
            if self._closed:
                return False
            self._offers.append(offer)
            self._items += size
            self._changed.notify_all()
            return True

    def take(self, most: int) -> list[Offer]:
        """What waits, oldest first, up to `most` items (at least one offer); waits for some. Empty when closed and
        drained. A batch ends where the queue does: waiting for more would only add age."""
        with self._changed:
            self._changed.wait_for(lambda: self._offers or self._closed)
            taken: list[Offer] = []
            items = 0
            while self._offers and (not taken or items + len(self._offers[0].items) <= most):
                taken.append(self._offers.popleft())
                items += len(taken[-1].items)
            self._items -= items
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Nothing more is let in; what waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """Items in the queue."""
        with self._changed:
            return self._items
