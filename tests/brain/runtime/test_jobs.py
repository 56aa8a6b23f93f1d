"""The sweeps and rollups on a real store: what they raise, and that a slot is swept once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

import brain.runtime.jobs as jobs_module
from brain.model.alert import Level, Rule, RuleKind
from brain.model.case import PrivatePart
from brain.model.clock import WallClock
from brain.model.drops import Dropped
from brain.model.event import Event
from brain.model.judge import SeenDevice
from brain.runtime.acceptance import Window
from brain.runtime.jobs import GRACE_S, Jobs
from brain.runtime.schedule import Schedule
from brain.store import schema
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from brain.store.judged import seen_devices
from brain.store.write.feeds import FeedStatus, save_feed_state
from tests.brain.runtime.desk import NOW_MS, Faulty, Kitchen, device, reading, ticket
from tests.services.waiting import wait_until

DAY_MS = 86_400_000
YEARS = Window(10 * 365 * DAY_MS, 300_000)


class Bench:
    """Jobs over a store, with clocks moved by hand: `now_ms` city and real time, `up_s` since the start."""

    def __init__(self, store: Store) -> None:
        self.now_ms = NOW_MS
        self.up_s = GRACE_S + 1
        self.kitchen = Kitchen(store, clock=WallClock(lambda: self.now_ms))
        self.kitchen.ingest.start()
        self.jobs = Jobs(
            store,
            self.kitchen.facts,
            self.kitchen.clock,
            self.kitchen.health,
            {"reading": 1},
            started=0.0,
            wall_ms=lambda: self.now_ms,
            monotonic=lambda: self.up_s,
        )
        self.kitchen.health.told("iot", "well")

    def alerts(self, rule: str) -> list[tuple[str, str]]:
        return [(row.target_id, row.condition) for row in self.kitchen.rows(schema.alert) if row.rule_id == rule]

    def with_rules(self, *rules: Rule) -> Jobs:
        """The jobs of a city with these rules alone, whose kitchen takes the place of the one before."""
        facts = replace(self.kitchen.facts, rules={rule.id: rule for rule in rules})
        self.kitchen.ingest.stop()
        self.kitchen = Kitchen(self.kitchen.store, self.kitchen.clock, facts)
        self.kitchen.ingest.start()
        return replace(self.jobs, facts=facts)

    def passes(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)


@pytest.fixture
def bench(store: Store) -> Iterator[Bench]:
    made = Bench(store)
    yield made
    made.kitchen.ingest.stop()


def test_a_silent_device_is_found_and_its_return_too(bench: Bench) -> None:
    assert bench.kitchen.offer([device(), device(2), reading(0), reading(0, number=2)])
    assert bench.jobs.sweep_silence()
    assert bench.alerts("device_silent") == []
    bench.passes(170)
    assert bench.kitchen.offer([replace(reading(number=2), at_ms=bench.now_ms)])
    bench.passes(15)  # device 1: 185 s, more than three times its interval of 60 s
    assert bench.jobs.sweep_silence()
    assert bench.alerts("device_silent") == [("water-1", "firing")]
    assert bench.kitchen.offer([replace(reading(), at_ms=bench.now_ms)])
    bench.passes(10)
    assert bench.jobs.sweep_silence()
    assert bench.alerts("device_silent") == [("water-1", "normal")]


def test_nothing_is_silent_right_after_a_start_or_while_its_feed_is_lost(bench: Bench) -> None:
    assert bench.kitchen.offer([device(), reading(0)])
    bench.passes(1000)
    bench.up_s = GRACE_S - 1
    assert bench.jobs.sweep_silence()
    assert bench.alerts("device_silent") == []
    bench.up_s = GRACE_S + 1
    bench.kitchen.health.told("iot", "lost", "broker gone")
    bench.passes(10)
    assert bench.jobs.sweep_silence()
    assert bench.alerts("device_silent") == []
    bench.kitchen.health.told("iot", "well")
    bench.passes(10)
    assert bench.jobs.sweep_silence()
    assert bench.alerts("device_silent") == [("water-1", "firing")]


def test_a_feed_of_another_process_that_is_not_well_excuses_its_devices_one_that_is_no_more_does_not(
    bench: Bench,
) -> None:
    tree = bench.kitchen.facts.tree
    assert bench.kitchen.offer([replace(device(1), feed="letters"), reading(0)])
    assert bench.kitchen.offer([replace(device(2), feed="before"), reading(0, number=2)])
    for feed in ("letters", "before"):  # the second was stopped for good, to be parted into shards
        stopped = FeedStatus(feed, "readings", "stopped", NOW_MS, 60.0)
        bench.jobs.store.write(lambda conn: save_feed_state(conn, tree, stopped)).result()  # noqa: B023
    bench.passes(1000)
    assert bench.jobs.sweep_silence()
    assert bench.alerts("device_silent") == [("water-2", "firing")]


def test_a_late_clock_is_found(bench: Bench) -> None:
    fresh = ticket(urgent=True, created_ms=NOW_MS - 3_500_000)  # contact is due after an hour
    assert bench.kitchen.offer([fresh], "hotline", YEARS)
    assert bench.jobs.sweep_clocks()
    assert bench.alerts("contact_late") == []
    bench.passes(101)
    assert bench.jobs.sweep_clocks()
    assert [condition for _, condition in bench.alerts("contact_late")] == ["firing"]
    answered = replace(fresh, state="dispatched", dispatched_ms=bench.now_ms)
    assert bench.kitchen.offer([answered], "hotline", YEARS)
    bench.passes(10)
    assert bench.jobs.sweep_clocks()
    assert [condition for _, condition in bench.alerts("contact_late")] == ["normal"]


def test_what_a_camera_no_longer_reports_is_over(bench: Bench) -> None:
    smoke = Rule("smoke", RuleKind.EVENT, "浓烟", "Smoke", Level.RED, event_kind="smoke", quiet_for_s=300)
    jobs = bench.with_rules(smoke)
    seen = Event("water-1", "smoke", NOW_MS, "", 0.9, "", "", NOW_MS)
    assert bench.kitchen.offer([device(), seen])
    bench.passes(200)
    assert bench.kitchen.offer([replace(seen, at_ms=bench.now_ms)])
    bench.passes(200)
    assert jobs.sweep_events()
    assert bench.alerts("smoke") == [("water-1", "firing")]
    bench.passes(101)
    assert jobs.sweep_events()
    assert bench.alerts("smoke") == [("water-1", "normal")]
    (alert,) = bench.kitchen.rows(schema.alert)
    assert (alert.times, alert.recovered_ms, alert.area_id) == (2, bench.now_ms, device().area_id)


def test_a_broker_that_drops_nothing_any_more_is_over(bench: Bench) -> None:
    drops = Rule("drops", RuleKind.DROPS, "丢弃", "Drops", Level.ORANGE, quiet_for_s=600, auto_close=True)
    jobs = bench.with_rules(drops)
    for total in (7, 9, 12):
        assert bench.kitchen.offer([Dropped(total, bench.now_ms)])
        bench.passes(400)
        assert jobs.sweep_events()
    assert bench.alerts("drops") == [("iot", "firing")]
    bench.passes(201)
    assert bench.kitchen.offer([Dropped(12, bench.now_ms)])
    assert jobs.sweep_events()
    (alert,) = bench.kitchen.rows(schema.alert)
    assert (alert.condition, alert.state, alert.recovered_ms) == ("normal", "closed", bench.now_ms)
    assert (alert.times, alert.peak, alert.area_id) == (2, 3.0, bench.kitchen.facts.tree.root.id)


class Watched:
    """A store that tells when a transaction is open, and does something before it opens one."""

    def __init__(self, store: Store, before: Callable[[], object] = lambda: None) -> None:
        self._store = store
        self._before = before
        self.writing = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Callable[[Any], Any], *, people: bool = False) -> Any:
        def noted(conn: Any) -> Any:
            self.writing = True
            try:
                return work(conn)
            finally:
                self.writing = False

        self._before()
        return self._store.write(noted, people=people)


def test_a_sweep_holds_up_nobody_while_it_reads(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(bench.kitchen.store)
    asked: list[tuple[bool, list[str]]] = []

    def seen(*args: Any) -> list[SeenDevice]:
        found = seen_devices(*args)
        asked.append((watched.writing, [each.device.id for each in found]))
        return found

    monkeypatch.setattr(jobs_module, "seen_devices", seen)
    jobs = replace(bench.jobs, store=watched)  # type: ignore[arg-type]
    assert bench.kitchen.offer([device(), device(2), reading(0), reading(0, number=2)])
    assert jobs.sweep_silence()
    assert asked == [(False, ["water-1", "water-2"])]
    bench.passes(170)
    assert bench.kitchen.offer([replace(reading(number=2), at_ms=bench.now_ms)])
    bench.passes(15)
    assert jobs.sweep_silence()
    assert asked[1:] == [(False, ["water-1", "water-2"]), (True, ["water-1"])]
    assert bench.alerts("device_silent") == [("water-1", "firing")]


def test_a_device_that_speaks_during_the_sweep_is_not_silent(bench: Bench) -> None:
    assert bench.kitchen.offer([device(), device(2), reading(0), reading(0, number=2)])
    bench.passes(200)
    speaks = Watched(
        bench.kitchen.store, lambda: bench.kitchen.offer([replace(reading(), at_ms=bench.now_ms, received_ms=0)])
    )
    assert replace(bench.jobs, store=speaks).sweep_silence()  # type: ignore[arg-type]
    assert bench.alerts("device_silent") == [("water-2", "firing")]


def test_a_clock_that_ends_during_the_sweep_is_not_late(bench: Bench) -> None:
    fresh = ticket(urgent=True, created_ms=NOW_MS - 3_500_000)
    assert bench.kitchen.offer([fresh], "hotline", YEARS)
    bench.passes(101)
    answered = replace(fresh, state="dispatched", dispatched_ms=bench.now_ms)
    speaks = Watched(bench.kitchen.store, lambda: bench.kitchen.offer([answered], "hotline", YEARS))
    assert replace(bench.jobs, store=speaks).sweep_clocks()  # type: ignore[arg-type]
    assert bench.alerts("contact_late") == []


def test_a_slot_is_swept_once_by_all_workers(bench: Bench) -> None:
    twin = replace(bench.jobs, worker="twin")
    assert [bench.jobs.sweep_silence(), twin.sweep_silence(), twin.sweep_clocks(), bench.jobs.sweep_clocks()] == [
        True,
        False,
        True,
        False,
    ]
    bench.passes(10)
    assert twin.sweep_silence()


def test_a_clock_set_back_an_hour_does_not_stop_the_sweeps(bench: Bench) -> None:
    for _ in range(3):
        assert bench.jobs.sweep_silence()
        bench.passes(10)
    bench.passes(-3600)
    for _ in range(3):
        assert bench.jobs.sweep_silence()
        bench.passes(10)
    bench.passes(-30)
    assert not bench.jobs.sweep_silence()
    bench.passes(-3600)
    assert bench.jobs.forget_future()
    bench.passes(3600)
    assert bench.jobs.sweep_silence()


def test_the_jobs_hear_of_a_step_of_the_clock(bench: Bench) -> None:
    schedule = Schedule()
    bench.jobs.plan(schedule)
    assert bench.jobs.sweep_silence()
    bench.passes(-3600)
    schedule.start()
    schedule.on_step()
    wait_until(lambda: bench.kitchen.rows(schema.job_claim) == [], "the claims of the future to be dropped")
    schedule.stop()


def test_areas_are_rolled_up(bench: Bench) -> None:
    assert bench.kitchen.offer([device(), device(2), reading(400, 0.2), reading(400, 0.4, number=2)])
    assert bench.kitchen.rows(schema.dirty_bucket)
    assert bench.jobs.roll_up_areas()
    assert bench.kitchen.rows(schema.dirty_bucket) == []
    town = [row for row in bench.kitchen.rows(schema.area_rollup) if row.area_id == "02001" and row.span_s == 300]
    assert [(row.count, row.devices, round(row.sum, 6)) for row in town] == [(2, 2, 0.6)]


def test_old_readings_are_forgotten(bench: Bench) -> None:
    assert bench.kitchen.offer([device(), reading(3 * 86_400), reading(0)])
    assert bench.jobs.forget()
    assert [row.at_ms for row in bench.kitchen.rows(schema.reading)] == [NOW_MS]
    assert not bench.jobs.forget()  # the hour's slot is taken


def test_provisional_deadlines_are_counted_again(bench: Bench) -> None:
    private = PrivatePart(text="x")
    assert bench.kitchen.offer([ticket(private=private)], "hotline", YEARS)
    clock = schema.case_clock
    work: Callable[..., object] = lambda conn: conn.execute(  # noqa: E731
        update(clock).values(provisional=True, due_ms=clock.c.due_ms + 5)
    )
    due = {row.clock: row.due_ms for row in bench.kitchen.rows(clock)}
    bench.kitchen.store.write(work).result()
    assert bench.jobs.settle_deadlines()
    after = bench.kitchen.rows(clock)
    assert {row.clock: row.due_ms for row in after if row.clock == "close"} == {"close": due["close"]}


@pytest.mark.parametrize("job", ["sweep_silence", "sweep_clocks", "roll_up_areas", "forget", "settle_deadlines"])
def test_a_lost_store_is_told_and_tried_again_next_time(sqlite_store: Store, job: str) -> None:
    bench = Bench(sqlite_store)
    faulty = Faulty(sqlite_store, lambda: StoreUnavailable("away"), times=1)
    jobs = replace(bench.jobs, store=faulty)  # type: ignore[arg-type]
    getattr(jobs, job)()
    assert bench.kitchen.health.store_trouble == "away"
    assert getattr(jobs, job)()
    assert bench.kitchen.health.store_trouble == ""
    bench.kitchen.ingest.stop()


def test_a_rule_that_breaks_is_told_and_the_others_go_on(bench: Bench) -> None:
    rules = dict(bench.kitchen.facts.rules)
    rules["broken"] = replace(rules["device_silent"], id="broken", factor="three")  # type: ignore[arg-type]
    jobs = replace(bench.jobs, facts=replace(bench.kitchen.facts, rules=rules))
    assert bench.kitchen.offer([device(), reading(0)])
    bench.passes(1000)
    with pytest.raises(RuntimeError, match="rule broken"):
        jobs.sweep_silence()
    assert bench.alerts("device_silent") == [("water-1", "firing")]


class GivesWay:
    """A store whose every transaction is asked to give way once, and runs again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read = store.read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Callable[[Any], Any]) -> Any:
        def rolled_back(conn: Any) -> None:
            work(conn)
            raise InterruptedError

        assert isinstance(self._store.write(rolled_back).exception(30), InterruptedError)
        return self._store.write(work)


def test_what_broke_is_told_once_when_the_transaction_runs_twice(bench: Bench) -> None:
    rules = dict(bench.kitchen.facts.rules)
    rules["broken"] = replace(rules["device_silent"], id="broken", factor="three")  # type: ignore[arg-type]
    facts = replace(bench.kitchen.facts, rules=rules)
    jobs = replace(bench.jobs, facts=facts, store=GivesWay(bench.jobs.store))  # type: ignore[arg-type]
    assert bench.kitchen.offer([device(), reading(0)])
    bench.passes(1000)
    with pytest.raises(RuntimeError) as told:
        jobs.sweep_silence()
    assert str(told.value).count("rule broken") == 1
