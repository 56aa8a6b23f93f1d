"""What people do with alerts. Each act is one transaction: compare-and-set, event, outbox, versions and audit.

Whoever was slower is told who was faster, and every act leaves an audit row, also a refused one.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from brain.model.alert import AlertState, Conflict
from brain.model.clock import WallClock
from brain.model.facts import Facts
from brain.model.privacy import mask
from brain.model.scope import Action, Forbidden, Role, Scope
from brain.store import schema
from brain.store.audit import Result, by, record
from brain.store.engine import Store
from brain.store.storable import storable
from brain.store.version import bump
from brain.store.write.alert_events import Happening, last_seqs, write_happenings

NOTE_MAX = 512

_NO_VERSION = 2**31 - 1  # what no column holds
_DONE = (AlertState.CLOSED, AlertState.FALSE)


@dataclass(frozen=True, slots=True)
class Acted:
    """What the alert is after the act."""

    alert_id: str
    state: AlertState
    version: int
    actor: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class _Step:
    permission: Action
    name: str
    sources: tuple[AlertState, ...]
    target: AlertState


_NOT_DONE = tuple(state for state in AlertState if state not in _DONE)
_ACKNOWLEDGE = _Step(Action.ALERT_ACKNOWLEDGE, "acknowledge", (AlertState.OPEN,), AlertState.ACKNOWLEDGED)
_CLOSE = _Step(Action.ALERT_CLOSE, "close", _NOT_DONE, AlertState.CLOSED)
_FALSE = _Step(Action.ALERT_CLOSE, "false", _NOT_DONE, AlertState.FALSE)


@dataclass(frozen=True, slots=True)
class _Act:
    """A step somebody wants to take. `version` is the one they saw, `now_ms` city time, `real_ms` real time."""

    step: _Step
    alert_id: str
    version: int
    note: str
    now_ms: int
    real_ms: int
    address: str


def acknowledge(
    store: Store,
    facts: Facts,
    scope: Scope,
    alert_id: str,
    version: int,
    note: str,
    now_ms: int,
    address: str,
    *,
    real_ms: int | None = None,
) -> Acted:
    """Take note of an open alert. Unit staff may do so with alerts of their unit.

    Raises Conflict, Forbidden, LookupError (no such alert), StoreUnavailable.
    """
    act = _Act(_ACKNOWLEDGE, alert_id, version, note, now_ms, _real(real_ms), address)
    return _perform(store, facts, scope, act)


def close(
    store: Store,
    facts: Facts,
    scope: Scope,
    alert_id: str,
    version: int,
    note: str,
    now_ms: int,
    address: str,
    *,
    false_alarm: bool = False,
    real_ms: int | None = None,
) -> Acted:
    """Close an alert, `false_alarm`: as 误报. Closed while the rule still fires, it does not come back until the
    value has been clear, however briefly, and trips anew. Raises Conflict, Forbidden, LookupError (no such alert),
    StoreUnavailable.
    """
    step = _FALSE if false_alarm else _CLOSE
    return _perform(store, facts, scope, _Act(step, alert_id, version, note, now_ms, _real(real_ms), address))


def _real(real_ms: int | None) -> int:
    return WallClock().now_ms() if real_ms is None else real_ms


def _perform(store: Store, facts: Facts, scope: Scope, act: _Act) -> Acted:
    # Id and version come from a browser. People write phone numbers into notes, and notes are shown.
    version = act.version if 0 < act.version < _NO_VERSION else 0
    act = replace(act, alert_id=storable(act.alert_id, 64), version=version, note=mask(act.note, NOTE_MAX))
    outcome = store.write(lambda conn: _in_transaction(conn, facts, scope, act), people=True).result()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _in_transaction(conn: Connection, facts: Facts, scope: Scope, act: _Act) -> Acted | Exception:
    """Do it, or say why not; raised only after commit, so that the audit row of a refusal stays."""
    outcome: Acted | Exception
    try:
        outcome, result, detail = _do(conn, facts, scope, act), Result.DONE, f"version {act.version + 1}"
    except Forbidden as refusal:
        outcome, result, detail = refusal, Result.FORBIDDEN, str(refusal)
    except Conflict as refusal:
        outcome, result, detail = refusal, Result.CONFLICT, str(refusal)
    except LookupError as refusal:
        outcome, result, detail = refusal, Result.UNKNOWN, ""
    target = f"alert:{act.alert_id}"
    more = {"address": act.address, "detail": detail}
    record(conn, by(scope, f"alert.{act.step.name}", target, result, act.real_ms, act.now_ms, **more))
    return outcome


def _do(conn: Connection, facts: Facts, scope: Scope, act: _Act) -> Acted:
    scope.require(act.step.permission)
    alert = schema.alert
    before = conn.execute(select(alert).where(alert.c.id == act.alert_id).with_for_update()).one_or_none()
    if before is None:
        raise LookupError("there is no such alert")
    # An area that a newer city pack no longer has: the alert is still the city's.
    area_id = before.area_id if before.area_id in facts.tree else facts.tree.root.id
    scope.require_area(facts.tree, area_id)
    _require_unit(scope, before.owner)
    changed = (
        update(alert)
        .where(alert.c.id == act.alert_id, alert.c.version == act.version)
        .where(alert.c.state.in_([state.value for state in act.step.sources]))
        .values(state=act.step.target.value, version=act.version + 1, **_signature(scope, act))
    )
    if conn.execute(changed).rowcount != 1:
        raise _conflict(conn, act.alert_id)
    if act.step.target in _DONE:
        conn.execute(delete(schema.alert_open).where(schema.alert_open.c.alert_id == act.alert_id))
    row = conn.execute(select(alert).where(alert.c.id == act.alert_id)).one()
    _note_down(conn, scope, act, before, row)
    bump(conn, facts.tree, [("alerts", area_id)])
    return Acted(act.alert_id, act.step.target, row.version, scope.actor, act.now_ms)


def _require_unit(scope: Scope, owner: str) -> None:
    if (scope.role is Role.UNIT or scope.unit is not None) and (not scope.unit or scope.unit != owner):
        raise Forbidden(f"the alert is not one of unit {scope.unit or 'none'}")


def _signature(scope: Scope, act: _Act) -> dict[str, Any]:
    """Who acted and when. `due_ms` is the time by which somebody should have: it is met, or no longer asked for."""
    done = "closed" if act.step.target in _DONE else "acknowledged"
    signed: dict[str, Any] = {f"{done}_by": scope.actor, f"{done}_ms": act.now_ms, "due_ms": None}
    return signed | ({"note": act.note} if act.note else {})


def _note_down(conn: Connection, scope: Scope, act: _Act, before: Row[Any], row: Row[Any]) -> None:
    seq = last_seqs(conn, [act.alert_id]).get(act.alert_id, 0) + 1
    after = dict(row._mapping)
    happening = Happening(
        after, seq, act.now_ms, scope.actor, act.step.name, before.state, after["state"], note=act.note
    )
    write_happenings(conn, [happening], act.now_ms)


def _conflict(conn: Connection, alert_id: str) -> Exception:
    """Who brought the alert into the state it is in now, and when."""
    alert, event = schema.alert, schema.alert_event
    state = conn.scalar(select(alert.c.state).where(alert.c.id == alert_id))
    if state is None:
        return LookupError("there is no such alert")
    entered = (
        select(event)
        .where(event.c.alert_id == alert_id, event.c.to_state == state, event.c.from_state != state)
        .order_by(event.c.seq.desc())
        .limit(1)
    )
    winner = conn.execute(entered).one_or_none()
    return Conflict(winner.actor, state, winner.at_ms) if winner else Conflict("", state, 0)
