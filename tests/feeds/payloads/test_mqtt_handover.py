"""Messages on their way to the store: how many may be under way, and how much is handed on at once."""

import threading
from collections.abc import Callable, Sequence

from brain.feed import Cursor, Item, Rejected
from feeds.payloads.message import Message
from feeds.payloads.mqtt_handover import Handover
from tests.services.waiting import wait_until


class Store:
    """Takes what is handed on, and says so when it is told to."""

    def __init__(self) -> None:
        self.offers: list[list[Item]] = []
        self.dones: list[Callable[[bool], None]] = []

    def sink(self, items: Sequence[Item], done: Callable[[bool], None] | None = None) -> None:
        assert done is not None
        self.offers.append(list(items))
        self.dones.append(done)


def parts(message: Message) -> list[Item]:
    return [Rejected("bad", "", message.topic)] * int(message.payload)


def test_what_is_handed_on_at_once_has_a_bound_and_its_memory_with_it() -> None:
    store = Store()
    told = iter(["after two", "after four", "after five"])
    with Handover("x", parts, store.sink, lambda: None, lambda: next(told)) as handover:
        handover.put([Message("t", b"1000", 0, mid=mid) for mid in range(1, 6)])
        wait_until(lambda: len(store.dones) == 3, "three offers")
        assert [len(items) for items in store.offers] == [2001, 2001, 1001]
        assert [items[-1] for items in store.offers] == [
            Cursor("after two"),
            Cursor("after four"),
            Cursor("after five"),
        ]
        store.dones[0](True)
        assert handover.settled() == [1, 2]
        assert handover.room(10) == 7
        for done in store.dones[1:]:
            done(True)
        assert handover.settled() == [3, 4, 5]
        assert handover.room(10) == 10


def test_large_payloads_leave_no_room_until_they_are_read() -> None:
    read, store = threading.Event(), Store()

    def slowly(_message: Message) -> list[Item]:
        read.wait(20)
        return []

    with Handover("x", slowly, store.sink, lambda: None) as handover:
        handover.put([Message("t", b"1", 0, mid=1)])  # it is being read
        handover.put([Message("t", b"x" * 9_000_000, 0, mid=mid) for mid in range(2, 7)])
        assert handover.room(1000) == 0
        read.set()
        wait_until(lambda: handover.room(1000) > 0, "room")
