"""The supervisor with feeds that do as a test tells them: what they raise, and what becomes of it."""

import threading
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import pytest

from brain.feed import BadPayload, FeedContext, FeedError, FeedSettings, Item, Received, Refused, Rejected, Unavailable
from brain.model.reason import Reason, Why
from brain.runtime.backoff import Backoff
from brain.runtime.discover import Mode
from brain.runtime.schedule import Schedule
from brain.runtime.supervisor import FeedUnit, Runner, Supervisor
from brain.store import schema
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from tests.brain.runtime.desk import NOW_MS, Kitchen, device, kitchen, reading
from tests.services.waiting import wait_until


class Feed:
    """A feed module made on the spot."""

    INPUT = "readings"
    Settings = FeedSettings

    def __init__(self, mode: Mode, run: Callable[[FeedContext], None] | None = None) -> None:
        self.MODE: Mode = mode
        self._run = run
        self.generations: list[int] = []

    def run(self, _settings: Any, ctx: FeedContext) -> None:
        self.generations.append(ctx.generation)
        if self._run is not None:
            self._run(ctx)

    def accept(self, _settings: Any, _ctx: FeedContext, headers: Mapping[str, str], body: bytes) -> list[Item]:
        if body == b"broken":
            raise BadPayload("this is no JSON")
        if body.startswith(b"139"):
            raise KeyError(body)
        refused = [Rejected(Reason.MALFORMED, "row 2", "body:2")] if b"bad" in body else []
        return [device(), reading(), *refused]


class Hand:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def made(sqlite_store: Store) -> Iterator[Kitchen]:
    with kitchen(sqlite_store) as running:
        yield running


@pytest.fixture
def hand() -> Hand:
    return Hand()


def runner(made: Kitchen, feed: Feed, hand: Hand, **settings: Any) -> Runner:
    unit = FeedUnit("iot", feed, FeedSettings(**settings))
    backoff = Backoff(Random(1), hand)
    return Runner(unit, made.ingest, made.health, made.facts, made.clock, lambda _: None, Random(1), backoff)


def raises(error: Exception) -> Callable[[FeedContext], None]:
    def run(_ctx: FeedContext) -> None:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "cause", "least_s"),
    [
        (Unavailable("nobody there"), "lost", "cause.unreachable nobody there", 0.8),
        (Unavailable("busy", retry_after_s=90), "lost", "cause.unreachable busy", 72),
        (Unavailable("no such file", why=Why.FILE), "lost", "cause.file no such file", 0.8),
        (Refused("wrong login"), "refused", "cause.access wrong login", 240),
        (BadPayload("not a table"), "broken", "cause.content not a table", 0.8),
        (StoreUnavailable("disk full"), "lost", "cause.store disk full", 0.8),
        (KeyError("secret of somebody"), "broken", "cause.bug KeyError in the feed itself; see the log", 0.8),
    ],
)
def test_what_a_feed_raises_becomes_its_state(
    made: Kitchen, hand: Hand, error: Exception, status: str, cause: str, least_s: float
) -> None:
    delay_s = runner(made, Feed("pull", raises(error)), hand).attempt()
    told = made.health.status("iot")
    assert (told.status, told.cause, told.failures) == (status, cause, 1)
    assert delay_s >= least_s
    assert told.next_try_ms == NOW_MS + round(delay_s * 1000)


