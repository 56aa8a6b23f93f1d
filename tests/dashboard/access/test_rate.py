"""So many tries a minute, saved up to as many."""

from dashboard.access.rate import Rate


def test_tries_come_back_with_time() -> None:
    now = [0.0]
    rate = Rate(6, lambda: now[0])
    assert [rate.allows("a") for _ in range(7)] == [True] * 6 + [False]
    assert rate.allows("b")
    now[0] += 10
    assert [rate.allows("a") for _ in range(2)] == [True, False]
    now[0] += 3600
    assert [rate.allows("a") for _ in range(7)] == [True] * 6 + [False]


def test_a_refused_try_costs_nothing() -> None:
    now = [0.0]
    rate = Rate(1, lambda: now[0])
    assert rate.allows("a")
    for _ in range(100):
        assert not rate.allows("a")
    now[0] += 60
    assert rate.allows("a")


def test_memory_is_bounded() -> None:
    rate = Rate(1, lambda: 0.0)
    for n in range(20_000):
        rate.allows(str(n))
    assert not rate.allows("19999")
    assert rate.allows("0")  # forgotten long ago
