"""Signals become alerts: one open per rule and target, events and outbox always agreeing, rules' memory with them."""

import itertools
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, func, select

from brain.model.alert import Condition, RuleState, Signal, TargetKind
from brain.model.facts import Facts
from brain.model.family import family_of
from brain.model.judge import judge_readings
from brain.model.reading import Reading
from brain.store import schema
from brain.store.engine import Store, open_store
from brain.store.write.alerts import AppliedSignals, apply_signals
from tests.small_city import small_city, small_devices

FACTS = small_city()
DEVICES = {device.id: device for device in small_devices()}
RED, YELLOW, COLD, SILENT, LATE = "water_red", "water_yellow", "cold_blue", "device_silent", "close_late"
NOW = 1_624_860_000_000


def with_rule(rule_id: str, **changes: Any) -> Facts:
    rules = {**FACTS.rules, rule_id: replace(FACTS.rules[rule_id], **changes)}
    return replace(FACTS, rules=MappingProxyType(rules))


def signal(
    mark: str, at: int = 0, value: float | None = 0.7, rule: str = RED, target: str = "water-1", **more: Any
) -> Signal:
    """`mark` as in the tests of the judge: + raised, - recovered, ! refreshed, ? recovering, 0 no data."""
    condition = {"-": Condition.NORMAL, "?": Condition.RECOVERING, "0": Condition.NO_DATA}.get(mark, Condition.FIRING)
    state = RuleState(rule, target, condition, NOW + at, NOW + at, value)
    made = Signal(state, TargetKind.DEVICE, "0200101", mark == "+", mark == "!", mark == "-", NOW + at, value)
    return replace(made, **more)


def apply(store: Store, *signals: Signal, facts: Facts = FACTS, now_ms: int = NOW) -> AppliedSignals:
    return store.write(lambda conn: apply_signals(conn, facts, signals, now_ms)).result()


def rows(store: Store, table: Table) -> list[dict[str, Any]]:
    with store.read() as conn:
        return [dict(row._mapping) for row in conn.execute(select(table).order_by(*table.primary_key.columns))]


def the_alert(store: Store) -> dict[str, Any]:
    (row,) = rows(store, schema.alert)
    return row


def story(store: Store, alert_id: str | None = None) -> list[tuple[str, str, str]]:
    return [
        (row["action"], row["from_state"], row["to_state"])
        for row in rows(store, schema.alert_event)
        if alert_id in (None, row["alert_id"])
    ]


def check_agreement(store: Store, facts: Facts = FACTS) -> None:
    """What must hold after any commit."""
    alerts = {row["id"]: row for row in rows(store, schema.alert)}
    events = rows(store, schema.alert_event)
    for alert_id, row in alerts.items():
        own = [event for event in events if event["alert_id"] == alert_id]
        assert [event["seq"] for event in own] == list(range(1, len(own) + 1))
        assert own[0]["action"] == "raise"
        assert own[-1]["to_state"] == row["state"]
        assert all(a["to_state"] == b["from_state"] for a, b in itertools.pairwise(own))
        moved = (event["from_state"] not in ("", event["to_state"]) or event["action"] == "escalate" for event in own)
        assert row["version"] == 1 + sum(moved), "a version counts what happened to state and level, and nothing else"
    assert {event["alert_id"] for event in events} == set(alerts)
    outbox = {row["id"]: json.loads(row["body"]) for row in rows(store, schema.outbox)}
    assert set(outbox) == {f"{event['alert_id']}:{event['seq']}" for event in events}
    for event in events:
        told = outbox[f"{event['alert_id']}:{event['seq']}"]
        expected = (event["action"], event["to_state"], event["at_ms"], event["level"])
        assert (told["action"], told["state"], told["at_ms"], told["level"]) == expected
        assert facts.rules[told["rule_id"]].level == event["level"]
    running = {
        (family_of(facts.rules[row["rule_id"]]), row["target_id"]): row["id"]
        for row in alerts.values()
        if row["closed_ms"] is None
    }
    held = {(row["rule_id"], row["target_id"]): row["alert_id"] for row in rows(store, schema.alert_open)}
    assert held == running


