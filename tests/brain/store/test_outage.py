"""What cannot be stored is known all the same: that the database takes nothing, that the feeds' process is gone."""

from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from brain.model.query.answer import Query
from brain.model.query.feeds import FeedHealth
from brain.model.query.system import SystemState
from brain.model.scope import Role, Scope
from brain.store import schema
from brain.store.claims import FEEDS, take_lease
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from brain.store.outage import READING, WRITING, Outages
from brain.store.pulse import DEAD_S, Pulse
from brain.store.read.answers import AGAIN_S, Answers
from tests.brain.store.read.filling import HOUR, StillClock, feed_row, fill, ms
from tests.small_city import CITY, small_city

NOW = ms("2021-07-14 14:26:08")
DUTY = Scope("duty", Role.OPERATOR, CITY, None)


class Hand:
    """A monotonic clock that tests move."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def full(_conn: Any) -> None:
    raise OperationalError("INSERT", {}, Exception("database or disk is full"))


def healthy(store: Store, **more: Any) -> Answers:
    rows = [feed_row("iot", "readings", since_ms=NOW - HOUR), feed_row("hotline", "tickets", "refused", cause="key")]
    fill(store, schema.feed_state, rows)
    return Answers(store, small_city(), StillClock(NOW), **more)


def asked(answers: Answers, query: Query) -> Any:
    return answers.answer(query, DUTY, CITY)


def test_an_outage_lasts_from_its_first_failure_to_the_first_success() -> None:
    hand = Hand()
    outages = Outages(hand)
    assert outages.now() is None
    for _ in range(3):
        outages.failed(WRITING, "full")
        hand.now_s += 20
    outages.well(READING)
    outage = outages.now()
    assert outage is not None
    assert (outage.cause, outage.for_s) == ("full", 60)
    outages.well(WRITING)
    assert outages.now() is None


def test_an_outage_nobody_noticed_again_is_forgotten() -> None:
    hand = Hand()
    outages = Outages(hand)
    outages.failed(WRITING, "full")
    hand.now_s += 61
    assert outages.now() is None
    outages.failed(WRITING, "full again")
    outage = outages.now()
    assert outage is not None
    assert outage.for_s == 0


def test_feed_health_says_that_a_full_store_takes_nothing_and_is_asked_again_soon(store: Store) -> None:
    answers = healthy(store)
    with pytest.raises(StoreUnavailable):
        store.write(full).result()
    answer = asked(answers, FeedHealth())
    iot, hotline, *_ = answer.value
    assert (iot.state.status, iot.state.cause.split()[0]) == ("lost", "cause.store")
    assert "disk is full" in iot.state.cause
    assert (hotline.state.status, hotline.state.cause) == ("refused", "key"), "its own trouble stays"
    assert answer.changes_ms == NOW + AGAIN_S * 1000
    assert "iot" in [source.feed for source in asked(answers, SystemState()).value.trouble]
    store.write(lambda conn: None).result()
    assert asked(answers, FeedHealth()).value[0].state.status == "well"


def test_feed_health_is_told_without_a_database_from_what_it_last_was(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = healthy(sqlite_store)
    before = asked(answers, FeedHealth())

    @contextmanager
    def away() -> Any:
        sqlite_store._outages.failed(READING, "the database does not answer")
        raise StoreUnavailable("the database does not answer")
        yield

    monkeypatch.setattr(sqlite_store, "read", away)
    after = asked(answers, FeedHealth())
    assert [row.accepted for row in after.value] == [row.accepted for row in before.value]
    assert [row.state.status for row in after.value][:2] == ["lost", "refused"]
    with pytest.raises(StoreUnavailable):
        asked(answers, SystemState())


def test_feed_health_says_when_the_process_of_the_feeds_is_gone(store: Store) -> None:
    hand = Hand()
    answers = healthy(store, _pulse=Pulse(hand))

    def status() -> str:
        return str(asked(answers, FeedHealth()).value[0].state.status)

    def beat(n: int) -> None:
        store.write(lambda conn: take_lease(conn, FEEDS, "me", n)).result()

    for n in range(3):
        beat(n)
        assert status() == "well"
        hand.now_s += DEAD_S
    assert status() == "well"
    hand.now_s += 0.1
    assert status() == "stopped"
    beat(3)
    assert status() == "well"
