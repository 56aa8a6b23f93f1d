"""What the brain does by itself, and how often: sweeps for silence and late clocks, area rollups, retention."""

import os
import socket
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from brain.model.alert import Rule, RuleKind
from brain.model.clock import Clock, WallClock
from brain.model.facts import Facts
from brain.model.judge import Judgement, judge_clocks, judge_silence
from brain.model.judge_event import judge_quiet
from brain.runtime.health import Health
from brain.runtime.schedule import Schedule
from brain.store.claims import claim_slot, drop_claims_after
from brain.store.connection import Connection
from brain.store.device_states import end_states, some_are_over
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from brain.store.judged import load_states, seen_clocks, seen_devices
from brain.store.retention import sweep
from brain.store.row_counts import count_rows
from brain.store.write.alerts import apply_signals
from brain.store.write.deadlines import settle_deadlines
from brain.store.write.feeds import unwell_feeds
from brain.store.write.rollups import make_area_rollups

T = TypeVar("T")

Judge = Callable[[Connection, int, Collection[str] | None], Judgement]
"""What rules say at a moment of city time to all targets, or to those named."""

SWEEP_S = 10.0
ROLLUP_S = 5.0
RETENTION_S = 3600.0
DEADLINES_S = 86_400.0
GRACE_S = 120.0  # after a start, devices need a while to be heard
BUCKETS_AT_ONCE = 5000


