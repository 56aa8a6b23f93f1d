"""Runs the feeds: what they raise becomes a state that people can read, and a time to try again.

Subscribing feeds have a thread each, pulling ones run on the schedule's threads, pushed ones when a request comes.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from random import Random

from brain.feed import (
    BadPayload,
    FeedContext,
    FeedError,
    FeedSettings,
    Item,
    Received,
    Refused,
    Rejected,
    Unavailable,
)
from brain.model.clock import Clock
from brain.model.facts import Facts
from brain.model.reason import Reason, Why
from brain.runtime.acceptance import Window
from brain.runtime.backoff import Backoff
from brain.runtime.discover import FeedModule
from brain.runtime.health import STOPPED, WELL, Health
from brain.runtime.ingest import Ingest
from brain.runtime.schedule import Schedule
from brain.store.errors import StoreUnavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FeedUnit:
    """One configured feed. `name` is its key in config.yaml (slug, or slug:label)."""

    name: str
    module: FeedModule
    settings: FeedSettings
    shard: str = ""
    ours: Callable[[], bool] = lambda: True  # whether it may connect; asked each time. Raises StoreUnavailable


class Supervisor:
    """`start` after ingest and schedule; `stop` before them."""

    def __init__(
        self,
        units: Sequence[FeedUnit],
        ingest: Ingest,
        schedule: Schedule,
        health: Health,
        facts: Facts,
        clock: Clock,
        load_cursor: Callable[[str], str | None],
        random: Random | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._schedule = schedule
        self._ingest = ingest
        random = random or Random()
        self._runners = {
            unit.name: Runner(
                unit,
                ingest,
                health,
                facts,
                clock,
                load_cursor,
                Random(random.getrandbits(64)),
                Backoff(Random(random.getrandbits(64)), monotonic),
            )
            for unit in units
        }
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for name, runner in self._runners.items():
            if runner.unit.module.MODE == "subscribe":
                thread = threading.Thread(target=runner.run_until_stopped, name=f"feed-{name}", daemon=True)
                self._threads.append(thread)
                thread.start()
            elif runner.unit.module.MODE == "pull":
                self._pull_after(0.0, runner)
            else:
                runner.well()

    def stop(self, timeout_s: float = 30.0) -> None:
        """Tell all feeds to stop and wait for them. Closes ingest, so that none waits for room in it."""
        for runner in self._runners.values():
            runner.stopping.set()
            self._schedule.cancel(_job(runner))
        self._ingest.close()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for runner in self._runners.values():
            runner.stopped()

    def receive(self, feed: str, headers: Mapping[str, str], body: bytes) -> "Future[Received]":
        """A body pushed to `feed`; may wait for room. The future is done after the commit, with Unavailable where the
        store does not take it. Raises LookupError for a feed that takes none, and what feeds raise."""
        runner = self._runners.get(feed)
        if runner is None or runner.unit.module.MODE != "push":
            raise LookupError(f"no feed takes what is pushed to {feed}")
        return runner.receive(headers, body)

    def _pull_after(self, delay_s: float, runner: "Runner") -> None:
        self._schedule.after(_job(runner), delay_s, lambda: self._pull(runner))

    def _pull(self, runner: "Runner") -> None:
        delay_s = runner.attempt()
        if not runner.stopping.is_set():
            self._pull_after(delay_s, runner)


def _job(runner: "Runner") -> str:
    return f"feed {runner.unit.name}"


class Runner:
    """One feed and what is known of its failures."""

    def __init__(
        self,
        unit: FeedUnit,
        ingest: Ingest,
        health: Health,
        facts: Facts,
        clock: Clock,
        load_cursor: Callable[[str], str | None],
        random: Random,
        backoff: Backoff,
    ) -> None:
        self.unit = unit
        self.stopping = threading.Event()
        self._health = health
        self._clock = clock
        self._backoff = backoff
        self._failures = 0
        self._generation = 0
        self._one_at_a_time = threading.Lock()  # a feed's own memory is not made for two
        self._context = FeedContext(
            name=unit.name,
            clock=clock,
            sink=ingest.sink(unit.name, Window.of(unit.settings)),
            stopping=self.stopping,
            areas=facts.tree,
            metrics=dict(facts.metrics),
            indicators=facts.indicators,
            known_device=ingest.known_device,
            cursor=lambda: load_cursor(unit.name),
            random=random,
            tz=facts.tz,
            alive=self.well,
            note=lambda text: health.note(unit.name, text),
        )

    def run_until_stopped(self) -> None:
        """Attempt after attempt, with pauses between; for feeds that subscribe."""
        while not self.stopping.is_set():
            self.stopping.wait(self.attempt())

    def attempt(self) -> float:
        """Run the feed once; seconds until it is to run again."""
        context = self._next_context()
        try:
            if not self.unit.ours():
                raise Unavailable("another process runs this shard")
            self.unit.module.run(self.unit.settings, context)
        except Unavailable as error:
            return self._failed("lost", error, wished_s=error.retry_after_s)
        except Refused as error:
            return self._failed("refused", error, refused=True)
        except BadPayload as error:
            return self._failed("broken", error)
        except StoreUnavailable as error:
            return self._failed("lost", Unavailable(str(error), why=Why.STORE))
        except Exception as error:
            return self._failed("broken", self._bug(error))
        if self.unit.module.MODE == "subscribe" and not self.stopping.is_set():
            return self._failed("lost", Unavailable("it ended by itself"))
        self.well()
        return self.unit.settings.every_s

    def receive(self, headers: Mapping[str, str], body: bytes) -> "Future[Received]":
        items = self._accepted(headers, body)
        refused = tuple(item for item in items if isinstance(item, Rejected))
        answer: Future[Received] = Future()
        answer.set_running_or_notify_cancel()  # a sender that leaves does not call it off

        def done(stored: bool) -> None:
            if stored:
                self.well()
                answer.set_result(Received(len(items) - len(refused), refused))
            else:
                answer.set_exception(Unavailable("the store does not take it now; send it again", why=Why.STORE))

        self._context.sink(items, done)
        return answer

    def well(self) -> None:
        self._failures = 0
        self._backoff.well()
        if not self.stopping.is_set():
            self._health.told(self.unit.name, WELL)

    def stopped(self) -> None:
        self._health.told(self.unit.name, STOPPED)

    def _accepted(self, headers: Mapping[str, str], body: bytes) -> list[Item]:
        """The items of a pushed body. One that cannot be read at all is a dead letter, and raised."""
        try:
            with self._one_at_a_time:
                return self.unit.module.accept(self.unit.settings, self._next_context(), headers, body)
        except BadPayload as error:
            place = f"/in/{self.unit.name}"
            self._context.sink([Rejected(Reason.MALFORMED, str(error), place, body, personal=True)])
            raise
        except FeedError:
            raise
        except StoreUnavailable as error:
            raise Unavailable(str(error), why=Why.STORE) from error
        except Exception as error:
            fault = self._bug(error)
            self._failures += 1
            self._health.told(self.unit.name, "broken", f"cause.{fault.why} {fault}", self._failures)
            raise fault from error

    def _bug(self, error: Exception) -> FeedError:
        if not self.stopping.is_set():
            # Where, but not the message: that may repeat what a caller said.
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("feed %s has a bug: %s\n%s", self.unit.name, type(error).__name__, frames)
        return FeedError(f"{type(error).__name__} in the feed itself; see the log")

    def _next_context(self) -> FeedContext:
        generation, self._generation = self._generation, self._generation + 1
        return replace(self._context, generation=generation)

    def _failed(self, status: str, error: FeedError, wished_s: float | None = None, refused: bool = False) -> float:
        if self.stopping.is_set():
            return 0.0
        self._failures += 1
        delay_s, held = self._backoff.failed(wished_s, refused)
        next_try_ms = self._clock.now_ms() + round(delay_s * self._clock.speed * 1000)
        status, cause = "held" if held and status == "lost" else status, f"cause.{error.why} {error}"
        self._health.told(self.unit.name, status, cause, self._failures, next_try_ms)
        return delay_s
