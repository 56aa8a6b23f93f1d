"""Who wants to be alone with a store is refused beside shards, and keeps them away."""

from pathlib import Path

import pytest

from brain.runtime.lease import Lease
from brain.runtime.maintenance import nobody_else
from brain.runtime.plan import HeldByAnother
from brain.store.engine import Store
from tests.brain.runtime.test_shards import NAMES, Worker, turns


def lost() -> None:
    return


def test_it_is_refused_while_shards_are_run(store: Store, tmp_path: Path) -> None:
    worker = Worker(store, tmp_path)
    turns(1, worker)
    lease = Lease(store, lost, alone=True)
    with (
        pytest.raises(HeldByAnother, match="runs shards of feeds"),
        nobody_else(lease, store, lambda _: worker.lives()),
    ):
        pytest.fail("it was let in")


def test_no_shard_is_taken_beside_it_and_all_are_after_it(store: Store, tmp_path: Path) -> None:
    worker, looks = Worker(store, tmp_path), list[float]()
    with nobody_else(Lease(store, lost, alone=True), store, looks.append):
        turns(2, worker)
        assert worker.connected == {}
    turns(1, worker)
    assert set(worker.connected) == set(NAMES)
    assert looks == [], "nobody ever gave a sign of life"


def test_one_that_gives_no_sign_of_life_is_not_waited_for_for_ever(store: Store, tmp_path: Path) -> None:
    turns(1, Worker(store, tmp_path))
    looks = list[float]()
    with nobody_else(Lease(store, lost, alone=True), store, looks.append):
        assert looks
