"""Feed health in the store: at once on a change, else gathered; nothing forgotten when the store is away."""

import threading
from typing import Any

import pytest

from brain.model.clock import WallClock
from brain.runtime.health import Health
from brain.store import schema
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from brain.store.write.feeds import FeedCounts
from tests.brain.runtime.desk import FEEDS, NOW_MS, Faulty, Kitchen
from tests.services.waiting import wait_until


class Hour:
    def __init__(self) -> None:
        self.now_ms = NOW_MS


@pytest.fixture
def hour() -> Hour:
    return Hour()


@pytest.fixture
def made(sqlite_store: Store, hour: Hour) -> Kitchen:
    return Kitchen(sqlite_store, clock=WallClock(lambda: hour.now_ms))


def row(made: Kitchen, feed: str = "iot") -> Any:
    return next(row for row in made.rows(schema.feed_state) if row.feed == feed)


def test_feeds_begin_as_starting(made: Kitchen) -> None:
    assert [(row.feed, row.status, row.since_ms) for row in made.rows(schema.feed_state)] == [
        ("hotline", "starting", NOW_MS),
        ("iot", "starting", NOW_MS),
    ]


def test_a_change_of_status_is_written_at_once(made: Kitchen, hour: Hour) -> None:
    made.health.told("iot", "well")
    wait_until(lambda: row(made).status == "well", "the state to be written")
    hour.now_ms += 60_000
    made.health.told("iot", "lost", "broker gone", failures=1, next_try_ms=hour.now_ms + 1000)
    wait_until(lambda: row(made).status == "lost", "the state to be written")
    lost = row(made)
    assert (lost.since_ms, lost.last_well_ms, lost.cause) == (hour.now_ms, hour.now_ms, "broker gone")
    assert (lost.failures, lost.next_try_ms) == (1, hour.now_ms + 1000)


def test_counts_wait_for_the_flush(made: Kitchen) -> None:
    made.health.counted("iot", FeedCounts(3, 1, 2, NOW_MS))
    made.health.counted("iot", FeedCounts(4, 0, 0, NOW_MS + 5))
    assert row(made).accepted == 0
    made.health.flush()
    wait_until(lambda: row(made).accepted == 7, "the counts to be written")
    assert (row(made).refused, row(made).repeated, row(made).last_item_ms) == (1, 2, NOW_MS + 5)


def test_nothing_new_writes_nothing(made: Kitchen) -> None:
    made.health.told("iot", "well")
    wait_until(lambda: row(made).status == "well", "the state to be written")
    before = made.store.versions()
    made.health.told("iot", "well")
    made.health.flush()
    made.store.write(lambda _conn: None).result()
    assert made.store.versions() == before


def test_what_could_not_be_written_is_written_later(sqlite_store: Store, hour: Hour) -> None:
    faulty = Faulty(sqlite_store, lambda: StoreUnavailable("away"), times=0)
    health = Health(faulty, Kitchen(sqlite_store).facts.tree, WallClock(lambda: hour.now_ms))  # type: ignore[arg-type]
    health.start(FEEDS)
    faulty.left = 2
    health.told("iot", "well")
    health.counted("iot", FeedCounts(3, 1, 2, NOW_MS))
    made = Kitchen.__new__(Kitchen)
    made.store = sqlite_store

    def settled() -> bool:
        health.flush()
        state = row(made)
        return bool(state.status == "well" and state.accepted == 3)

    wait_until(settled, "state and counts")
    assert (row(made).refused, row(made).repeated) == (1, 2)


def test_loss_and_return_are_logged_once_each(made: Kitchen, caplog: pytest.LogCaptureFixture) -> None:
    for n in range(5):
        made.health.told("iot", "lost", f"cause {n}", failures=n)
    made.health.told("iot", "held", "still")
    made.health.told("iot", "well")
    made.health.told("iot", "well")
    assert [record.message for record in caplog.records] == ["feed iot is lost: cause 0", "feed iot is back"]


def test_a_remark_stays_while_the_feed_is_well(made: Kitchen) -> None:
    made.health.note("iot", "drops are not watched")
    made.health.told("iot", "well")
    assert made.health.status("iot").cause == "drops are not watched"
    made.health.told("iot", "lost", "gone")
    assert made.health.status("iot").cause == "gone"
    made.health.told("iot", "well")
    assert made.health.status("iot").cause == "drops are not watched"
    made.health.note("iot", "")
    assert made.health.status("iot").cause == ""


def test_many_threads_count_right(made: Kitchen) -> None:
    def count() -> None:
        for _ in range(200):
            made.health.counted("iot", FeedCounts(1, 0, 0, NOW_MS))
            made.health.flush()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def all_there() -> bool:
        made.health.flush()
        return bool(row(made).accepted == 800)

    wait_until(all_there, "all counts")


def test_feeds_that_are_not_well_are_lost(made: Kitchen) -> None:
    made.health.told("iot", "well")
    assert made.health.lost_feeds() == {"hotline"}
