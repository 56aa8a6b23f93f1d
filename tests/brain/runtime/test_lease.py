"""One process runs the feeds: a second one is refused, a dead one is followed."""

from pathlib import Path

import pytest

from brain.runtime.lease import LOOK_S, LOOKS, Lease, held
from brain.runtime.plan import CannotStart
from brain.runtime.seat import Seat
from brain.store.engine import Store


def nothing() -> None:
    return


def test_a_second_one_is_refused_at_the_first_sign_of_life(store: Store) -> None:
    first = Lease(store, nothing)
    first.take()
    waited: list[float] = []

    def looks(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            assert first.beat()

    with pytest.raises(CannotStart, match="another process runs the feeds"):
        Lease(store, nothing, looks).take()
    assert waited == [LOOK_S] * 3
    assert first.beat()


def test_a_dead_one_is_followed_and_ends_when_it_was_only_asleep(store: Store) -> None:
    lost: list[str] = []
    first, waited = Lease(store, lambda: lost.append("first")), list[float]()
    first.take()
    second = Lease(store, nothing, waited.append)
    second.take()
    assert waited == [LOOK_S] * LOOKS
    assert not first.beat()
    assert lost == ["first"]
    assert second.beat()


def test_a_dead_one_of_this_machine_is_followed_at_once(store: Store, tmp_path: Path) -> None:
    waited: list[float] = []
    with Seat(tmp_path / "feeds.lock") as seat:
        Lease(store, nothing, seat=seat).take()
    with Seat(
        tmp_path / "feeds.lock"
    ) as seat:  # the lock was let go, as by the death of its process; the lease was not
        Lease(store, nothing, waited.append, seat).take()
    assert waited == []


def test_a_living_one_of_this_machine_is_not(store: Store, tmp_path: Path) -> None:
    with Seat(tmp_path / "feeds.lock") as seat, Seat(tmp_path / "feeds.lock") as locked_out:
        first = Lease(store, nothing, seat=seat)
        first.take()
        assert (seat.gone != "", locked_out.gone) == (True, "")
        with pytest.raises(CannotStart, match="another process runs the feeds"):
            Lease(store, nothing, lambda _: first.beat(), locked_out).take()


def test_of_two_that_follow_a_dead_one_only_one_does(store: Store) -> None:
    Lease(store, nothing).take()
    quick = Lease(store, nothing, lambda _: None)
    slow = Lease(store, nothing, lambda _: quick.take())
    with pytest.raises(CannotStart):
        slow.take()
    assert quick.beat()


def test_what_was_given_up_is_had_at_once(store: Store) -> None:
    waited: list[float] = []
    with held(Lease(store, nothing)):
        pass
    with held(Lease(store, nothing, waited.append)):
        assert waited == []


def test_what_another_one_has_is_not_given_up_for_it(store: Store) -> None:
    first = Lease(store, nothing)
    first.take()
    second = Lease(store, nothing, lambda _: None)
    second.take()
    first.give_up()
    assert second.beat()
    with pytest.raises(CannotStart):
        Lease(store, nothing, lambda _: second.beat()).take()
