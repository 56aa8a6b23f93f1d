from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from brain.runtime.backoff import BREAKER_FAILURES, HOLD_S, MOST_S, REFUSED_S, Backoff


class Hand:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_delays_grow_to_a_bound_and_begin_anew_when_it_is_well() -> None:
    hand = Hand()
    backoff = Backoff(Random(1), hand)
    delays = []
    for _ in range(10):
        delays.append(backoff.failed()[0])
        hand.now += 1000
    assert [round(a, 1) < round(b, 1) for a, b in pairwise(delays[:7])] == [True] * 6
    assert max(delays) <= MOST_S * 1.2
    backoff.well()
    assert backoff.failed()[0] <= 1.2


def test_five_failures_within_a_minute_hold_it_back_even_if_it_was_well_between() -> None:
    hand = Hand()
    backoff = Backoff(Random(1), hand)
    for _ in range(BREAKER_FAILURES - 1):
        assert not backoff.failed()[1]
        backoff.well()
        hand.now += 1
    delay_s, held = backoff.failed()
    assert held
    assert delay_s >= HOLD_S * 0.8


def test_failures_spread_over_time_do_not_hold_it_back() -> None:
    hand = Hand()
    backoff = Backoff(Random(1), hand)
    for _ in range(20):
        assert not backoff.failed()[1]
        hand.now += 20


def test_a_refusal_waits_long() -> None:
    assert Backoff(Random(1), Hand()).failed(refused=True)[0] >= REFUSED_S * 0.8


@given(st.floats(0, 10**6))
def test_a_sources_own_wish_is_heard_within_reason(wished_s: float) -> None:
    delay_s, _ = Backoff(Random(1), Hand()).failed(wished_s)
    assert min(wished_s, 3600) * 0.8 <= delay_s <= max(1, min(wished_s, 3600)) * 1.2


def test_two_sources_do_not_come_back_at_the_same_instant() -> None:
    assert Backoff(Random(1), Hand()).failed() != Backoff(Random(2), Hand()).failed()
