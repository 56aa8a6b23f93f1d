"""What the rules remember between evaluations, written with the alerts that follow from it."""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, Table, and_, case, delete, select, tuple_

from brain.model.alert import Condition, Rule, Signal
from brain.model.judge import StateKey
from brain.store import schema
from brain.store.dialect import insert_into, insert_rows

Families = Mapping[str, tuple[Rule, ...]]

_AT_ONCE = 500
_STATE = ("rule_id", "target_id", "condition", "since_ms", "last_ms", "last_value")


def load_seen(conn: Connection, families: Families, keys: Iterable[StateKey]) -> dict[StateKey, dict[str, Condition]]:
    """What the rules of families of several saw of these targets until now, by family and target."""
    state = schema.rule_state
    several = {
        (rule.id, target): (family, target)
        for family, target in keys
        for rule in families[family]
        if len(families[family]) > 1
    }
    seen: dict[StateKey, dict[str, Condition]] = {}
    for some in key_portions(several):
        query = select(state.c.rule_id, state.c.target_id, state.c.condition)
        for rule_id, target, condition in conn.execute(query.where(is_one_of(state, some))):
            seen.setdefault(several[rule_id, target], {})[rule_id] = Condition(condition)
    return seen


def remember(conn: Connection, last: dict[StateKey, Signal]) -> None:
    """Only conditions other than normal are kept: what is not there is normal. What goes on firing was seen when it was
    seen last, though an earlier event may come later."""
    normal = [key for key, signal in last.items() if signal.state.condition is Condition.NORMAL]
    for some in key_portions(normal):
        conn.execute(delete(schema.rule_state).where(is_one_of(schema.rule_state, some)))
    insert, there = insert_into(conn, schema.rule_state), schema.rule_state.c
    told = insert.excluded
    still = and_(told.condition == Condition.FIRING.value, there.condition == Condition.FIRING.value)
    last_ms = case((and_(still, there.last_ms > told.last_ms), there.last_ms), else_=told.last_ms)
    upsert = insert.on_conflict_do_update(
        index_elements=["rule_id", "target_id"],
        set_={name: told[name] for name in _STATE[2:]} | {"last_ms": last_ms},
    )
    states = [last[key].state for key in sorted(last) if last[key].state.condition is not Condition.NORMAL]
    rows = [(s.rule_id, s.target_id, str(s.condition), s.since_ms, s.last_ms, s.last_value) for s in states]
    insert_rows(conn, upsert, _STATE, rows)


def is_one_of(table: Table, keys: Iterable[StateKey]) -> ColumnElement[bool]:
    return tuple_(table.c.rule_id, table.c.target_id).in_(keys)


def key_portions(keys: Iterable[StateKey]) -> list[list[StateKey]]:
    line = sorted(keys)
    return [line[start : start + _AT_ONCE] for start in range(0, len(line), _AT_ONCE)]