@dataclass(frozen=True)
class Jobs:
    """`retention_days`: what to forget after how many days (brain/store/retention.RETAINED), `retention_of_kinds` other
    days of kinds of devices. `started`: monotonic."""

    store: Store
    facts: Facts
    clock: Clock
    health: Health
    retention_days: Mapping[str, int]
    started: float
    retention_of_kinds: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    wall_ms: Callable[[], int] = WallClock().now_ms
    monotonic: Callable[[], float] = time.monotonic
    worker: str = f"{socket.gethostname()}:{os.getpid()}"

    def plan(self, schedule: Schedule) -> None:
        # Also at the start: the clock may have been set back while nothing ran.
        schedule.after("clock step", 0.0, self.forget_future)
        schedule.on_step = lambda: schedule.after("clock step", 0.0, self.forget_future)
        schedule.every("silence sweep", SWEEP_S, self.sweep_silence)
        schedule.every("clock sweep", SWEEP_S, self.sweep_clocks)
        schedule.every("event sweep", SWEEP_S, self.sweep_events)
        schedule.every("device states", SWEEP_S, self.end_device_states)
        schedule.every("area rollups", ROLLUP_S, self.roll_up_areas)
        schedule.every("deadlines", DEADLINES_S, self.settle_deadlines, first_s=1.0)
        schedule.every("retention", RETENTION_S, self.forget, first_s=60.0)

    def forget_future(self) -> bool:
        """Whether it was done, or ours to do; so all of these."""
        margin_ms = round(2 * SWEEP_S * 1000)  # other hosts' clocks may be a little ahead
        return self._written(lambda conn: drop_claims_after(conn, self.wall_ms() + margin_ms)) is not None

    def sweep_silence(self) -> bool:
        rules = self._rules(RuleKind.SILENT)
        watched = {rule.device_kind for rule in rules.values()}
        # Of ten thousand devices few kinds may be watched.
        kinds = None if None in watched else {kind for kind in watched if kind is not None}
        grace = self.monotonic() - self.started < GRACE_S
        lost = self.health.lost_feeds()

        def judge(conn: Connection, now_ms: int, only: Collection[str] | None) -> Judgement:
            until_ms = now_ms + 1 if grace else 0
            devices = seen_devices(conn, kinds, only)
            # What a feed that is no longer configured said last would excuse its devices for ever.
            elsewhere = self.facts.feeds.keys() - self.health.feeds
            away = lost | (unwell_feeds(conn) & elsewhere)
            return judge_silence(rules, load_states(conn, rules), devices, now_ms, until_ms, away)

        return bool(rules) and self._sweep("silence sweep", judge)

    def sweep_clocks(self) -> bool:
        rules = self._rules(RuleKind.CLOCK)

        def judge(conn: Connection, now_ms: int, only: Collection[str] | None) -> Judgement:
            states = load_states(conn, rules)
            return judge_clocks(rules, states, seen_clocks(conn, rules, states, now_ms, only), now_ms)

        return bool(rules) and self._sweep("clock sweep", judge)

    def sweep_events(self) -> bool:
        watched = {**self._rules(RuleKind.EVENT), **self._rules(RuleKind.DROPS)}
        rules = {rule.id: rule for rule in watched.values() if rule.quiet_for_s is not None}

        def judge(conn: Connection, now_ms: int, only: Collection[str] | None) -> Judgement:
            return judge_quiet(rules, load_states(conn, rules), now_ms, only)

        return bool(rules) and self._sweep("event sweep", judge)

    def end_device_states(self) -> bool:
        """Back into service what was out of it for a time that is over. Not claimed: done twice it finds nothing."""
        now_ms, real_ms = self.clock.now_ms(), self.wall_ms()
        try:
            with self.store.read() as conn:
                if not some_are_over(conn, now_ms):
                    return False
        except StoreUnavailable as error:
            self.health.store_lost(str(error))
            return False
        return bool(self._written(lambda conn: end_states(conn, self.facts.tree, now_ms, real_ms)))

    def roll_up_areas(self) -> bool:
        # The dirty buckets are taken in the transaction that makes them: no claim is needed to do it once.
        def make(conn: Connection) -> int:
            return make_area_rollups(conn, self.facts.tree, BUCKETS_AT_ONCE)

        while self._written(make) == BUCKETS_AT_ONCE:
            continue
        return True

    def settle_deadlines(self) -> bool:
        # Not claimed: at a start after an update the calendar may know more, and doing it twice finds nothing to do.
        self._written(lambda conn: settle_deadlines(conn, self.facts, self.clock.now_ms()))
        return True

    def forget(self) -> bool:
        # Deleting what is old goes on portion by portion and may be done twice, so it is claimed before.
        if not self._written(lambda conn: self._claimed(conn, "retention", RETENTION_S)):
            return False
        try:
            now_ms, real_ms = self.clock.now_ms(), self.wall_ms()
            sweep(self.store, self.facts, self.retention_days, now_ms, real_ms, self.retention_of_kinds)
            count_rows(self.store, self.wall_ms())  # what is left
        except StoreUnavailable as error:
            self.health.store_lost(str(error))
        return True

    def _sweep(self, job: str, judge: Judge) -> bool:
        """All targets are read in a snapshot, so that nobody waits for it; within the transaction only those are judged
        again that a signal is meant for, since they may have spoken meanwhile."""
        now_ms = self.clock.now_ms()
        try:
            with self.store.read() as conn:
                seen = judge(conn, now_ms, None)
        except StoreUnavailable as error:
            self.health.store_lost(str(error))
            return False
        targets = {signal.state.target_id for signal in seen.signals}

        def work(conn: Connection) -> bool:
            if not self._claimed(conn, job, SWEEP_S):
                return False
            signals = judge(conn, now_ms, targets).signals if targets else ()
            if signals:
                apply_signals(conn, self.facts, signals, now_ms)
            return True

        ours = self._written(work) or False
        if ours and seen.failures:
            # What went well is kept; the schedule logs the rest once.
            raise RuntimeError("; ".join(f"rule {failure.rule_id}: {failure.error!r}" for failure in seen.failures))
        return ours

    def _claimed(self, conn: Connection, job: str, interval_s: float) -> bool:
        interval_ms = round(interval_s * 1000)
        return claim_slot(conn, job, self.wall_ms() // interval_ms * interval_ms, self.worker)

    def _written(self, work: Callable[[Connection], T]) -> T | None:
        """The answer of a transaction; None while the store is away: the next run does it then."""
        try:
            answer = self.store.write(work).result()
        except StoreUnavailable as error:
            self.health.store_lost(str(error))
            return None
        self.health.store_back()
        return answer

    def _rules(self, kind: RuleKind) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.facts.rules.values() if rule.kind is kind}
