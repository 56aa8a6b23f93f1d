"""People act on alerts: one wins, the others are told who; nobody acts beyond their scope; everything is on record."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from brain.model.alert import AlertState, Condition, Conflict, RuleState, Signal, TargetKind
from brain.model.scope import Forbidden, Role, Scope
from brain.store import schema
from brain.store.act import Acted, acknowledge, close
from brain.store.audit import verify
from brain.store.engine import Store
from brain.store.write.alerts import apply_signals
from tests.small_city import small_city

FACTS = small_city()
NOW = 1_624_860_000_000
REAL = 1_700_000_000_000
OPERATOR = Scope("li", Role.OPERATOR, "020")
WATER = Scope("shui", Role.UNIT, "020", unit="water")

Act = Callable[..., Acted]


def raise_alert(store: Store, target: str = "water-1", area_id: str = "0200101", respond_s: int | None = None) -> str:
    state = RuleState("water_red", target, Condition.FIRING, NOW, NOW, 0.7)
    signal = Signal(state, TargetKind.DEVICE, area_id, raise_alert=True, at_ms=NOW, value=0.7)
    rules = {**FACTS.rules, "water_red": replace(FACTS.rules["water_red"], respond_s=respond_s)}
    store.write(lambda conn: apply_signals(conn, replace(FACTS, rules=rules), [signal], NOW)).result()
    (alert_id,) = [row["id"] for row in rows(store, schema.alert) if row["target_id"] == target]
    return str(alert_id)


def rows(store: Store, table: Table) -> list[dict[str, Any]]:
    with store.read() as conn:
        return [dict(row._mapping) for row in conn.execute(select(table).order_by(*table.primary_key.columns))]


def the_alert(store: Store) -> dict[str, Any]:
    (row,) = rows(store, schema.alert)
    return row


def act(
    store: Store,
    what: Act,
    alert_id: str,
    version: int = 1,
    scope: Scope = OPERATOR,
    note: str = "",
    at: int = 1000,
    **more: Any,
) -> Acted:
    return what(store, FACTS, scope, alert_id, version, note, NOW + at, "10.0.0.1", real_ms=REAL, **more)


def trail(store: Store) -> list[tuple[str, str, str, str]]:
    """(actor, action, result, detail); the chain is whole."""
    with store.read() as conn:
        assert verify(conn) is None
    return [(row["actor"], row["action"], row["result"], row["detail"]) for row in rows(store, schema.audit)]


# --- acting ------------------------------------------------------------------------------------------------------
def test_an_alert_is_acknowledged(store: Store) -> None:
    alert_id = raise_alert(store)
    before = store.versions()
    done = act(store, acknowledge, alert_id, note="已派人查看")
    assert done == Acted(alert_id, AlertState.ACKNOWLEDGED, 2, "li", NOW + 1000)
    row = the_alert(store)
    assert (row["state"], row["acknowledged_by"], row["acknowledged_ms"], row["note"], row["version"]) == (
        "acknowledged",
        "li",
        NOW + 1000,
        "已派人查看",
        2,
    )
    event = rows(store, schema.alert_event)[-1]
    assert (event["seq"], event["actor"], event["action"], event["from_state"], event["to_state"], event["note"]) == (
        2,
        "li",
        "acknowledge",
        "open",
        "acknowledged",
        "已派人查看",
    )
    assert f"{alert_id}:2" in {row["id"] for row in rows(store, schema.outbox)}
    assert store.versions()[("alerts", "02001")] == before[("alerts", "02001")] + 1
    assert trail(store) == [("li", "alert.acknowledge", "done", "version 2")]
    (audit,) = rows(store, schema.audit)
    assert (audit["target"], audit["role"], audit["address"], audit["at_ms"], audit["city_ms"]) == (
        f"alert:{alert_id}",
        "operator",
        "10.0.0.1",
        REAL,
        NOW + 1000,
    )


@pytest.mark.parametrize("what", [acknowledge, close])
def test_who_takes_it_up_has_met_its_deadline(store: Store, what: Act) -> None:
    alert_id = raise_alert(store, respond_s=900)
    assert the_alert(store)["due_ms"] == NOW + 900_000
    act(store, what, alert_id)
    assert the_alert(store)["due_ms"] is None


@pytest.mark.parametrize("acknowledged", [True, False])
@pytest.mark.parametrize("false_alarm", [True, False])
def test_an_alert_is_closed(store: Store, acknowledged: bool, false_alarm: bool) -> None:
    alert_id = raise_alert(store)
    if acknowledged:
        act(store, acknowledge, alert_id, note="已确认")
    done = act(store, close, alert_id, 2 if acknowledged else 1, at=2000, false_alarm=false_alarm)
    assert done.state is (AlertState.FALSE if false_alarm else AlertState.CLOSED)
    row = the_alert(store)
    assert (row["state"], row["closed_by"], row["closed_ms"]) == (done.state, "li", NOW + 2000)
    assert row["acknowledged_by"] == ("li" if acknowledged else None)
    assert row["note"] == ("已确认" if acknowledged else ""), "an empty note does not wipe the one before"
    assert rows(store, schema.alert_open) == []
    assert trail(store)[-1][1] == ("alert.false" if false_alarm else "alert.close")


def test_a_closed_alert_stays_closed_until_the_rule_fires_anew(store: Store) -> None:
    alert_id = raise_alert(store)
    act(store, close, alert_id)
    state = RuleState("water_red", "water-1", Condition.FIRING, NOW, NOW + 5000, 0.9)
    again = Signal(state, TargetKind.DEVICE, "0200101", refresh=True, at_ms=NOW + 5000, value=0.9)
    store.write(lambda conn: apply_signals(conn, FACTS, [again], NOW)).result()
    assert the_alert(store)["times"] == 1
    recovered = replace(again, refresh=False, recovered=True)
    anew = replace(again, refresh=False, raise_alert=True, at_ms=NOW + 9000)
    store.write(lambda conn: apply_signals(conn, FACTS, [recovered, anew], NOW)).result()
    assert sorted(row["state"] for row in rows(store, schema.alert)) == ["closed", "open"]


def test_an_alert_may_be_acted_on_after_the_rule_saw_more(store: Store) -> None:
    alert_id = raise_alert(store)
    state = RuleState("water_red", "water-1", Condition.NORMAL, NOW, NOW + 5000, 0.1)
    recovered = Signal(state, TargetKind.DEVICE, "0200101", recovered=True, at_ms=NOW + 5000, value=0.1)
    store.write(lambda conn: apply_signals(conn, FACTS, [recovered], NOW)).result()
    assert act(store, acknowledge, alert_id).version == 2


def test_notes_are_cleaned_and_masked(store: Store) -> None:
    alert_id = raise_alert(store)
    act(store, acknowledge, alert_id, note="已联系王先生13800138000\n\u202e" + "长" * 1000)
    note = the_alert(store)["note"]
    assert note.startswith("已联系***先生*** 长长")
    assert len(note) == 512


# --- conflicts ---------------------------------------------------------------------------------------------------
def test_the_winner_is_who_changed_it_and_not_who_saw_it_last(store: Store) -> None:
    alert_id = raise_alert(store)
    act(store, acknowledge, alert_id)
    state = RuleState("water_red", "water-1", Condition.NORMAL, NOW, NOW + 2000, 0.1)
    recovered = Signal(state, TargetKind.DEVICE, "0200101", recovered=True, at_ms=NOW + 2000, value=0.1)
    store.write(lambda conn: apply_signals(conn, FACTS, [recovered], NOW)).result()
    with pytest.raises(Conflict, match="already acknowledged by li"):
        act(store, acknowledge, alert_id, at=3000)


def test_the_slower_is_told_who_was_faster(store: Store) -> None:
    alert_id = raise_alert(store)
    act(store, acknowledge, alert_id)
    for what, version in ((acknowledge, 1), (acknowledge, 2), (close, 1)):
        with pytest.raises(Conflict, match="already acknowledged by li") as caught:
            act(store, what, alert_id, version, Scope("wang", Role.OPERATOR, "020"), at=3000)
        assert (caught.value.winner, caught.value.state, caught.value.at_ms) == ("li", "acknowledged", NOW + 1000)
    assert [entry[2:] for entry in trail(store)] == [
        ("done", "version 2"),
        *[("conflict", "already acknowledged by li")] * 3,
    ]
    assert len(rows(store, schema.alert_event)) == 2, "who lost leaves a trace in the audit alone"


@pytest.mark.parametrize("what", [acknowledge, close])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_nothing_is_done_with_a_closed_alert(store: Store, what: Act, version: int) -> None:
    alert_id = raise_alert(store)
    act(store, close, alert_id)
    with pytest.raises(Conflict) as caught:
        act(store, what, alert_id, version, at=3000)
    assert (caught.value.winner, caught.value.state, caught.value.at_ms) == ("li", "closed", NOW + 1000)


@pytest.mark.parametrize("version", [7, 0, -1, 2**31 - 1, 2**40, 10**30])
def test_a_version_that_never_was_is_a_conflict(store: Store, version: int) -> None:
    with pytest.raises(Conflict, match="already open by rule"):
        act(store, acknowledge, raise_alert(store), version)


@pytest.mark.parametrize("what", [acknowledge, close])
def test_of_twenty_at_once_exactly_one_wins(store: Store, what: Act) -> None:
    alert_id = raise_alert(store)
    barrier = threading.Barrier(20)
    outcomes: list[Acted | Conflict] = []

    def race(name: str) -> None:
        barrier.wait()
        try:
            outcomes.append(act(store, what, alert_id, scope=Scope(name, Role.OPERATOR, "020"), note=name))
        except Conflict as conflict:
            outcomes.append(conflict)

    threads = [threading.Thread(target=race, args=(f"operator-{n}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (winner,) = [outcome for outcome in outcomes if isinstance(outcome, Acted)]
    losers = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(losers) == 19
    assert {(loser.winner, loser.state, loser.at_ms) for loser in losers} == {
        (winner.actor, winner.state.value, NOW + 1000)
    }
    row = the_alert(store)
    by = row["acknowledged_by"] if what is acknowledge else row["closed_by"]
    assert (by, row["note"], row["version"]) == (winner.actor, winner.actor, 2)
    events = rows(store, schema.alert_event)
    assert [(event["seq"], event["actor"], event["note"]) for event in events] == [
        (1, "rule", ""),
        (2, winner.actor, winner.actor),
    ]
    assert {entry["id"] for entry in rows(store, schema.outbox)} == {f"{alert_id}:1", f"{alert_id}:2"}
    told = trail(store)
    assert Counter(result for _, _, result, _ in told) == {"done": 1, "conflict": 19}
    assert next(actor for actor, _, result, _ in told if result == "done") == winner.actor
    assert {actor for actor, *_ in told} == {f"operator-{n}" for n in range(20)}


def test_people_and_rules_at_once_agree(store: Store) -> None:
    """While readings keep refreshing an alert, each of many alerts can be closed, once."""
    ids = [raise_alert(store, f"water-{n}") for n in range(8)]
    closing = threading.Event()

    def refresh() -> None:
        for at in range(25):
            signals = [
                Signal(
                    RuleState("water_red", f"water-{n}", Condition.FIRING, NOW, NOW + at, 0.9),
                    TargetKind.DEVICE,
                    "0200101",
                    refresh=True,
                    at_ms=NOW + at,
                    value=0.9,
                )
                for n in range(8)
            ]
            store.write(lambda conn, signals=signals: apply_signals(conn, FACTS, signals, NOW)).result()  # type: ignore[misc]
            closing.set()

    thread = threading.Thread(target=refresh)
    thread.start()
    assert closing.wait(30)
    for alert_id in ids:
        act(store, close, alert_id)
    thread.join()
    assert {row["state"] for row in rows(store, schema.alert)} == {"closed"}
    assert {row["version"] for row in rows(store, schema.alert)} == {2}
    assert rows(store, schema.alert_open) == []
    assert [event["seq"] for event in rows(store, schema.alert_event)] == [1, 2] * 8


# --- who may -----------------------------------------------------------------------------------------------------
ROLES_THAT_MAY = {
    acknowledge: {Role.ADMINISTRATOR, Role.OPERATOR, Role.UNIT},
    close: {Role.ADMINISTRATOR, Role.OPERATOR},
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("what", [acknowledge, close])
def test_roles(sqlite_store: Store, what: Act, role: Role) -> None:
    alert_id = raise_alert(sqlite_store)
    scope = Scope("somebody", role, "020", unit="water" if role is Role.UNIT else None)
    if role in ROLES_THAT_MAY[what]:
        act(sqlite_store, what, alert_id, scope=scope)
        return
    with pytest.raises(Forbidden, match=f"role {role} may not alert"):
        act(sqlite_store, what, alert_id, scope=scope)
    assert the_alert(sqlite_store)["state"] == "open"
    assert trail(sqlite_store)[0][2] == "forbidden"


@pytest.mark.parametrize(
    ("area_id", "allowed"), [("020", True), ("02001", True), ("0200101", True), ("0200102", False), ("02002", False)]
)
def test_areas(store: Store, area_id: str, allowed: bool) -> None:
    alert_id = raise_alert(store, area_id="0200101")
    scope = Scope("li", Role.OPERATOR, area_id)
    if allowed:
        act(store, acknowledge, alert_id, scope=scope)
        return
    with pytest.raises(Forbidden, match=f"area 0200101 is outside the scope {area_id}"):
        act(store, acknowledge, alert_id, scope=scope)
    assert trail(store) == [("li", "alert.acknowledge", "forbidden", f"area 0200101 is outside the scope {area_id}")]


@pytest.mark.parametrize("unit", [None, "", "hotline"])
def test_unit_staff_act_for_their_unit_only(store: Store, unit: str | None) -> None:
    alert_id = raise_alert(store)
    with pytest.raises(Forbidden, match="the alert is not one of unit"):
        act(store, acknowledge, alert_id, scope=Scope("shui", Role.UNIT, "020", unit=unit))
    assert act(store, acknowledge, alert_id, scope=WATER).actor == "shui"


def test_unit_staff_have_nothing_of_alerts_without_a_unit(sqlite_store: Store) -> None:
    alert_id = raise_alert(sqlite_store)
    sqlite_store.write(lambda conn: conn.execute(update(schema.alert).values(owner=""))).result()
    for unit in ("", None, "water"):
        with pytest.raises(Forbidden):
            act(sqlite_store, acknowledge, alert_id, scope=Scope("shui", Role.UNIT, "020", unit=unit))


def test_an_alert_of_an_area_the_city_no_longer_has_is_the_citys(sqlite_store: Store) -> None:
    alert_id = raise_alert(sqlite_store)
    sqlite_store.write(lambda conn: conn.execute(update(schema.alert).values(area_id="gone"))).result()
    with pytest.raises(Forbidden):
        act(sqlite_store, acknowledge, alert_id, scope=Scope("li", Role.OPERATOR, "02001"))
    assert act(sqlite_store, acknowledge, alert_id).state is AlertState.ACKNOWLEDGED


def test_an_unknown_alert(store: Store) -> None:
    with pytest.raises(LookupError, match="there is no such alert"):
        act(store, acknowledge, "no'; DROP TABLE alert--\x00" * 20)
    assert trail(store) == [("li", "alert.acknowledge", "unknown", "")]
    assert len(rows(store, schema.audit)[0]["target"]) <= 128


def test_without_its_audit_row_nothing_is_done(sqlite_store: Store) -> None:
    alert_id = raise_alert(sqlite_store)
    sqlite_store.write(lambda conn: conn.exec_driver_sql("ALTER TABLE audit RENAME TO away")).result()
    with pytest.raises(Exception, match="audit"):
        act(sqlite_store, close, alert_id)
    sqlite_store.write(lambda conn: conn.exec_driver_sql("ALTER TABLE away RENAME TO audit")).result()
    assert the_alert(sqlite_store)["state"] == "open"
    assert len(rows(sqlite_store, schema.alert_open)) == 1


def test_real_time_is_read_where_it_is_not_given(sqlite_store: Store) -> None:
    acknowledge(sqlite_store, FACTS, OPERATOR, raise_alert(sqlite_store), 1, "", NOW, "")
    assert rows(sqlite_store, schema.audit)[0]["at_ms"] > REAL
