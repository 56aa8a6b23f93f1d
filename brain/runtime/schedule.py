"""When things run: the only APScheduler. Steps of the system clock neither stop nor repeat a job.

APScheduler plans by wall time: set the clock back an hour and an interval job rests for an hour. So each job's due time
is remembered on the monotonic clock, and when wall time has moved against it all jobs are planned anew.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_STOPPED
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from brain.model.clock import WallClock, at_utc

STEP_S = 1.0  # a smaller move of wall against monotonic time is slewing or scheduling noise
WATCH_S = 1.0

log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return at_utc(WallClock().now_ms())


@dataclass(slots=True)
class _Plan:
    """`due` is on the monotonic clock; `every_s` None: once."""

    work: Callable[[], object]
    every_s: float | None
    due: float
    failing: bool = False


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]  # it has no types
    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        """Its own loop takes away a job that ran for the last time, too late where it was stopped since."""
        try:
            super().remove_job(job_id, jobstore)
        except JobLookupError:
            if self.state != STATE_STOPPED:
                raise


class Schedule:
    """Jobs by name; a name planned again replaces what it was."""

    def __init__(
        self,
        threads: int = 8,
        wall: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        watch_s: float = WATCH_S,
    ) -> None:
        """`wall` must be the clock that APScheduler reads; tests move both."""
        self._wall = wall
        self._monotonic = monotonic
        self._watch_s = watch_s
        self._lock = threading.Condition()
        self._plans: dict[str, _Plan] = {}
        self._running = 0
        self._ending = threading.Event()
        self.on_step: Callable[[], object] = lambda: None  # called after the system clock was moved
        self._scheduler = _Scheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(threads)},
            # However late: run, once. A default job that is late by a second is dropped.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._watch = threading.Thread(target=self._run_watch, name="schedule-watch", daemon=True)

    def start(self) -> None:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # what a job does wrong is logged here, once
        self._scheduler.start()
        self._watch.start()

    def stop(self, timeout_s: float = 60.0) -> None:
        """Returns when running jobs have ended; from now on planning does nothing."""
        self._ending.set()
        if self._watch.is_alive():
            self._watch.join()
        if self._scheduler.running:
            # It would wait for running jobs with its own locks held, which a job needs that plans its next run.
            self._scheduler.shutdown(wait=False)
        with self._lock:
            self._lock.wait_for(lambda: not self._running, timeout_s)

    def every(self, name: str, seconds: float, work: Callable[[], object], first_s: float | None = None) -> None:
        """Run `work` each `seconds`, first after `first_s` (default: one interval). Never twice at once."""
        delay_s = seconds if first_s is None else first_s
        self._plan(name, _Plan(work, seconds, self._monotonic() + delay_s), delay_s)

    def after(self, name: str, delay_s: float, work: Callable[[], object]) -> None:
        """Run `work` once after `delay_s`."""
        self._plan(name, _Plan(work, None, self._monotonic() + delay_s), delay_s)

    def cancel(self, name: str) -> None:
        """Forget a job; one that runs goes on to its end."""
        with self._lock:
            self._plans.pop(name, None)
        try:
            self._scheduler.remove_job(name)
        except JobLookupError:
            return

    def _plan(self, name: str, plan: _Plan, delay_s: float) -> None:
        if self._ending.is_set():
            return
        first = self._wall() + timedelta(seconds=delay_s)
        with self._lock:
            self._plans[name] = plan
        trigger = (
            DateTrigger(first, UTC) if plan.every_s is None else IntervalTrigger(seconds=plan.every_s, timezone=UTC)
        )
        self._scheduler.add_job(
            self._run, trigger, args=(name, plan), id=name, name=name, next_run_time=first, replace_existing=True
        )

    def _run(self, name: str, plan: _Plan) -> None:
        with self._lock:
            if self._ending.is_set():
                return
            self._running += 1
            if plan.every_s is not None:
                plan.due = self._monotonic() + plan.every_s
            elif self._plans.get(name) is plan:
                del self._plans[name]
        try:
            plan.work()
        except Exception:
            if not plan.failing:
                log.exception("job %s failed; it is tried again", name)
            plan.failing = True
        else:
            if plan.failing:
                log.warning("job %s works again", name)
            plan.failing = False
        finally:
            with self._lock:
                self._running -= 1
                self._lock.notify_all()

    def _run_watch(self) -> None:
        offset = self._offset()
        while not self._ending.wait(self._watch_s):
            now = self._offset()
            if abs(now - offset) > STEP_S:
                log.warning("the system clock moved by %.0f s; all jobs are planned anew", now - offset)
                self._replan()
                self.on_step()
            offset = now

    def _offset(self) -> float:
        return self._wall().timestamp() - self._monotonic()

    def _replan(self) -> None:
        with self._lock:
            plans = dict(self._plans)
        for name, plan in plans.items():
            left_s = max(0.0, plan.due - self._monotonic())
            try:
                self._scheduler.modify_job(name, next_run_time=self._wall() + timedelta(seconds=left_s))
            except JobLookupError:  # it ran meanwhile, and was to run once
                continue
