"""Levels of one metric and direction on one device: one alert, which rises and, once taken up, comes down with them."""

import threading
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brain.model.alert import Level, Rule, RuleState
from brain.model.judge import judge_readings
from brain.model.reading import Reading
from brain.model.scope import Role, Scope
from brain.store import schema
from brain.store.act import acknowledge, close
from brain.store.engine import Store, open_store
from brain.store.write.alerts import AppliedSignals
from tests.brain.store.write.test_alerts import (
    COLD,
    DEVICES,
    FACTS,
    NOW,
    RED,
    YELLOW,
    apply,
    check_agreement,
    rows,
    signal,
    story,
    the_alert,
    wipe,
)
from tests.small_city import CITY

OFFICER = Scope("li", Role.OPERATOR, CITY)
ORANGE = "water_orange"


def levels(**changes: object) -> dict[str, Rule]:
    yellow = replace(FACTS.rules[YELLOW], respond_s=7200, auto_close=True)
    red = replace(FACTS.rules[RED], respond_s=900, owner="emergency", pending_for_s=0, keep_firing_for_s=0)
    orange = replace(red, id=ORANGE, level=Level.ORANGE, raise_at=0.45, clear_at=0.35, owner="", **changes)  # type: ignore[arg-type]
    return {**FACTS.rules, YELLOW: yellow, ORANGE: orange, RED: red}


THREE = replace(FACTS, rules=MappingProxyType(levels()))


def take_up(store: Store) -> None:
    row = the_alert(store)
    acknowledge(store, THREE, OFFICER, row["id"], row["version"], "", NOW, "127.0.0.1")


def told(store: Store) -> list[tuple[str, int]]:
    return [(row["action"], row["level"]) for row in rows(store, schema.alert_event)]


def test_a_graver_level_raises_the_open_alert(store: Store) -> None:
    apply(store, signal("+", 0, 0.35, YELLOW), facts=THREE)
    alert_id = the_alert(store)["id"]
    assert apply(store, signal("!", 1000, 0.7, YELLOW), signal("+", 1000, 0.7, RED), facts=THREE) == AppliedSignals(
        0, 1
    )
    row = the_alert(store)
    assert (row["id"], row["rule_id"], row["level"], row["owner"]) == (alert_id, RED, 4, "emergency")
    assert (row["opened_ms"], row["due_ms"]) == (NOW, NOW + 1000 + 900_000), "the deadline counts from the raise"
    assert (row["times"], row["value"], row["peak"], row["limit_value"]) == (2, 0.7, 0.7, 0.6)
    assert told(store) == [("raise", 2), ("escalate", 4)]
    assert set(store.versions()) == {("alerts", "02001"), ("alerts", "020")}
    check_agreement(store, THREE)


def test_levels_passed_at_once_are_one_alert_of_the_gravest(store: Store) -> None:
    raised = [signal("+", 0, 0.7, rule) for rule in (YELLOW, RED, ORANGE)]
    assert apply(store, *raised, facts=THREE) == AppliedSignals(1, 0)
    row = the_alert(store)
    assert (row["rule_id"], row["times"], told(store)) == (RED, 1, [("raise", 4)])
    check_agreement(store, THREE)


def test_a_graver_level_is_to_be_taken_up_anew_and_who_did_is_kept(store: Store) -> None:
    apply(store, signal("+", 0, 0.35, YELLOW), facts=THREE)
    take_up(store)
    apply(store, signal("+", 1000, 0.7, RED), facts=THREE)
    row = the_alert(store)
    assert (row["state"], row["acknowledged_by"], row["due_ms"]) == ("open", "li", NOW + 901_000)
    assert story(store)[-1] == ("escalate", "acknowledged", "open")
    take_up(store)
    assert (the_alert(store)["state"], the_alert(store)["due_ms"]) == ("acknowledged", None)
    check_agreement(store, THREE)


def test_who_looks_at_the_milder_level_does_not_close_the_graver(sqlite_store: Store) -> None:
    apply(sqlite_store, signal("+", 0, 0.35, YELLOW), facts=THREE)
    seen = the_alert(sqlite_store)["version"]
    apply(sqlite_store, signal("+", 1000, 0.5, ORANGE), facts=THREE)
    assert the_alert(sqlite_store)["version"] == seen + 1
    assert the_alert(sqlite_store)["owner"] == "water", "a level that names no unit leaves it where it is"


