"""Shards are spread over the living, follow a dead process, and are never written by two."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from brain.runtime.pen import Pen, take_pen
from brain.runtime.shards import LOOKS, Shards, Working, is_to_give, loads
from brain.store import schema
from brain.store.engine import Store
from tests.brain.runtime.desk import Kitchen, device, reading
from tests.services.waiting import wait_until

NAMES = ("iot-1", "iot-2", "iot-3", "iot-4")


class Worker:
    """What one process would run: by shard, what it asks before it connects."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.connected: dict[str, Callable[[], bool]] = {}
        self.shards = Shards(store, NAMES, self._run, folder)

    def lives(self) -> None:
        self.shards.beat()
        self.shards.turn()

    @contextmanager
    def _run(self, name: str, ours: Callable[[], bool]) -> Iterator[None]:
        assert ours(), "the lease comes before the connection"
        self.connected[name] = ours
        try:
            yield
        finally:
            del self.connected[name]


def turns(count: int, *workers: Worker) -> None:
    for _ in range(count):
        for worker in workers:
            worker.lives()


def test_shards_are_spread_over_those_that_come_and_left_by_those_that_go(store: Store, tmp_path: Path) -> None:
    first, second, third = (Worker(store, tmp_path) for _ in range(3))
    turns(1, first)
    assert set(first.connected) == set(NAMES)
    turns(4, first, second)
    assert (len(first.connected), len(second.connected)) == (2, 2)
    turns(4, first, second, third)
    assert sorted(len(worker.connected) for worker in (first, second, third)) == [1, 1, 2]
    second.shards.end()
    turns(4, first, third)
    assert (len(first.connected), len(second.connected), len(third.connected)) == (2, 0, 2)


def test_no_shard_is_ever_run_twice(store: Store, tmp_path: Path) -> None:
    workers = [Worker(store, tmp_path) for _ in range(3)]
    for number in range(12):
        for worker in workers[: 1 + number // 4]:
            worker.lives()
            running = [name for other in workers for name in other.connected]
            assert len(running) == len(set(running))


def test_one_without_a_sign_of_life_is_followed_and_lets_go_when_it_wakes(store: Store, tmp_path: Path) -> None:
    asleep, other = Worker(store, tmp_path / "a"), Worker(store, tmp_path / "b")
    turns(4, asleep, other)
    before = dict(asleep.connected)
    turns(LOOKS - 1, other)
    assert len(other.connected) == 2
    turns(2, other)
    assert set(other.connected) == set(NAMES)
    assert [ours() for ours in before.values()] == [False, False], "it must not connect again"
    asleep.lives()
    assert asleep.connected == {}


def test_one_of_this_machine_that_ended_is_followed_at_once(store: Store, tmp_path: Path) -> None:
    gone, other = Worker(store, tmp_path), Worker(store, tmp_path)
    with Working(gone.shards, tmp_path) as working:
        wait_until(lambda: len(gone.connected) == 4, "it to have all")
        working._over.set()  # from here on as if it were killed: nothing is given up, the kernel lets go of its seat
        for thread in working._threads:
            thread.join()
        working._stack.close()
        turns(1, other)
        assert set(other.connected) == set(NAMES)
        assert not working._path.exists()


def test_of_those_that_have_most_one_gives() -> None:
    holders = {"1": "a", "2": "a", "3": "b", "4": "b"}
    assert loads(holders, {"a", "b", "c"}) == {"a": 2, "b": 2, "c": 0}
    assert [is_to_give(holders, {"a", "b", "c"}, who) for who in "abc"] == [True, False, False]
    assert not is_to_give(holders, {"a", "b"}, "a")
    assert not is_to_give({**holders, "4": "c"}, {"a", "b", "c"}, "a")


def test_what_was_taken_for_dead_stores_nothing_behind_its_heir(store: Store) -> None:
    mine, heir = Pen("iot-1", "asleep"), Pen("iot-1", "heir")
    store.write(lambda conn: take_pen(conn, mine)).result()
    kitchen = Kitchen(store, pen=mine)
    kitchen.ingest.start()
    try:
        assert kitchen.offer([device(), reading(age_s=60)])
        store.write(lambda conn: take_pen(conn, heir)).result()
        assert not kitchen.offer([reading(age_s=30)])
    finally:
        kitchen.ingest.stop()
    assert kitchen.count(schema.reading) == 1