# --- the life of an alert ----------------------------------------------------------------------------------------
def test_an_alert_is_raised(store: Store) -> None:
    assert apply(store, signal("+", simulated=True)) == AppliedSignals(1, 0)
    row = the_alert(store)
    expected = {
        "rule_id": RED,
        "rule_kind": "threshold",
        "target_kind": "device",
        "target_id": "water-1",
        "area_id": "0200101",
        "level": 4,
        "state": "open",
        "condition": "firing",
        "owner": "water",
        "opened_ms": NOW,
        "last_ms": NOW,
        "times": 1,
        "value": 0.7,
        "peak": 0.7,
        "limit_value": 0.6,
        "recovered_ms": None,
        "simulated": True,
        "version": 1,
    }
    assert {name: row[name] for name in expected} == expected
    assert story(store) == [("raise", "", "open")]
    assert rows(store, schema.alert_event)[0]["actor"] == "rule"
    check_agreement(store)


def test_the_outbox_tells_what_happened_and_nobodys_name(store: Store) -> None:
    apply(store, signal("+"))
    (row,) = rows(store, schema.outbox)
    assert (row["kind"], row["created_ms"], row["due_ms"], row["tries"], row["sent_ms"]) == (
        "alert.raise",
        NOW,
        NOW,
        0,
        None,
    )
    assert json.loads(row["body"]) == {
        "id": the_alert(store)["id"],
        "rule_id": RED,
        "level": 4,
        "target_kind": "device",
        "target_id": "water-1",
        "area_id": "0200101",
        "owner": "water",
        "opened_ms": NOW,
        "simulated": False,
        "action": "raise",
        "state": "open",
        "at_ms": NOW,
        "value": 0.7,
    }


@pytest.mark.parametrize(("respond_s", "due_ms"), [(900, NOW + 900_000), (None, None)])
def test_it_must_be_taken_up_within_the_rules_time(store: Store, respond_s: int | None, due_ms: int | None) -> None:
    facts = with_rule(RED, respond_s=respond_s)
    apply(store, signal("+"), facts=facts)
    assert the_alert(store)["due_ms"] == due_ms
    apply(store, signal("!", 60_000), facts=facts)
    assert the_alert(store)["due_ms"] == due_ms, "of its opening, not of what came after"


def test_an_open_alert_is_refreshed_and_not_doubled(store: Store) -> None:
    apply(store, signal("+"))
    assert apply(store, signal("!", 1000, 0.9), signal("!", 2000, 0.8)) == AppliedSignals(0, 1)
    assert apply(store, signal("+", 3000, 0.7)) == AppliedSignals(0, 1), "the rule forgot, the store did not"
    row = the_alert(store)
    assert (row["times"], row["last_ms"], row["value"], row["peak"]) == (4, NOW + 3000, 0.7, 0.9)
    assert row["version"] == 1, "who looks at it may still act on it"
    assert story(store) == [("raise", "", "open")]


def test_the_peak_of_a_rule_below_is_the_lowest(store: Store) -> None:
    apply(store, signal("+", 0, 4.0, COLD), signal("!", 1, 2.0, COLD), signal("!", 2, 3.0, COLD))
    assert the_alert(store)["peak"] == 2.0


def test_recovery_is_noted_and_left_to_a_person(store: Store) -> None:
    apply(store, signal("+"))
    apply(store, signal("?", 500, 0.4))
    assert the_alert(store)["condition"] == "recovering"
    apply(store, signal("-", 1000, 0.3))
    row = the_alert(store)
    assert (row["state"], row["condition"], row["recovered_ms"]) == ("open", "normal", NOW + 1000)
    assert len(rows(store, schema.alert_open)) == 1
    assert story(store) == [("raise", "", "open"), ("recover", "open", "open")]
    check_agreement(store)


def test_what_returns_after_recovery_is_the_same_alert_told_again(store: Store) -> None:
    apply(store, signal("+"), signal("-", 1000, 0.3))
    assert apply(store, signal("+", 2000, 0.8)) == AppliedSignals(0, 1)
    row = the_alert(store)
    assert (row["condition"], row["recovered_ms"], row["times"], row["peak"]) == ("firing", None, 2, 0.8)
    assert [action for action, _, _ in story(store)] == ["raise", "recover", "raise"]
    check_agreement(store)


