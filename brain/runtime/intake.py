"""The queues between feeds and the ingest thread: one for each feed, bounded, so that a slow store slows the feeds down
and a feed with a year to tell does not hold up the one that has news."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from brain.feed import Item
from brain.model.case import Ticket
from brain.runtime.acceptance import Window

Done = Callable[[bool], None]

TICKET_WEIGHT = 50  # a ticket is masked, encrypted and given deadlines: it costs about as much as so many readings


@dataclass(frozen=True, slots=True)
class Offer:
    """What a feed handed on at once. `done` is told once whether it is stored."""

    feed: str
    window: Window
    items: Sequence[Item]
    done: Done | None = None

    @property
    def weight(self) -> int:
        return sum(TICKET_WEIGHT if isinstance(item, Ticket) else 1 for item in self.items)


class Intake:
    """Many feeds put, one thread takes."""

    def __init__(self, capacity: int) -> None:
        """`capacity` is the weight that may wait for each feed. A heavier offer is let in when it is alone."""
        self._capacity = capacity
        self._changed = threading.Condition()
        self._queues: dict[str, deque[tuple[Offer, int]]] = {}
        self._weights: dict[str, int] = {}
        self._closed = False

    def put(self, offer: Offer) -> bool:
        """Wait for room; False when the intake is closed, and the offer is not taken."""
        weight, feed = offer.weight, offer.feed
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._has_room(feed, weight))
            if self._closed:
                return False
            self._queues.setdefault(feed, deque()).append((offer, weight))
            self._weights[feed] = self._weights.get(feed, 0) + weight
            self._changed.notify_all()
            return True

    def take(self, most: int) -> list[Offer]:
        """What waits, up to a weight of `most` (at least one offer), the feeds in turn and each in its order; waits for
        some. Empty when closed and drained. A batch ends where the queues do: waiting for more would only add age."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or any(self._queues.values()))
            taken: list[Offer] = []
            left = most
            while feed := self._next(left, bool(taken)):
                offer, weight = self._queues[feed].popleft()
                # To the end of the line, so that the next batch begins with another feed.
                self._queues[feed] = self._queues.pop(feed)
                self._weights[feed] -= weight
                left -= weight
                taken.append(offer)
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Nothing more is let in; what waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """Items in all queues."""
        with self._changed:
            return sum(len(offer.items) for queue in self._queues.values() for offer, _ in queue)

    def _has_room(self, feed: str, weight: int) -> bool:
        there = self._weights.get(feed, 0)
        return there == 0 or there + weight <= self._capacity

    def _next(self, left: int, some: bool) -> str | None:
        """The feed whose turn it is: the first in line whose oldest offer still fits."""
        fitting = (name for name, queue in self._queues.items() if queue and (not some or queue[0][1] <= left))
        return next(fitting, None)
