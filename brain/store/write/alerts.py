"""Applying signals: alerts are raised, refreshed and recovered, and what the rules remember is written with them."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, case, delete, select, tuple_, update

from brain.model.alert import AlertState, Condition, Signal
from brain.model.facts import Facts
from brain.model.judge import StateKey
from brain.store import schema
from brain.store.dialect import insert_into, insert_rows, insert_rows_returning
from brain.store.version import bump
from brain.store.write.alert_events import Happening, last_seqs, write_happenings
from brain.store.write.alert_fold import ACTOR, FoldedAlert, fold_signals

INPUT = "alerts"

_AT_ONCE = 500
_COLUMNS = tuple(column.name for column in schema.alert.columns)
_OPEN = ("rule_id", "target_id", "alert_id")
_STATE = ("rule_id", "target_id", "condition", "since_ms", "last_ms", "last_value")


@dataclass(frozen=True, slots=True)
class AppliedSignals:
    """How many alerts were `raised`, and how many open ones were `touched` (refreshed, recovered, closed)."""

    raised: int
    touched: int


def _random_id() -> str:
    return str(uuid.uuid4())


def apply_signals(
    conn: Connection, facts: Facts, signals: Sequence[Signal], now_ms: int, new_id: Callable[[], str] = _random_id
) -> AppliedSignals:
    """Write what the rules want, in their order. `now_ms` is city time.

    There is at most one open alert of a rule and target, whoever else writes: the row in alert_open decides.
    """
    waiting: dict[StateKey, list[Signal]] = {}
    for signal in signals:
        waiting.setdefault((signal.state.rule_id, signal.state.target_id), []).append(signal)
    _remember(conn, {key: listed[-1] for key, listed in waiting.items()})
    raised = touched = 0
    while waiting:
        current = _load_open(conn, waiting)
        folded = {key: fold_signals(current.get(key), waiting[key], facts, new_id) for key in sorted(waiting)}
        taken = _claim(conn, {key: alerts for key, alerts in folded.items() if key not in current and alerts})
        kept = {key: alerts for key, alerts in folded.items() if key not in taken}
        _write(conn, facts, kept, now_ms)
        written = [alert for alerts in kept.values() for alert in alerts if alert.touched]
        raised += sum(not alert.stored for alert in written)
        touched += sum(alert.stored for alert in written)
        # What another worker raised in the meantime is looked at again, as open now.
        waiting = {key: waiting[key] for key in taken}
    return AppliedSignals(raised, touched)


def _load_open(conn: Connection, keys: Iterable[StateKey]) -> dict[StateKey, FoldedAlert]:
    """The open alerts of these rules and targets, locked against people and other workers."""
    alert, opened = schema.alert, schema.alert_open
    rows: dict[StateKey, dict[str, Any]] = {}
    for some in _portions(keys):
        found = conn.execute(
            select(alert)
            .join(opened, opened.c.alert_id == alert.c.id)
            .where(tuple_(opened.c.rule_id, opened.c.target_id).in_(some))
            .where(alert.c.state.not_in([AlertState.CLOSED.value, AlertState.FALSE.value]))
            .order_by(alert.c.id)
            .with_for_update(of=alert)
        )
        rows.update(((row.rule_id, row.target_id), dict(row._mapping)) for row in found)
    seqs = last_seqs(conn, (row["id"] for row in rows.values()))
    return {key: FoldedAlert(row, stored=True, events_stored=seqs.get(row["id"], 0)) for key, row in rows.items()}


def _claim(conn: Connection, folded: dict[StateKey, list[FoldedAlert]]) -> set[StateKey]:
    """Take the place of the open alert for what is to be raised; the keys somebody else has taken before."""
    keys: tuple[Any, ...] = (schema.alert_open.c.rule_id, schema.alert_open.c.target_id)
    insert = insert_into(conn, schema.alert_open).on_conflict_do_nothing(index_elements=keys).returning(*keys)
    rows = [(*key, folded[key][-1].row["id"]) for key in sorted(folded)]
    made = insert_rows_returning(conn, insert, _OPEN, rows)
    return set(folded) - {(row.rule_id, row.target_id) for row in made}


def _write(conn: Connection, facts: Facts, folded: dict[StateKey, list[FoldedAlert]], now_ms: int) -> None:
    alerts = [alert for listed in folded.values() for alert in listed if alert.touched]
    fresh = [alert.row for alert in alerts if not alert.stored]
    insert_rows(conn, insert_into(conn, schema.alert), _COLUMNS, [tuple(row[c] for c in _COLUMNS) for row in fresh])
    _update(conn, [alert.row for alert in alerts if alert.stored])
    _settle_open(conn, {key: listed[-1] for key, listed in folded.items() if listed and listed[-1].touched})
    happenings = (
        Happening(alert.row, seq, event.at_ms, ACTOR, event.action, event.from_state, event.to_state, event.value)
        for alert in alerts
        for seq, event in enumerate(alert.events, alert.events_stored + 1)
    )
    write_happenings(conn, happenings, now_ms)
    areas = {alert.row["area_id"] for alert in alerts}
    bump(conn, facts.tree, ((INPUT, area_id) for area_id in areas))


def _update(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _COLUMNS if name != "id"}
        written = update(schema.alert).where(schema.alert.c.id == bindparam("new_id")).values(values)
        conn.execute(written, [{f"new_{name}": row[name] for name in _COLUMNS} for row in rows])


def _settle_open(conn: Connection, newest: dict[StateKey, FoldedAlert]) -> None:
    """The place of the open alert names the newest, or is given up when that is closed."""
    table = schema.alert_open
    _delete(conn, table, [key for key, alert in newest.items() if not alert.open])
    insert = insert_into(conn, table)
    upsert = insert.on_conflict_do_update(
        index_elements=["rule_id", "target_id"], set_={"alert_id": insert.excluded.alert_id}
    )
    rows = [(*key, alert.row["id"]) for key, alert in newest.items() if alert.open and not alert.stored]
    insert_rows(conn, upsert, _OPEN, rows)


def _remember(conn: Connection, last: dict[StateKey, Signal]) -> None:
    """Only conditions other than normal are kept: what is not there is normal. What goes on firing was seen when it was
    seen last, though an earlier event may come later."""
    normal = [key for key, signal in last.items() if signal.state.condition is Condition.NORMAL]
    _delete(conn, schema.rule_state, normal)
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


def _delete(conn: Connection, table: Table, keys: Iterable[StateKey]) -> None:
    for some in _portions(keys):
        conn.execute(delete(table).where(tuple_(table.c.rule_id, table.c.target_id).in_(some)))


def _portions(keys: Iterable[StateKey]) -> list[list[StateKey]]:
    line = sorted(keys)
    return [line[start : start + _AT_ONCE] for start in range(0, len(line), _AT_ONCE)]