def test_an_alert_that_was_taken_up_keeps_its_state_when_it_gets_worse(store: Store) -> None:
    apply(store, signal("+"))
    taken = schema.alert.update().values(state="acknowledged", acknowledged_by="li", acknowledged_ms=NOW, version=2)
    store.write(lambda conn: conn.execute(taken)).result()
    apply(store, signal("!", 1000, 2.0))
    row = the_alert(store)
    assert (row["state"], row["acknowledged_by"], row["peak"], row["version"]) == ("acknowledged", "li", 2.0, 2)


def test_what_has_no_open_alert_is_passed_over(store: Store) -> None:
    assert apply(store, signal("!"), signal("-"), signal("?", target="water-2")) == AppliedSignals(0, 0)
    assert rows(store, schema.alert) == []


def test_a_rule_may_close_what_nobody_took_up(store: Store) -> None:
    facts = with_rule(RED, auto_close=True, respond_s=900)
    apply(store, signal("+"), signal("-", 1000, 0.3), facts=facts)
    row = the_alert(store)
    assert row["due_ms"] is None
    assert (row["state"], row["closed_by"], row["closed_ms"], row["version"]) == ("closed", "rule", NOW + 1000, 2)
    assert rows(store, schema.alert_open) == []
    assert story(store)[-2:] == [("recover", "open", "open"), ("close", "open", "closed")]
    assert apply(store, signal("+", 2000), facts=facts) == AppliedSignals(1, 0)
    check_agreement(store)


def test_the_place_of_a_closed_alert_goes_to_the_next(store: Store) -> None:
    facts = with_rule(RED, auto_close=True)
    apply(store, signal("+"), facts=facts)
    assert apply(store, signal("-", 1000, 0.3), signal("+", 2000), facts=facts) == AppliedSignals(1, 1)
    check_agreement(store)
    assert len(rows(store, schema.alert_open)) == 1


@pytest.mark.parametrize("state", ["acknowledged", "dispatched", "handling", "resolved"])
def test_a_rule_never_closes_what_a_person_took_up(sqlite_store: Store, state: str) -> None:
    facts = with_rule(RED, auto_close=True)
    apply(sqlite_store, signal("+"), facts=facts)
    sqlite_store.write(lambda conn: conn.execute(schema.alert.update().values(state=state))).result()
    apply(sqlite_store, signal("-", 1000, 0.3), facts=facts)
    assert the_alert(sqlite_store)["state"] == state
    assert len(rows(sqlite_store, schema.alert_open)) == 1


@pytest.mark.parametrize(
    ("owner", "unit", "kept"), [("hotline", "water", "hotline"), ("", "water", "water"), ("", "谁", "")]
)
def test_the_owner_is_the_rules_or_the_cases_unit(sqlite_store: Store, owner: str, unit: str, kept: str) -> None:
    late = signal("+", rule=LATE, target="case-1", target_kind=TargetKind.CASE, owner=unit, value=None)
    apply(sqlite_store, late, facts=with_rule(LATE, owner=owner))
    row = the_alert(sqlite_store)
    assert (row["owner"], row["target_kind"], row["rule_kind"]) == (kept, "case", "clock")
    assert (row["limit_value"], row["value"]) == (None, None)


# --- versions and the rules' memory ------------------------------------------------------------------------------
def test_screens_hear_of_alerts_and_only_of_alerts(store: Store) -> None:
    apply(store, signal("+"))
    assert set(store.versions()) == {("alerts", "02001"), ("alerts", "020")}
    before = store.versions()
    apply(store, signal("?", target="water-2"))
    assert store.versions() == before


def memory(store: Store) -> dict[tuple[str, str], str]:
    return {(row["rule_id"], row["target_id"]): row["condition"] for row in rows(store, schema.rule_state)}


def test_rules_remember_with_the_alerts_what_is_not_normal(store: Store) -> None:
    apply(store, signal("+"), signal("0", rule=YELLOW, value=None), signal("?", target="water-2"))
    assert memory(store) == {
        (RED, "water-1"): "firing",
        (RED, "water-2"): "recovering",
        (YELLOW, "water-1"): "no_data",
    }
    apply(store, signal("-", 1000), signal("!", 1000, target="water-2"))
    assert memory(store) == {(RED, "water-2"): "firing", (YELLOW, "water-1"): "no_data"}
    (row, _) = rows(store, schema.rule_state)
    assert (row["since_ms"], row["last_ms"], row["last_value"]) == (NOW + 1000, NOW + 1000, 0.7)


