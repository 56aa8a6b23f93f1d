"""Applying signals: alerts are raised, refreshed and recovered, and what the rules remember is written with them."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from brain.model.alert import AlertState, Signal
from brain.model.facts import Facts
from brain.model.family import families_of, family_of
from brain.model.judge import StateKey
from brain.store import schema
from brain.store.dialect import insert_into, insert_rows, insert_rows_returning
from brain.store.portion import portions
from brain.store.version import bump
from brain.store.write.alert_events import Happening, last_seqs, write_happenings
from brain.store.write.alert_fold import ACTOR, FoldedAlert, fold_signals
from brain.store.write.rule_memory import Families, is_one_of, key_portions, load_seen, remember

INPUT = "alerts"

_COLUMNS = tuple(column.name for column in schema.alert.columns)
_OPEN = ("rule_id", "target_id", "alert_id")


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

    There is at most one open alert of a family of rules and target, whoever else writes: the row in alert_open decides.
    """
    families = families_of(facts.rules)
    waiting: dict[StateKey, list[Signal]] = {}
    last: dict[StateKey, Signal] = {}
    for signal in signals:
        key = (signal.state.rule_id, signal.state.target_id)
        waiting.setdefault((family_of(facts.rules[key[0]]), key[1]), []).append(signal)
        last[key] = signal
    seen = load_seen(conn, families, waiting)
    remember(conn, last)
    raised = touched = 0
    while waiting:
        current = _load_open(conn, families, waiting)
        folded = {
            key: fold_signals(current.get(key, ()), waiting[key], facts, new_id, seen.get(key, {}))
            for key in sorted(waiting)
        }
        taken = _claim(conn, {key: alerts for key, alerts in folded.items() if key not in current and alerts})
        kept = {key: alerts for key, alerts in folded.items() if key not in taken}
        _write(conn, facts, kept, now_ms)
        written = [alert for alerts in kept.values() for alert in alerts if alert.touched]
        raised += sum(not alert.stored for alert in written)
        touched += sum(alert.stored for alert in written)
        # What another worker raised in the meantime is looked at again, as open now.
        waiting = {key: waiting[key] for key in taken}
    return AppliedSignals(raised, touched)


def _load_open(conn: Connection, families: Families, keys: Iterable[StateKey]) -> dict[StateKey, list[FoldedAlert]]:
    """The open alerts of these families and targets, locked against people and other workers. Usually one; those that
    rules raised when they were no family yet have the places of these rules."""
    alert, opened = schema.alert, schema.alert_open
    places = {(rule.id, target): (family, target) for family, target in keys for rule in families[family]}
    places |= {key: key for key in keys}
    rows: list[tuple[StateKey, dict[str, Any]]] = []
    for some in key_portions(places):
        found = conn.execute(
            select(alert, opened.c.rule_id.label("place"))
            .join(opened, opened.c.alert_id == alert.c.id)
            .where(is_one_of(opened, some))
            .where(alert.c.state.not_in([AlertState.CLOSED.value, AlertState.FALSE.value]))
            .order_by(alert.c.id)
            .with_for_update(of=alert)
        )
        rows += [
            (places[row["place"], row["target_id"]], {name: row[name] for name in _COLUMNS}) for row in found.mappings()
        ]
    seqs = last_seqs(conn, (row["id"] for _, row in rows))
    current: dict[StateKey, list[FoldedAlert]] = {}
    for key, row in rows:
        current.setdefault(key, []).append(FoldedAlert(row, stored=True, events_stored=seqs.get(row["id"], 0)))
    return current


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
    _settle_open(conn, folded)
    happenings = (
        Happening(
            event.row,
            seq,
            event.at_ms,
            ACTOR,
            event.action,
            event.from_state,
            event.row["state"],
            event.value,
            event.note,
        )
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


def _settle_open(conn: Connection, folded: dict[StateKey, list[FoldedAlert]]) -> None:
    """The place of the open alert names the newest, or is given up when that is closed."""
    table = schema.alert_open
    over = (alert.row["id"] for listed in folded.values() for alert in listed if not alert.open)
    for ids in portions(over):
        conn.execute(delete(table).where(table.c.alert_id.in_(ids)))
    insert = insert_into(conn, table)
    upsert = insert.on_conflict_do_update(
        index_elements=["rule_id", "target_id"], set_={"alert_id": insert.excluded.alert_id}
    )
    newest = {key: listed[-1] for key, listed in folded.items() if listed}
    rows = [(*key, alert.row["id"]) for key, alert in newest.items() if alert.open and not alert.stored]
    insert_rows(conn, upsert, _OPEN, rows)
