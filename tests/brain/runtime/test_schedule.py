"""The schedule under steps of the system clock, which stop stock APScheduler."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self

import apscheduler.schedulers.base
import apscheduler.triggers.interval
import pytest
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from brain.runtime.schedule import Schedule
from tests.services.waiting import wait_until

HOUR = timedelta(hours=1)


class Wall:
    """The system clock as APScheduler and the schedule read it; can be moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moved = timedelta()
        wall = self

        class Patched(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                real = datetime.now(UTC) + wall.moved
                return real.astimezone(tz)  # type: ignore[return-value]

        monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Patched)
        monkeypatch.setattr(apscheduler.triggers.interval, "datetime", Patched)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved


class Counter:
    def __init__(self) -> None:
        self.n = 0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.n += 1

    def further(self, by: int) -> None:
        wanted = self.n + by
        wait_until(lambda: self.n >= wanted, f"{by} more runs")


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    return Wall(monkeypatch)


@pytest.fixture
def schedule(wall: Wall) -> Iterator[Schedule]:
    made = Schedule(threads=4, wall=wall.now, watch_s=0.02)
    made.start()
    yield made
    made.stop()


def test_stock_apscheduler_stops_for_an_hour_when_the_clock_is_set_back(wall: Wall) -> None:
    """What the schedule is there to mend; when this fails, APScheduler has learned it."""
    count = Counter()
    stock = BackgroundScheduler(timezone=UTC)
    job: Any = stock.add_job(count, "interval", seconds=0.05)
    stock.start()
    try:
        count.further(2)
        wall.moved = -HOUR
        wait_until(lambda: job.next_run_time - wall.now() > HOUR * 0.99, "the job to be planned an hour ahead")
    finally:
        stock.shutdown()


@pytest.mark.parametrize("step", [-HOUR, HOUR, timedelta(days=-1), timedelta(days=1), timedelta(seconds=-5)])
def test_a_step_of_the_clock_does_not_stop_a_job(schedule: Schedule, wall: Wall, step: timedelta) -> None:
    count, steps = Counter(), Counter()
    schedule.on_step = steps
    schedule.every("tick", 0.05, count)
    count.further(2)
    wall.moved = step
    count.further(3)
    wall.moved = timedelta()
    count.further(3)
    wait_until(lambda: steps.n == 2, "the steps to be told")


def test_a_step_forward_runs_a_job_that_is_not_due_no_sooner(schedule: Schedule, wall: Wall) -> None:
    rare, often = Counter(), Counter()
    schedule.every("rare", 7200, rare)
    schedule.every("often", 0.05, often)
    often.further(1)
    wall.moved = HOUR
    often.further(5)
    assert rare.n == 0


def test_jobs_run_again_and_again_and_once(schedule: Schedule) -> None:
    count, once = Counter(), Counter()
    schedule.every("tick", 0.02, count, first_s=0)
    schedule.after("once", 0, once)
    count.further(5)
    assert once.n == 1


def test_a_job_of_the_same_name_replaces_the_one_before(schedule: Schedule) -> None:
    before, after = Counter(), Counter()
    schedule.after("x", 3600, before)
    schedule.after("x", 0, after)
    after.further(1)
    assert before.n == 0


def test_a_cancelled_job_does_not_run(schedule: Schedule) -> None:
    cancelled, other = Counter(), Counter()
    schedule.after("x", 0.1, cancelled)
    schedule.cancel("x")
    schedule.cancel("never planned")
    schedule.every("other", 0.05, other)
    other.further(4)
    assert cancelled.n == 0


def test_a_job_that_fails_is_logged_once_and_tried_again(schedule: Schedule, caplog: pytest.LogCaptureFixture) -> None:
    runs = Counter()
    well = threading.Event()

    def fails() -> None:
        runs()
        if not well.is_set():
            raise ValueError("no")

    schedule.every("bad", 0.02, fails)
    runs.further(5)
    well.set()
    wait_until(lambda: "works again" in caplog.text, "the good news")
    assert caplog.text.count("job bad failed") == 1


def test_a_job_may_plan_its_next_run_while_the_schedule_stops(wall: Wall) -> None:
    made = Schedule(threads=2, wall=wall.now)
    entered, go_on = threading.Event(), threading.Event()

    def again() -> None:
        entered.set()
        go_on.wait(20)
        made.after("again", 0, again)

    made.start()
    made.after("again", 0, again)
    assert entered.wait(20)
    stopper = threading.Thread(target=made.stop)
    stopper.start()
    wait_until(made._ending.is_set, "the stop to begin")
    go_on.set()
    stopper.join(20)
    assert not stopper.is_alive()


def test_a_job_may_run_for_the_last_time_while_the_schedule_stops(wall: Wall) -> None:
    """APScheduler's loop then takes it away from what is no more there; and only then that is no mistake."""
    made = Schedule(threads=1, wall=wall.now)
    made.start()
    with pytest.raises(JobLookupError):
        made._scheduler.remove_job("again")
    made.stop()
    made._scheduler.remove_job("again")


def test_a_slow_job_is_not_run_twice_at_once(schedule: Schedule) -> None:
    inside, most, other = Counter(), Counter(), Counter()
    release = threading.Event()

    def slow() -> None:
        inside()
        if inside.n > 1 and not release.is_set():
            most()
        release.wait(20)

    schedule.every("slow", 0.02, slow)
    schedule.every("other", 0.02, other)
    inside.further(1)
    other.further(10)
    release.set()
    assert most.n == 0


def test_nothing_is_logged_by_a_quiet_day(schedule: Schedule, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    count = Counter()
    schedule.every("tick", 0.02, count)
    count.further(5)
    assert caplog.records == []
