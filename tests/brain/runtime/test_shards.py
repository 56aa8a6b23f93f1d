"""Shards are spread over the living, follow a dead process, and are never written by two."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from brain.runtime.pen import Pen, take_pen
from brain.runtime.shards import LOOKS, Shards, Working, is_to_give, loads
from brain.store import schema
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
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


class LosesAnswers:
    """A store that does what it is asked, and whose next `lost` answers do not arrive."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.lost = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Callable[[Any], Any], people: bool = False) -> Future[Any]:
        answer: Future[Any] = self._store.write(work, people=people)
        if not self.lost:
            return answer
        self.lost -= 1
        answer.result()
        never: Future[Any] = Future()
        never.set_exception(StoreUnavailable("the answer was lost"))
        return never


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


def test_a_lost_answer_of_the_database_leaves_no_shard_behind(store: Store, tmp_path: Path) -> None:
    line: Any = LosesAnswers(store)
    first, second = Worker(line, tmp_path), Worker(store, tmp_path)
    first.shards.beat()
    line.lost = 1
    with pytest.raises(StoreUnavailable):
        first.shards.turn()  # the row names it, and nothing runs
    turns(1, first)
    assert set(first.connected) == set(NAMES)
    second.shards.beat()
    line.lost = 1
    with pytest.raises(StoreUnavailable):
        first.shards.turn()  # one was to be given up
    turns(5, first, second)
    assert (len(first.connected), len(second.connected)) == (2, 2)


def test_one_that_does_not_start_is_tried_again_and_keeps_no_other_from_starting(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(store, tmp_path)
    run, refused = worker.shards._start, ["iot-1"]

    def start(name: str, ours: Callable[[], bool]) -> Any:
        if name in refused:
            raise RuntimeError("can't start new thread")
        return run(name, ours)

    monkeypatch.setattr(worker.shards, "_start", start)
    turns(2, worker)
    assert set(worker.connected) == set(NAMES) - {"iot-1"}
    refused.clear()
    turns(1, worker)
    assert set(worker.connected) == set(NAMES)


def test_what_fails_on_the_way_in_is_free_for_others(store: Store, tmp_path: Path) -> None:
    """It did not start, and that it was to be given back was not heard either."""
    line: Any = LosesAnswers(store)
    fails, other = Shards(line, NAMES[:1], _away, tmp_path), Worker(store, tmp_path)
    fails.beat()
    with pytest.raises(StoreUnavailable, match="away"):
        fails.turn()
    line.lost = 1
    with pytest.raises(StoreUnavailable, match="lost"):
        fails.turn()
    turns(1, other)
    assert "iot-1" in other.connected


def _away(_name: str, _ours: Callable[[], bool]) -> Any:
    raise StoreUnavailable("away")


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