def test_a_bug_is_logged_with_its_place_but_not_its_words(
    made: Kitchen, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    runner(made, Feed("pull", raises(KeyError("13800138000"))), hand).attempt()
    assert "KeyError" in caplog.text
    assert "raise error" in caplog.text
    assert "13800138000" not in caplog.text


def test_a_feed_that_is_well_again_says_so(made: Kitchen, hand: Hand) -> None:
    answers: list[FeedError | None] = [Unavailable("gone"), None]

    def run(_ctx: FeedContext) -> None:
        if (error := answers.pop(0)) is not None:
            raise error

    feed = runner(made, Feed("pull", run), hand, every_s=60)
    feed.attempt()
    assert feed.attempt() == 60
    told = made.health.status("iot")
    assert (told.status, told.cause, told.failures, told.next_try_ms) == ("well", "", 0, None)


def test_five_failures_in_a_minute_hold_the_feed_back(made: Kitchen, hand: Hand) -> None:
    feed = runner(made, Feed("subscribe", raises(Unavailable("flapping"))), hand)
    delays = [feed.attempt() for _ in range(5)]
    assert made.health.status("iot").status == "held"
    assert delays[-1] >= 48
    assert max(delays[:4]) < 12


def test_each_attempt_has_a_generation_of_its_own(made: Kitchen, hand: Hand) -> None:
    feed = Feed("pull", raises(Unavailable("gone")))
    running = runner(made, feed, hand)
    for _ in range(3):
        running.attempt()
    assert feed.generations == [0, 1, 2]


def test_a_subscription_that_ends_by_itself_is_lost(made: Kitchen, hand: Hand) -> None:
    runner(made, Feed("subscribe"), hand).attempt()
    assert made.health.status("iot").status == "lost"


def test_stopping_is_no_failure(made: Kitchen, hand: Hand) -> None:
    feed = runner(made, Feed("subscribe", raises(Unavailable("closed as asked"))), hand)
    feed.stopping.set()
    feed.attempt()
    assert made.health.status("iot").status == "starting"


@pytest.fixture
def schedule() -> Iterator[Schedule]:
    running = Schedule(threads=4)
    running.start()
    yield running
    running.stop()


def supervise(made: Kitchen, schedule: Schedule, feed: Feed, **settings: Any) -> Supervisor:
    unit = FeedUnit("iot", feed, FeedSettings(**settings))
    return Supervisor([unit], made.ingest, schedule, made.health, made.facts, made.clock, lambda _: "7", Random(1))


def test_a_pull_feed_is_pulled_again_and_again_until_stopped(made: Kitchen, schedule: Schedule) -> None:
    pulled: list[str | None] = []
    supervisor = supervise(made, schedule, Feed("pull", lambda ctx: pulled.append(ctx.cursor())), every_s=0.02)
    supervisor.start()
    wait_until(lambda: len(pulled) >= 3, "three pulls")
    supervisor.stop()
    assert set(pulled) == {"7"}
    assert made.health.status("iot").status == "stopped"


def test_a_subscribing_feed_runs_until_stopped(made: Kitchen, schedule: Schedule) -> None:
    def run(ctx: FeedContext) -> None:
        ctx.sink([device(), reading()])
        ctx.alive()
        ctx.stopping.wait(20)

    supervisor = supervise(made, schedule, Feed("subscribe", run))
    supervisor.start()
    wait_until(lambda: made.health.status("iot").status == "well", "the feed to connect")
    wait_until(lambda: made.count(schema.reading) == 1, "the reading")
    supervisor.stop()
    assert made.health.status("iot").status == "stopped"


def test_a_hanging_feed_does_not_hold_up_the_others(made: Kitchen, schedule: Schedule) -> None:
    release, pulled = threading.Event(), threading.Event()

    def hang(_ctx: FeedContext) -> None:
        release.wait(20)

    hanging = FeedUnit("iot", Feed("pull", hang), FeedSettings())
    other = FeedUnit("hotline", Feed("pull", lambda _: pulled.set()), FeedSettings())
    units = [hanging, other]
    supervisor = Supervisor(units, made.ingest, schedule, made.health, made.facts, made.clock, lambda _: None)
    supervisor.start()
    assert pulled.wait(20)
    release.set()
    supervisor.stop()


def test_a_feed_that_waits_for_room_can_be_stopped(sqlite_store: Store, schedule: Schedule) -> None:
    made = Kitchen(sqlite_store, capacity=1)  # its ingest never starts, so that the intake stays full
    waiting = threading.Event()

    def run(ctx: FeedContext) -> None:
        ctx.sink([device()])
        waiting.set()
        ctx.sink([reading()])

    supervisor = supervise(made, schedule, Feed("subscribe", run))
    supervisor.start()
    assert waiting.wait(20)
    supervisor.stop()
    made.ingest.start()
    made.ingest.stop()
    assert made.health.status("iot").status == "stopped"


def test_a_pushed_body_is_answered_after_commit(made: Kitchen, schedule: Schedule) -> None:
    supervisor = supervise(made, schedule, Feed("push"))
    supervisor.start()
    assert supervisor.receive("iot", {}, b"good").result(20) == Received(2)
    assert made.count(schema.reading) == 1
    assert [item.place for item in supervisor.receive("iot", {}, b"bad").result(20).refused] == ["body:2"]
    supervisor.stop()
    with pytest.raises(Unavailable):
        supervisor.receive("iot", {}, b"good").result(20)


def test_a_pushed_body_that_cannot_be_read_is_kept_and_told(made: Kitchen, schedule: Schedule) -> None:
    supervisor = supervise(made, schedule, Feed("push"))
    with pytest.raises(BadPayload):
        supervisor.receive("iot", {}, b"broken")
    supervisor.receive("iot", {}, b"good").result(20)  # behind it
    (kept,) = made.rows(schema.dead_letter)
    assert (kept.reason, kept.place, kept.sealed) == ("malformed", "/in/iot", True)


def test_a_bug_on_a_pushed_body_is_told_until_one_is_read(
    made: Kitchen, schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = supervise(made, schedule, Feed("push"))
    with pytest.raises(FeedError, match="KeyError in the feed itself"):
        supervisor.receive("iot", {}, b"13900000001")
    assert made.health.status("iot").status == "broken"
    assert "13900000001" not in caplog.text
    supervisor.receive("iot", {}, b"good").result(20)
    assert made.health.status("iot").status == "well"


@pytest.mark.parametrize("mode", ["pull", "subscribe"])
def test_only_push_feeds_take_what_is_pushed(made: Kitchen, schedule: Schedule, mode: Mode) -> None:
    supervisor = supervise(made, schedule, Feed(mode))
    for name in ("iot", "unknown"):
        with pytest.raises(LookupError):
            supervisor.receive(name, {}, b"")
