"""Messages of one connection on their way to the store, and the way back of what may be acknowledged.

Three threads meet here, once for many messages: the network's puts them and asks what to acknowledge, its own reads
them and hands the items on (and may be held up by the store), the store's tells what is committed. A handover belongs
to one connection: what the store says after its end reaches nobody, so that no message is acknowledged on another
connection than it came by.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Self

from brain.feed import Cursor, Item, Sink, Unavailable
from feeds.payloads.message import Message

_AT_ONCE = 500  # messages per offer: few enough that the first of a burst is not late
_ITEMS = 2000  # items per offer; a message may hold a thousand
_WAITING_BYTES = 32 << 20  # payloads not read yet; beyond it there is no room, however few they are


class Handover:
    """`wake` is called when there is something to acknowledge or to raise. `remember` is asked after messages were read
    what is to be stored with them."""

    def __init__(
        self,
        name: str,
        read: Callable[[Message], list[Item]],
        sink: Sink,
        wake: Callable[[], None],
        remember: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._read = read
        self._remember = remember
        self._sink = sink
        self._wake = wake
        self._changed = threading.Condition()
        self._waiting: deque[Message] = deque()
        self._waiting_bytes = 0
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

    def put(self, messages: Sequence[Message]) -> None:
        with self._changed:
            self._waiting.extend(messages)
            self._waiting_bytes += sum(len(message.payload) for message in messages)
            self._under_way += len(messages)
            self._changed.notify_all()

    @property
    def under_way(self) -> int:
        """Messages received and neither stored nor refused yet."""
        with self._changed:
            return self._under_way

    def room(self, most: int) -> int:
        """How many more messages may come where `most` may be under way."""
        with self._changed:
            return 0 if self._waiting_bytes > _WAITING_BYTES else max(0, most - self._under_way)

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
                items: list[Item] = []
                mids: list[int] = []
                for message in batch:
                    items += self._read(message)
                    mids.append(message.mid)
                    if len(items) >= _ITEMS:
                        self._hand_on(items, mids)
                        items, mids = [], []
                if mids:
                    self._hand_on(items, mids)
        except BaseException as error:  # told to the network's thread, which ends the connection
            self._fail(error)

    def _hand_on(self, items: list[Item], mids: list[int]) -> None:
        if (memory := self._remember()) is not None:
            items.append(Cursor(memory))
        self._sink(items, lambda stored: self._told(stored, mids))

    def _next(self) -> list[Message]:
        """The next messages; none at all when it is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopped)
            batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            self._waiting_bytes -= sum(len(message.payload) for message in batch)
            return batch

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
