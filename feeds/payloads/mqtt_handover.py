"""Messages of one connection on their way to the store, and the way back of what may be acknowledged.

Three threads meet here: the network's puts messages and asks what to acknowledge, its own reads them and hands the
items on (and may be held up by the store), the store's tells what is committed. A handover belongs to one connection:
what the store says after its end reaches nobody, so that no message is acknowledged on another connection than it came
by.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Self

from brain.feed import Item, Sink, Unavailable
from feeds.payloads.json_readings import Message

_AT_ONCE = 200  # messages per offer: few enough that the first of a burst is not late


class Handover:
    """`wake` is called when there is something to acknowledge or to raise."""

    def __init__(self, name: str, read: Callable[[Message], list[Item]], sink: Sink, wake: Callable[[], None]) -> None:
        self._read = read
        self._sink = sink
        self._wake = wake
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Message, int]] = deque()
        self._settled: list[int] = []
        self._under_way = 0
        self._stopped = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"{name}-handover", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
        self._thread.join()

    def finish(self, patience_s: float) -> list[int]:
        """Begin nothing more, give what is on its way to the store `patience_s` to arrive; what may be acknowledged."""
        with self._changed:
            self._stopped = True
            self._under_way -= len(self._waiting)  # not begun: the broker keeps them
            self._waiting.clear()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._under_way or self._failure is not None, patience_s)
            told, self._settled = self._settled, []
            return told

    def put(self, message: Message, mid: int) -> None:
        """`mid` is what to acknowledge, 0 for nothing."""
        with self._changed:
            self._waiting.append((message, mid))
            self._under_way += 1
            self._changed.notify_all()

    @property
    def under_way(self) -> int:
        """Messages received and neither stored nor refused yet."""
        with self._changed:
            return self._under_way

    def settled(self) -> list[int]:
        """What may be acknowledged now, in the order it came; each is told once. Raises what went wrong instead."""
        with self._changed:
            if self._failure is not None:
                raise self._failure
            told, self._settled = self._settled, []
            return told

    def _run(self) -> None:
        try:
            while batch := self._next():
                items = [item for message, _ in batch for item in self._read(message)]
                mids = [mid for _, mid in batch]
                self._sink(items, lambda stored, mids=mids: self._told(stored, mids))  # type: ignore[misc]
        except BaseException as error:  # told to the network's thread, which ends the connection
            self._fail(error)

    def _next(self) -> list[tuple[Message, int]]:
        """The next messages; none at all when it is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopped)
            return [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]

    def _told(self, stored: bool, mids: list[int]) -> None:
        if not stored:
            self._fail(Unavailable("the store did not take the messages; they will be delivered again"))
            return
        with self._changed:
            self._under_way -= len(mids)
            self._settled.extend(mid for mid in mids if mid)
            self._changed.notify_all()
        self._wake()

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._failure = self._failure or error
            self._changed.notify_all()
        self._wake()
