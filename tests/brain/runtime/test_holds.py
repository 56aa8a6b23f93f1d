"""A rule whose hold is over fires, also when the device says nothing more."""

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

import pytest
from sqlalchemy import select

from brain.feed import FeedContext, FeedSettings, Item
from brain.model.alert import OutOfService
from brain.model.clock import WallClock
from brain.model.reading import DeviceState
from brain.model.scope import Role, Scope
from brain.runtime.discover import Mode
from brain.runtime.holds import Holds
from brain.runtime.runtime import Runtime
from brain.runtime.supervisor import FeedUnit
from brain.store import schema
from brain.store.audited import Doing
from brain.store.device_states import NewState, set_state
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from tests.brain.runtime.desk import FEEDS, NOW_MS, SEAL, Kitchen, device, reading
from tests.services.waiting import wait_until
from tests.small_city import small_city


class Bench:
    """`now_ms` is moved by hand. The rule water_red must hold 60 s; no milder one speaks before it."""

    def __init__(self, store: Store) -> None:
        self.now_ms = NOW_MS
        self.begin(store)

    def begin(self, store: Store) -> None:
        facts = small_city()
        red = {rule.id: rule for rule in facts.rules.values() if rule.id == "water_red"}
        self.kitchen = Kitchen(store, WallClock(lambda: self.now_ms), replace(facts, rules=MappingProxyType(red)))
        self.kitchen.ingest.start()
        self.holds = self.made(list(FEEDS))

    def made(self, feeds: list[str]) -> Holds:
        kitchen = self.kitchen
        return Holds(kitchen.store, kitchen.facts, kitchen.clock, kitchen.health, kitchen.ingest, feeds.__contains__)

    def says(self, second: int, value: float | None) -> None:
        assert self.kitchen.offer([reading(-second, value)])

    def at(self, second: int) -> int:
        self.now_ms = NOW_MS + second * 1000
        return self.holds.sweep()

    def reds(self) -> list[tuple[str, str, int]]:
        rows = self.kitchen.rows(schema.alert)
        return [(row.state, row.condition, row.times) for row in rows if row.rule_id == "water_red"]


@pytest.fixture
def bench(store: Store) -> Iterator[Bench]:
    made = Bench(store)
    assert made.kitchen.offer([device()])
    yield made
    made.kitchen.ingest.stop()


def test_one_word_is_enough_when_no_other_follows(bench: Bench) -> None:
    bench.says(0, 0.7)
    assert bench.at(59) == 0
    assert bench.reds() == []
    assert bench.at(60) == 1
    assert bench.reds() == [("open", "firing", 1)]
    (red,) = (row for row in bench.kitchen.rows(schema.alert) if row.rule_id == "water_red")
    assert (red.opened_ms, red.value, red.simulated) == (NOW_MS + 60_000, 0.7, True)
    assert bench.at(70) == 0, "once"


def test_what_it_says_later_goes_on_from_there(bench: Bench) -> None:
    bench.says(0, 0.7)
    bench.at(61)
    bench.says(62, 0.8)
    assert bench.reds() == [("open", "firing", 2)]
    bench.says(70, 0.1)
    bench.says(190, 0.1)
    assert bench.reds() == [("open", "normal", 2)]
    assert bench.kitchen.rows(schema.alert)[0].recovered_ms is not None


def test_what_said_otherwise_in_time_does_not_fire(bench: Bench) -> None:
    bench.says(0, 0.7)
    bench.says(50, 0.4)
    assert bench.at(61) == 0
    assert bench.reds() == []


def test_a_bad_value_is_no_other_word(bench: Bench) -> None:
    bench.says(0, 0.7)
    bench.says(50, None)
    assert bench.at(60) == 1
    assert bench.reds() == [("open", "firing", 1)]


def test_the_hold_goes_on_through_a_restart(bench: Bench) -> None:
    bench.says(0, 0.7)
    bench.kitchen.ingest.stop()
    bench.begin(bench.kitchen.store)
    assert bench.at(60) == 1
    assert bench.reds() == [("open", "firing", 1)]


def test_devices_of_another_process_are_its_own_affair(bench: Bench) -> None:
    bench.says(0, 0.7)
    bench.holds = bench.made(["hotline"])
    assert bench.at(60) == 0
    assert bench.reds() == []


def test_a_device_taken_out_of_service_does_not_fire(bench: Bench) -> None:
    bench.says(0, 0.7)
    kitchen = bench.kitchen
    who = Doing(Scope("wu", Role.ADMINISTRATOR, kitchen.facts.tree.root.id), "127.0.0.1", NOW_MS, NOW_MS)
    assert set_state(kitchen.store, kitchen.facts, who, [device().id], NewState(DeviceState.MAINTENANCE, "换电池"))
    kitchen.ingest.look_again()
    bench.at(60)
    assert bench.reds() == []


def bring_into(bench: Bench, state: DeviceState, second: int) -> None:
    kitchen, now_ms = bench.kitchen, NOW_MS + second * 1000
    who = Doing(Scope("wu", Role.ADMINISTRATOR, kitchen.facts.tree.root.id), "127.0.0.1", now_ms, now_ms)
    assert set_state(kitchen.store, kitchen.facts, who, [device().id], NewState(state, "换电池"))
    kitchen.ingest.look_again()
    assert kitchen.offer([]), "ingest reads the register"


