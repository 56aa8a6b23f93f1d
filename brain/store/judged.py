"""What rules look at, as stored: their own memory, when devices were last heard, which clocks of cases run late."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, func, select

from brain.model.alert import Condition, OutOfService, Rule, RuleKind, RuleState
from brain.model.judge import SeenClock, SeenDevice, StateKey, States
from brain.model.reading import DeviceState
from brain.store import schema
from brain.store.portion import portions
from brain.store.read.metric_rows import as_device


def load_states(conn: Connection, rules: Mapping[str, Rule]) -> dict[StateKey, RuleState]:
    """What the rules remembered when the program ended: hand it to the judge at the start.

    Threshold rules also remember the newest reading of each device, so that a late or repeated one is known as such.
    """
    table = schema.rule_state
    rows = conn.execute(select(table))
    states = {(row.rule_id, row.target_id): _as_state(row) for row in rows if row.rule_id in rules}
    by_metric: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules.values():
        if rule.kind is RuleKind.THRESHOLD and rule.metric is not None:
            by_metric[rule.metric].append(rule)
    latest, device = schema.latest, schema.device
    newest = select(latest, device.c.kind).join(device, device.c.id == latest.c.device_id)
    for row in conn.execute(newest.where(latest.c.metric.in_(sorted(by_metric)))):
        for rule in by_metric[row.metric]:
            if rule.device_kind in (None, row.kind):
                state = states.get((rule.id, row.device_id)) or RuleState(rule.id, row.device_id)
                if row.at_ms > state.last_ms:
                    value = state.last_value if row.value is None else row.value
                    states[rule.id, row.device_id] = replace(state, last_ms=row.at_ms, last_value=value)
    return states


def _as_state(row: Row[Any]) -> RuleState:
    return RuleState(row.rule_id, row.target_id, Condition(row.condition), row.since_ms, row.last_ms, row.last_value)


def pending_states(conn: Connection, rules: Mapping[str, Rule]) -> list[RuleState]:
    """What waits for its hold to be over, as stored."""
    table = schema.rule_state
    rows = conn.execute(select(table).where(table.c.condition == Condition.PENDING.value))
    return [_as_state(row) for row in rows if row.rule_id in rules]


def out_of_service(conn: Connection, rules: Mapping[str, Rule]) -> list[OutOfService]:
    """What rules remember, as stored, of devices that are out of service."""
    table, device = schema.rule_state, schema.device
    since_ms = func.coalesce(device.c.state_since_ms, table.c.last_ms)
    query = select(table.c.rule_id, table.c.target_id, since_ms).join(device, device.c.id == table.c.target_id)
    rows = conn.execute(query.where(device.c.state != DeviceState.ACTIVE.value))
    return [OutOfService(*row) for row in rows if row.rule_id in rules]


def seen_devices(
    conn: Connection, kinds: Collection[str] | None = None, only: Collection[str] | None = None
) -> list[SeenDevice]:
    """The devices of these kinds (None: all), with the time each was last heard. `only`: of these ids."""
    query = select(schema.device).order_by(schema.device.c.id)
    if kinds is not None:
        query = query.where(schema.device.c.kind.in_(sorted(kinds)))
    asked = [query] if only is None else [query.where(schema.device.c.id.in_(ids)) for ids in portions(only)]
    rows = (row for some in asked for row in conn.execute(some))
    return [SeenDevice(as_device(row), row.last_reported_ms, row.created_ms, row.state_since_ms) for row in rows]


def seen_clocks(
    conn: Connection, rules: Mapping[str, Rule], states: States, now_ms: int, only: Collection[str] | None = None
) -> list[SeenClock]:
    """The clocks that clock rules have to be asked about: those running late, those of cases they fire for, and
    as ended those that they fire for though the case no longer has them (an urgent case that was none, a case type that
    was changed, a case that was forgotten). `only`: all watched clocks of these cases instead."""
    case, clock = schema.case, schema.case_clock
    watched = sorted({rule.clock for rule in rules.values() if rule.kind is RuleKind.CLOCK and rule.clock})
    firing = [
        (target_id, rules[rule_id])
        for (rule_id, target_id), state in sorted(states.items())
        if state.condition is Condition.FIRING and rule_id in rules and rules[rule_id].kind is RuleKind.CLOCK
        if only is None or target_id in only
    ]
    query = (
        select(clock, case.c.type, case.c.urgent, case.c.unit, case.c.simulated)
        .join(case, case.c.id == clock.c.case_id)
        .where(clock.c.clock.in_(watched))
    )
    found = {}
    if only is None:
        late = query.where(clock.c.ended_ms.is_(None), clock.c.due_ms < now_ms)
        found = {(row.case_id, row.clock): row for row in conn.execute(late)}
    for ids in portions({target_id for target_id, _ in firing} if only is None else only):
        found |= {(row.case_id, row.clock): row for row in conn.execute(query.where(clock.c.case_id.in_(ids)))}
    there = [_as_clock(row) for _, row in sorted(found.items())]
    return there + [
        SeenClock(target_id, rule.case_type or "", rule.clock or "", "", rule.urgent_only, now_ms, ended_ms=now_ms)
        for target_id, rule in firing
        if (target_id, rule.clock) not in found
    ]


def _as_clock(row: Row[Any]) -> SeenClock:
    return SeenClock(
        case_id=row.case_id,
        case_type=row.type,
        clock=row.clock,
        area_id=row.area_id,
        urgent=row.urgent,
        due_ms=row.due_ms,
        ended_ms=row.ended_ms,
        unit=row.unit,
        simulated=row.simulated,
    )
