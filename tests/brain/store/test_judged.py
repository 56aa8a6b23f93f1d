"""What rules look at comes back from the store: their memory over a restart, devices, late clocks."""

from dataclasses import replace

from sqlalchemy import Connection, select

from brain.model.alert import Condition, RuleState
from brain.model.case import PrivatePart, Ticket, case_id
from brain.model.judge import judge_clocks, judge_readings, judge_silence
from brain.model.reading import DeviceState, Reading
from brain.model.scope import Role, Scope
from brain.store import schema
from brain.store.act import close
from brain.store.engine import Store, open_store
from brain.store.judged import load_states, seen_clocks, seen_devices
from brain.store.seal import Seal
from brain.store.write.alerts import apply_signals
from brain.store.write.cases import store_tickets
from brain.store.write.readings import store_devices, store_readings
from tests.small_city import small_city, small_devices

FACTS = small_city()
DEVICES = {device.id: device for device in small_devices()}
AREAS = {device.id: device.area_id for device in DEVICES.values()}
NOW = 1_624_860_000_000
HOUR = 3_600_000


def at(second: int, value: float | None, device: str = "water-1") -> Reading:
    return Reading(device, "water_level_m", NOW + second * 1000, value, NOW + second * 1000)


def bring(store: Store, states: dict[tuple[str, str], RuleState], *readings: Reading) -> list[str]:
    """Store and judge as ingest does; the rules that raised."""
    judged = judge_readings(FACTS.rules, states, readings, DEVICES.get)

    def work(conn: object) -> None:
        store_devices(conn, FACTS.tree, DEVICES.values(), NOW)  # type: ignore[arg-type]
        store_readings(conn, FACTS.tree, readings, AREAS, tz=FACTS.tz)  # type: ignore[arg-type]
        apply_signals(conn, FACTS, judged.signals, NOW)  # type: ignore[arg-type]

    store.write(work).result()
    states |= judged.states
    return [signal.state.rule_id for signal in judged.signals if signal.raise_alert]


def close_alerts(store: Store) -> None:
    """As a person would."""
    with store.read() as conn:
        open_ids = [(row.id, row.version) for row in conn.execute(select(schema.alert)) if row.closed_ms is None]
    for alert_id, version in open_ids:
        close(store, FACTS, Scope("li", Role.OPERATOR, "020"), alert_id, version, "", NOW, "10.0.0.1")


def loaded(store: Store) -> dict[tuple[str, str], RuleState]:
    with store.read() as conn:
        return load_states(conn, FACTS.rules)


def test_after_a_restart_rules_go_on_where_they_were(database_url: str) -> None:
    states: dict[tuple[str, str], RuleState] = {}
    with open_store(database_url) as store:
        assert bring(store, states, at(0, 0.1), at(30, 0.7)) == ["water_yellow"]
    with open_store(database_url) as store:
        again = loaded(store)
        assert again["water_red", "water-1"].condition is Condition.PENDING
        assert again["water_red", "water-1"].since_ms == NOW + 30_000, "the hold went on through the restart"
        assert bring(store, again, at(89, 0.7)) == []
        assert bring(store, again, at(90, 0.7)) == ["water_red"]


def test_after_a_restart_late_and_repeated_readings_are_known(store: Store) -> None:
    states: dict[tuple[str, str], RuleState] = {}
    bring(store, states, at(0, 0.1), at(600, 0.1))
    again = loaded(store)
    assert {key: state.last_ms for key, state in again.items()} == {
        ("water_red", "water-1"): NOW + 600_000,
        ("water_yellow", "water-1"): NOW + 600_000,
    }
    assert bring(store, again, at(599, 5.0), at(600, 5.0), at(0, 5.0)) == []
    assert bring(store, again, at(601, 0.4)) == ["water_yellow"]


def test_what_a_person_closed_comes_back_when_it_was_clear_and_trips_again(store: Store) -> None:
    states: dict[tuple[str, str], RuleState] = {}

    def reds() -> list[str]:
        with store.read() as conn:
            query = select(schema.alert.c.state).where(schema.alert.c.rule_id == "water_red")
            return sorted(conn.execute(query).scalars())

    bring(store, states, at(0, 0.7), at(60, 0.7))
    close_alerts(store)
    bring(store, states, at(90, 0.7))
    assert reds() == ["closed"], "it still fires: closed is closed"
    bring(store, states, at(120, 0.1), at(150, 0.8))
    assert reds() == ["closed", "open"], "clear for less than the 120 s that it takes to recover"
    bring(store, states, at(180, 0.1), at(210, 0.8))
    assert reds() == ["closed", "open"], "the open alert takes the next ones in"


def test_after_a_restart_the_clear_run_is_known(database_url: str) -> None:
    states: dict[tuple[str, str], RuleState] = {}
    with open_store(database_url) as store:
        bring(store, states, at(0, 0.7), at(60, 0.7), at(70, 0.1), at(80, 0.55), at(100, None))
    with open_store(database_url) as store:
        again = loaded(store)
        conditions = []
        for second in (150, 210, 270):  # 120 s after 150, and not after 70
            bring(store, again, at(second, 0.1))
            conditions.append(again["water_red", "water-1"].condition)
        assert conditions == [Condition.RECOVERING, Condition.RECOVERING, Condition.NORMAL]


