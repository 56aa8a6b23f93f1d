"""One process runs the feeds: a second one is refused, a dead one is followed."""

import pytest

from brain.runtime.lease import LOOK_S, LOOKS, Lease, held
from brain.runtime.plan import CannotStart
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