def story(bench: Bench) -> list[tuple[str, int]]:
    return [(row.action, (row.at_ms - NOW_MS) // 1000) for row in bench.kitchen.rows(schema.alert_event)]


@pytest.mark.parametrize("state", [DeviceState.MAINTENANCE, DeviceState.RETIRED])
def test_what_a_device_raised_ends_when_it_goes_out_of_service(bench: Bench, state: DeviceState) -> None:
    bench.says(0, 0.7)
    bench.at(60)
    bring_into(bench, state, 100)
    assert bench.at(102) == 1
    assert bench.reds() == [("open", "normal", 1)]
    assert story(bench) == [("raise", 60), ("out_of_service", 100)]
    assert bench.kitchen.rows(schema.alert)[0].recovered_ms == NOW_MS + 100_000
    assert bench.kitchen.rows(schema.rule_state) == []
    assert bench.at(104) == 0, "once"


def test_back_in_service_it_is_judged_by_what_it_says_then(bench: Bench) -> None:
    bench.says(0, 0.7)
    bench.at(60)
    bring_into(bench, DeviceState.MAINTENANCE, 100)
    bench.at(102)
    bring_into(bench, DeviceState.ACTIVE, 200)
    bench.says(210, 0.7)
    assert bench.reds() == [("open", "pending", 1)], "it must hold anew"
    bench.at(270)
    assert bench.reds() == [("open", "firing", 2)]
    assert story(bench) == [("raise", 60), ("out_of_service", 100), ("raise", 270)]


def test_a_hold_does_not_go_on_through_maintenance(bench: Bench) -> None:
    bench.says(0, 0.7)
    bring_into(bench, DeviceState.MAINTENANCE, 10)
    bench.at(12)
    bring_into(bench, DeviceState.ACTIVE, 100)
    assert bench.at(102) == 0
    assert bench.reds() == []


def test_what_the_store_alone_remembers_of_a_device_out_of_service_ends_too(bench: Bench) -> None:
    bench.says(0, 0.7)
    bench.at(60)
    bench.kitchen.ingest.stop()
    bring = schema.device.update().values(state=DeviceState.RETIRED.value, state_since_ms=None)
    bench.kitchen.store.write(lambda conn: conn.execute(bring)).result()
    bench.begin(bench.kitchen.store)
    bench.kitchen.ingest._states.clear()
    assert bench.at(102) == 1
    assert story(bench) == [("raise", 60), ("out_of_service", 0)], "when it was heard last, as nobody said when it went"


def test_two_that_end_it_end_it_once(bench: Bench) -> None:
    bench.says(0, 0.7)
    bench.at(60)
    bring_into(bench, DeviceState.RETIRED, 100)
    end = [OutOfService("water_red", device().id, NOW_MS + 100_000)]
    assert bench.kitchen.offer(end)
    assert bench.kitchen.offer(end)
    assert [action for action, _ in story(bench)] == ["raise", "out_of_service"]


def test_ingest_that_has_not_heard_of_the_state_is_not_asked_yet(bench: Bench) -> None:
    bench.says(0, 0.7)
    bench.at(60)
    bring = schema.device.update().values(state=DeviceState.RETIRED.value)
    bench.kitchen.store.write(lambda conn: conn.execute(bring)).result()
    assert bench.at(102) == 0
    assert bench.kitchen.offer([OutOfService("water_red", device().id, NOW_MS)])
    assert bench.reds() == [("open", "firing", 1)]


def test_the_running_brain_looks_by_itself(sqlite_store: Store) -> None:
    class Detector:
        """Says it once, and is then silent."""

        MODE: Mode = "subscribe"
        INPUT = "readings"
        Settings = FeedSettings

        def run(self, _settings: FeedSettings, ctx: FeedContext) -> None:
            ctx.sink([device(), reading(61, 0.7)])
            ctx.stopping.wait()

        def accept(self, *_: object) -> list[Item]:
            return []

    unit = FeedUnit("iot", Detector(), FeedSettings())
    facts, clock = small_city(), WallClock(lambda: NOW_MS)
    runtime = Runtime(sqlite_store, replace(facts, feeds=FEEDS), clock, SEAL, [unit], retention_days={}, seed=1)
    runtime.start()
    try:
        wait_until(lambda: "water_red" in open_rules(sqlite_store), "the alert to be raised")
    finally:
        runtime.stop()


def open_rules(store: Store) -> set[str]:
    with store.read() as conn:
        return set(conn.execute(select(schema.alert.c.rule_id)).scalars())


def test_a_lost_store_is_told_and_tried_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise StoreUnavailable("away")

    bench.says(0, 0.7)
    with monkeypatch.context() as broken:
        broken.setattr(bench.kitchen.store, "read", away)
        assert bench.at(60) == 0
    assert bench.kitchen.health.store_trouble == "away"
    assert bench.at(62) == 1
    assert bench.kitchen.health.store_trouble == ""