def test_what_nobody_took_up_stays_as_grave_as_it_was(store: Store) -> None:
    apply(store, signal("+", 0, 0.7, YELLOW), signal("+", 0, 0.7, RED), facts=THREE)
    apply(store, signal("!", 1000, 0.4, YELLOW), signal("-", 1000, 0.4, RED), facts=THREE)
    row = the_alert(store)
    assert (row["level"], row["condition"], row["recovered_ms"]) == (4, "firing", None)
    apply(store, signal("-", 2000, 0.1, YELLOW), facts=THREE)
    row = the_alert(store)
    assert (row["state"], row["recovered_ms"]) == ("open", NOW + 2000), "the red rule does not close by itself"
    assert told(store) == [("raise", 4), ("recover", 4)]
    check_agreement(store, THREE)


def test_what_was_taken_up_comes_down_to_the_level_that_holds(store: Store) -> None:
    apply(store, signal("+", 0, 0.7, YELLOW), signal("+", 0, 0.7, RED), facts=THREE)
    take_up(store)
    apply(store, signal("-", 1000, 0.4, RED), signal("!", 1000, 0.4, YELLOW), facts=THREE)
    row = the_alert(store)
    assert (row["level"], row["rule_id"], row["state"], row["owner"]) == (2, YELLOW, "acknowledged", "emergency")
    assert (row["limit_value"], row["condition"], row["times"]) == (0.3, "firing", 2)
    apply(store, signal("+", 2000, 0.7, RED), facts=THREE)
    assert the_alert(store)["state"] == "open"
    apply(store, signal("-", 3000, 0.1, YELLOW), signal("-", 3000, 0.1, RED), facts=THREE)
    assert told(store) == [("raise", 4), ("acknowledge", 4), ("ease", 2), ("escalate", 4), ("recover", 4)]
    check_agreement(store, THREE)


def test_it_comes_down_once_it_is_taken_up(store: Store) -> None:
    apply(store, signal("+", 0, 0.7, YELLOW), signal("+", 0, 0.7, RED), facts=THREE)
    apply(store, signal("-", 1000, 0.4, RED), facts=THREE)
    take_up(store)
    apply(store, signal("!", 2000, 0.4, YELLOW), facts=THREE)
    assert told(store)[-2:] == [("acknowledge", 4), ("ease", 2)]


def test_a_level_that_returns_is_told_though_the_alert_never_came_down(sqlite_store: Store) -> None:
    apply(sqlite_store, signal("+", 0, 0.7, YELLOW), signal("+", 0, 0.7, RED), facts=THREE)
    apply(sqlite_store, signal("-", 1000, 0.4, RED), signal("+", 2000, 0.7, RED), facts=THREE)
    assert told(sqlite_store) == [("raise", 4), ("raise", 4)]


def test_a_taken_up_alert_is_not_closed_by_a_rule_though_it_rose_since(sqlite_store: Store) -> None:
    facts = replace(FACTS, rules=MappingProxyType(levels(auto_close=True)))
    apply(sqlite_store, signal("+", 0, 0.35, YELLOW), facts=facts)
    take_up(sqlite_store)
    apply(sqlite_store, signal("+", 1000, 0.5, ORANGE), facts=facts)
    apply(sqlite_store, signal("-", 2000, 0.1, YELLOW), signal("-", 2000, 0.1, ORANGE), facts=facts)
    assert (the_alert(sqlite_store)["state"], the_alert(sqlite_store)["recovered_ms"]) == ("open", NOW + 2000)


def test_what_a_person_closed_comes_back_with_a_graver_level_only(store: Store) -> None:
    apply(store, signal("+", 0, 0.35, YELLOW), facts=THREE)
    row = the_alert(store)
    close(store, THREE, OFFICER, row["id"], row["version"], "", NOW, "127.0.0.1")
    assert apply(store, signal("!", 1000, 0.36, YELLOW), facts=THREE) == AppliedSignals(0, 0)
    raised = (signal("!", 2000, 0.7, YELLOW), signal("+", 2000, 0.7, RED))
    assert apply(store, *raised, facts=THREE) == AppliedSignals(1, 0)
    check_agreement(store, THREE)


def test_the_other_direction_and_other_devices_have_alerts_of_their_own(store: Store) -> None:
    apply(
        store, signal("+", 0, 0.7, YELLOW), signal("+", 0, 0.7, RED, "water-2"), signal("+", 0, 2.0, COLD), facts=THREE
    )
    assert len(rows(store, schema.alert)) == 3
    check_agreement(store, THREE)