def test_what_comes_late_does_not_shorten_how_long_it_has_been_quiet(store: Store) -> None:
    def last_ms() -> list[int]:
        return [row["last_ms"] - NOW for row in rows(store, schema.rule_state)]

    apply(store, signal("+", 2000))
    apply(store, signal("!", 1000))
    assert last_ms() == [2000]
    apply(store, signal("!", 3000))
    assert last_ms() == [3000]
    apply(store, signal("?", 2500))
    assert last_ms() == [2500], "another condition is another beginning"


def test_a_failing_transaction_leaves_neither_alert_nor_memory(store: Store) -> None:
    def fail(conn: Any) -> None:
        apply_signals(conn, FACTS, [signal("+")], NOW)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        store.write(fail).result()
    assert rows(store, schema.alert) == rows(store, schema.alert_open) == rows(store, schema.rule_state) == []


# --- properties --------------------------------------------------------------------------------------------------
VALUES = st.sampled_from([None, 0.1, 0.25, 0.4, 0.55, 0.7, 1.5])
READINGS = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from(["water-1", "water-2"]), VALUES), min_size=1, max_size=25
)


def wipe(store: Store) -> None:
    tables = (schema.alert, schema.alert_open, schema.alert_event, schema.outbox, schema.rule_state)
    store.write(lambda conn: [conn.execute(table.delete()) for table in tables]).result()


def judge_and_apply(store: Store, facts: Facts, batches: Sequence[Sequence[Reading]]) -> list[dict[str, Any]]:
    states: dict[tuple[str, str], RuleState] = {}
    for batch in batches:
        judged = judge_readings(facts.rules, states, batch, DEVICES.get)
        assert judged.failures == []
        apply(store, *judged.signals, facts=facts)
        states |= judged.states
        check_agreement(store)
    kept = [{name: value for name, value in row.items() if name != "id"} for row in rows(store, schema.alert)]
    return sorted(kept, key=lambda row: (row["rule_id"], row["target_id"], row["opened_ms"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(READINGS, st.lists(st.integers(0, 25), max_size=4), st.booleans())
def test_batches_of_any_size_give_the_same_alerts(
    sqlite_store: Store, steps: list[tuple[int, str, float | None]], cuts: list[int], auto_close: bool
) -> None:
    facts = with_rule(YELLOW, auto_close=auto_close)
    readings = [Reading(device, "water_level_m", NOW + t * 20_000, value, NOW) for t, device, value in steps]
    edges = sorted({0, len(readings), *(cut for cut in cuts if cut < len(readings))})
    wipe(sqlite_store)
    whole = judge_and_apply(sqlite_store, facts, [readings])
    wipe(sqlite_store)
    batches = [readings[start:end] for start, end in itertools.pairwise(edges)]
    assert judge_and_apply(sqlite_store, facts, batches) == whole


# --- several workers ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("marks", ["+", "+-"])
def test_workers_that_raise_the_same_alert_raise_one(postgres_url: str, marks: str) -> None:
    targets = [f"water-{n}" for n in range(20)]
    with open_store(postgres_url) as store:
        barrier = threading.Barrier(4)
        results: list[AppliedSignals] = []

        def work(order: Sequence[str]) -> None:
            barrier.wait()
            told = [signal(mark, at, target=target) for target in order for at, mark in enumerate(marks)]
            results.append(apply(store, *told))

        threads = [threading.Thread(target=work, args=(order,)) for order in (targets, targets[::-1]) * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(result.raised for result in results) == 20
        assert sum(result.touched for result in results) == 60
        found = rows(store, schema.alert)
        assert len(found) == 20
        assert {row["times"] for row in found} == {4}
        check_agreement(store)


def test_many_alerts_at_once(store: Store) -> None:
    storm = [signal("+", target=f"water-{n}") for n in range(1200)]
    assert apply(store, *storm) == AppliedSignals(1200, 0)
    assert apply(store, *(signal("-", 1, target=f"water-{n}") for n in range(1200))) == AppliedSignals(0, 1200)
    with store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(schema.outbox)) == 2400
        assert conn.scalar(select(func.count()).select_from(schema.rule_state)) == 0
