import threading
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from brain.feed import Cursor
from brain.runtime.batch import halves
from brain.runtime.intake import TICKET_WEIGHT, Intake, Offer
from tests.brain.runtime.desk import WEEK, ticket
from tests.services.waiting import wait_until


def offer(feed: str, *names: str) -> Offer:
    return Offer(feed, WEEK, tuple(Cursor(name) for name in names))


def names(offers: list[Offer]) -> list[str]:
    return [item.value for each in offers for item in each.items if isinstance(item, Cursor)]


def test_a_batch_ends_where_the_queues_do() -> None:
    intake = Intake(100)
    for name in "abc":
        intake.put(offer("x", name))
    assert names(intake.take(100)) == ["a", "b", "c"]
    assert intake.waiting == 0


def test_a_feed_with_much_does_not_hold_up_the_others() -> None:
    intake = Intake(100)
    for n in range(50):
        intake.put(offer("history", f"h{n}"))
    intake.put(offer("news", "n"))
    assert names(intake.take(4)) == ["h0", "n", "h1", "h2"]
    intake.put(offer("news", "m"))
    assert set(names(intake.take(2))) == {"m", "h3"}


def test_an_offer_heavier_than_a_batch_is_taken_alone() -> None:
    intake = Intake(100)
    intake.put(offer("x", *"abcdef"))
    intake.put(offer("x", "g"))
    assert names(intake.take(3)) == list("abcdef")
    assert names(intake.take(3)) == ["g"]


def test_tickets_weigh_more() -> None:
    assert Offer("x", WEEK, (ticket(), replace(ticket(), number="2"), Cursor(""))).weight == 2 * TICKET_WEIGHT + 1


def test_each_feed_has_room_of_its_own() -> None:
    intake = Intake(2)
    intake.put(offer("full", "a", "b"))
    entered = threading.Event()

    def more() -> None:
        intake.put(offer("full", "c"))
        entered.set()

    thread = threading.Thread(target=more)
    thread.start()
    assert intake.put(offer("other", "d"))
    assert not entered.is_set()
    assert names(intake.take(10)) == ["a", "b", "d"]
    thread.join(20)
    assert entered.is_set()


def test_closing_lets_go_who_waits_and_keeps_what_is_there() -> None:
    intake = Intake(1)
    intake.put(offer("x", "a"))
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(intake.put(offer("x", "b"))))
    thread.start()
    wait_until(lambda: intake.waiting == 1, "the first to be there")
    intake.close()
    thread.join(20)
    assert answers == [False]
    assert names(intake.take(10)) == ["a"]
    assert intake.take(10) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), max_size=30), st.integers(1, 12))
def test_everything_is_taken_once_and_each_feed_in_its_order(puts: list[tuple[str, int]], most: int) -> None:
    intake = Intake(10**6)
    put: dict[str, list[str]] = {}
    for n, (feed, size) in enumerate(puts):
        values = [f"{n}.{k}" for k in range(size)]
        put.setdefault(feed, []).extend(values)
        intake.put(offer(feed, *values))
    intake.close()
    taken: dict[str, list[str]] = {}
    while batch := intake.take(most):
        assert sum(each.weight for each in batch) <= most or len(batch) == 1
        for each in batch:
            taken.setdefault(each.feed, []).extend(names([each]))
    assert taken == put


@given(st.lists(st.integers(0, 6), min_size=1, max_size=8))
def test_halves_keep_items_and_order(sizes: list[int]) -> None:
    offers = [offer("x", *(f"{n}.{k}" for k in range(size))) for n, size in enumerate(sizes)]
    first, second = halves(offers)
    assert names(first) + names(second) == names(offers)
    assert len(names(first)) == sum(sizes) // 2