def test_alerts_raised_before_their_rules_were_a_family_become_one(store: Store) -> None:
    def apart(conn: object) -> None:
        for rule, target in ((YELLOW, "a"), (RED, "b")):
            where = schema.alert_open.c.target_id == target
            conn.execute(schema.alert_open.update().where(where).values(rule_id=rule, target_id="water-1"))  # type: ignore[attr-defined]
        conn.execute(schema.alert.update().values(target_id="water-1"))  # type: ignore[attr-defined]

    apply(store, signal("+", 0, 0.7, YELLOW, "a"), signal("+", 10, 0.7, RED, "b"), facts=THREE)
    store.write(apart).result()
    apply(store, signal("!", 1000, 0.8, RED), facts=THREE)
    kept = {row["rule_id"]: row for row in rows(store, schema.alert)}
    assert (kept[RED]["state"], kept[RED]["times"], kept[YELLOW]["state"]) == ("open", 2, "closed")
    assert [row["alert_id"] for row in rows(store, schema.alert_open)] == [kept[RED]["id"]]
    (end,) = [row for row in rows(store, schema.alert_event) if row["action"] == "absorb"]
    assert (end["alert_id"], end["note"], end["to_state"]) == (kept[YELLOW]["id"], kept[RED]["id"], "closed")
    apply(store, signal("-", 2000, 0.1, RED), signal("+", 3000, 0.35, YELLOW), facts=THREE)
    assert len(rows(store, schema.alert_open)) == 1, "the place of old is a place still"


# --- properties --------------------------------------------------------------------------------------------------
STEPS = st.lists(
    st.one_of(
        st.sampled_from([None, 0.1, 0.25, 0.32, 0.4, 0.47, 0.55, 0.7]), st.sampled_from(["take up", "close", "cut"])
    ),
    min_size=1,
    max_size=30,
)


def play(store: Store, steps: list[float | str | None], whole: bool) -> list[dict[str, object]]:
    """Readings, with what people do between them; `whole`: batches as long as people allow."""
    states: dict[tuple[str, str], RuleState] = {}
    batch: list[Reading] = []

    def hand_on() -> None:
        judged = judge_readings(THREE.rules, states, batch, DEVICES.get)
        apply(store, *judged.signals, facts=THREE)
        states.update(judged.states)
        batch.clear()
        check_agreement(store, THREE)

    for i, step in enumerate([*steps, "cut"]):
        if not isinstance(step, str):
            batch.append(Reading("water-1", "water_level_m", NOW + i * 20_000, step, NOW))
        elif step != "cut" or not whole or i == len(steps):
            hand_on()
            for row in rows(store, schema.alert):
                if step == "take up" and row["state"] == "open":
                    acknowledge(store, THREE, OFFICER, row["id"], row["version"], "", NOW, "127.0.0.1")
                elif step == "close" and row["closed_ms"] is None:
                    close(store, THREE, OFFICER, row["id"], row["version"], "", NOW + i * 20_000, "127.0.0.1")
    kept = [{name: value for name, value in row.items() if name != "id"} for row in rows(store, schema.alert)]
    return sorted(kept, key=lambda row: row["opened_ms"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(STEPS)
def test_one_alert_at_a_time_whatever_comes_between(sqlite_store: Store, steps: list[float | str | None]) -> None:
    wipe(sqlite_store)
    whole = play(sqlite_store, steps, whole=True)
    wipe(sqlite_store)
    assert play(sqlite_store, steps, whole=False) == whole
    for row in whole:
        assert row["level"] == THREE.rules[str(row["rule_id"])].level
    assert sum(row["closed_ms"] is None for row in whole) <= 1


def test_workers_that_raise_two_levels_raise_one_alert(postgres_url: str) -> None:
    targets = [f"water-{n}" for n in range(20)]
    with open_store(postgres_url) as store:
        barrier = threading.Barrier(4)
        results: list[AppliedSignals] = []

        def work(rule: str, order: list[str]) -> None:
            barrier.wait()
            results.append(apply(store, *(signal("+", 0, 0.7, rule, target) for target in order), facts=THREE))

        jobs = [(rule, order) for rule in (YELLOW, RED) for order in (targets, targets[::-1])]
        threads = [threading.Thread(target=work, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(result.raised for result in results) == 20
        assert {row["level"] for row in rows(store, schema.alert)} == {4}
        check_agreement(store, THREE)


@pytest.mark.parametrize("rule", [YELLOW, RED])
def test_a_recovery_counts_when_no_level_holds_any_more(sqlite_store: Store, rule: str) -> None:
    other = RED if rule == YELLOW else YELLOW
    apply(sqlite_store, signal("+", 0, 0.7, YELLOW), signal("+", 0, 0.7, RED), facts=THREE)
    apply(sqlite_store, signal("?", 1000, 0.1, other), signal("-", 1000, 0.1, rule), facts=THREE)
    row = the_alert(sqlite_store)
    assert (row["condition"], row["recovered_ms"]) == ("recovering", None)
    apply(sqlite_store, signal("-", 2000, 0.1, other), facts=THREE)
    assert the_alert(sqlite_store)["recovered_ms"] == NOW + 2000