def test_memory_of_rules_the_city_no_longer_has_is_left_alone(store: Store) -> None:
    bring(store, {}, at(0, 0.4))
    rules = {"water_red": FACTS.rules["water_red"]}
    with store.read() as conn:
        assert set(load_states(conn, rules)) == {("water_red", "water-1")}


def test_devices_as_seen(store: Store) -> None:
    bring(store, {}, at(60, 0.1))
    with store.read() as conn:
        seen = {each.device.id: each for each in seen_devices(conn)}
    assert set(seen) == set(DEVICES)
    assert seen["water-1"].last_ms == NOW + 60_000
    assert seen["water-1"].device == DEVICES["water-1"]
    assert (seen["water-2"].last_ms, seen["water-2"].commissioned_ms) == (None, NOW)
    judged = judge_silence(FACTS.rules, {}, seen.values(), NOW + 181_000)
    assert {signal.state.target_id for signal in judged.signals} == set(DEVICES) - {"water-1"}


def test_devices_of_kinds_nobody_watches_are_not_read(store: Store) -> None:
    bring(store, {}, at(60, 0.1))
    with store.read() as conn:
        assert {each.device.kind for each in seen_devices(conn, {"air"})} == {"air"}
        assert seen_devices(conn, ()) == []


def test_a_device_out_of_service_is_seen_as_such(store: Store) -> None:
    resting = replace(DEVICES["water-1"], state=DeviceState.MAINTENANCE)
    store.write(lambda conn: store_devices(conn, FACTS.tree, [resting], NOW)).result()
    with store.read() as conn:
        assert seen_devices(conn)[0].device == resting


def test_clocks_as_seen(store: Store) -> None:
    seal = Seal(b"k" * 32)

    def put(number: str, **changes: object) -> None:
        made = Ticket(
            "12345", number, NOW - 2 * HOUR, "noise", "吵", "received", "0200101", PrivatePart(), unit="water"
        )
        ticket = replace(made, **changes)  # type: ignore[arg-type]
        store.write(lambda conn: store_tickets(conn, FACTS, [ticket], seal, "hotline", NOW)).result()

    put("late", urgent=True)
    put("fresh", urgent=True, created_ms=NOW)
    put("ended", urgent=True, state="closed", closed_ms=NOW)
    put("calm")

    def look(states: dict[tuple[str, str], RuleState], now_ms: int) -> dict[tuple[str, str], int | None]:
        with store.read() as conn:
            clocks = seen_clocks(conn, FACTS.rules, states, now_ms)
        judged = judge_clocks(FACTS.rules, states, clocks, now_ms)
        store.write(lambda conn: apply_signals(conn, FACTS, judged.signals, now_ms)).result()
        states |= judged.states
        return {(clock.case_id, clock.clock): clock.ended_ms for clock in clocks}

    states: dict[tuple[str, str], RuleState] = {}
    late = case_id("12345", "late")
    assert look(states, NOW) == {(late, "contact"): None}, "only what a rule asks for, late and running"
    assert states["contact_late", late].condition is Condition.FIRING
    put("late", urgent=True, state="dispatched", dispatched_ms=NOW)
    found = look(states, NOW + 1)
    assert found[late, "contact"] == NOW, "ended, but the rule still fires"
    assert states["contact_late", late].condition is Condition.NORMAL
    assert look(states, NOW + 2) == {}
    assert loaded(store) == {}, "nothing is remembered of what is normal"


def test_a_clock_that_a_case_no_longer_has_fires_no_more(store: Store) -> None:
    def put(urgent: bool, state: str, closed_ms: int | None = None) -> None:
        ticket = Ticket("12345", "1", NOW - 2 * HOUR, "noise", "吵", state, "0200101", PrivatePart(), urgent=urgent)
        work = replace(ticket, closed_ms=closed_ms)
        store.write(lambda conn: store_tickets(conn, FACTS, [work], Seal(b"k" * 32), "hotline", NOW)).result()

    def look(now_ms: int) -> list[bool]:
        def work(conn: Connection) -> list[bool]:
            states = load_states(conn, FACTS.rules)
            judged = judge_clocks(FACTS.rules, states, seen_clocks(conn, FACTS.rules, states, now_ms), now_ms)
            apply_signals(conn, FACTS, judged.signals, now_ms)
            return [signal.raise_alert for signal in judged.signals]

        return store.write(work).result()

    put(urgent=True, state="received")
    assert look(NOW) == [True]
    put(urgent=False, state="received")
    assert look(NOW + 1) == [False], "it was not urgent after all: nobody waits for the contact"
    assert loaded(store) == {}
    put(urgent=True, state="received")
    assert look(NOW + 2) == [True], "a later clock is heard"
    put(urgent=False, state="closed", closed_ms=NOW)
    assert look(NOW + 3) == [False]
    assert (loaded(store), look(NOW + 4)) == ({}, [])
