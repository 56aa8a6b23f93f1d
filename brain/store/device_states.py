"""Whether a device is in commissioning, service, maintenance or retired: people say so, and it is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from brain.model.area import AreaTree
from brain.model.facts import Facts
from brain.model.privacy import mask
from brain.model.reading import DeviceState
from brain.model.scope import Action, Scope
from brain.store import schema
from brain.store.audit import Deed, Result, record
from brain.store.audited import Doing, carry_out
from brain.store.engine import Store
from brain.store.portion import portions
from brain.store.storable import storable
from brain.store.version import bump
from brain.store.write.rollups import INPUT as READINGS

REGISTER = "register"
"""The input whose version moves when people change the register; ingest reads it anew then."""

ACTION = "device.state"
WHY_MAX = 256
MOST_AT_ONCE = 500
_FOR_A_TIME = (DeviceState.MAINTENANCE, DeviceState.COMMISSIONING)
_OPERATORS = frozenset({DeviceState.ACTIVE, DeviceState.MAINTENANCE})


@dataclass(frozen=True, slots=True)
class NewState:
    """`until_ms` (city time): in service again by itself from then on; None: until somebody says so."""

    state: DeviceState
    why: str = ""
    until_ms: int | None = None


def set_state(store: Store, facts: Facts, doing: Doing, device_ids: Sequence[str], new: NewState) -> int:
    """Bring devices into a state, all or none; how many were not in it. Whoever may only set maintenance moves devices
    between that and service. Raises Forbidden, LookupError, ValueError (no reason, or a time that is over)."""
    ids = sorted({storable(device_id, 64) for device_id in device_ids})
    new = NewState(new.state, mask(new.why, WHY_MAX), new.until_ms if new.state in _FOR_A_TIME else None)

    def work(conn: Connection) -> tuple[int, str]:
        rows = _asked(conn, facts.tree, doing.scope, ids, new.state)
        _check(new, doing.now_ms, len(ids))
        changed = [row for row in rows if (row.state, row.state_until_ms, row.state_why) != _told(new)]
        _write(conn, facts.tree, changed, new, doing.scope.actor, doing.now_ms)
        detail = f"{new.state}{'' if new.until_ms is None else f' until {new.until_ms}'}: {new.why}"
        if len(ids) > 1:  # each can be looked for by its name
            for row in changed:
                record(conn, doing.deed(ACTION, f"device:{row.id}", Result.DONE, detail))
        return len(changed), detail

    target = f"device:{ids[0]}" if len(ids) == 1 else f"devices:{len(ids)}"
    return carry_out(store, doing, ACTION, target, work)


def end_states(conn: Connection, tree: AreaTree, now_ms: int, real_ms: int) -> int:
    """Bring back into service what was out of it for a time that is over; how many."""
    device = schema.device
    over = list(conn.execute(select(device).where(device.c.state_until_ms <= now_ms).order_by(device.c.id)))
    if over:
        _write(conn, tree, over, NewState(DeviceState.ACTIVE, "", None), "", now_ms)
        for row in over:
            detail = f"{DeviceState.ACTIVE}: {row.state} was until {row.state_until_ms}"
            record(conn, Deed("", "", ACTION, f"device:{row.id}", Result.DONE, real_ms, now_ms, detail=detail))
    return len(over)


def some_are_over(conn: Connection, now_ms: int) -> bool:
    device = schema.device
    return conn.scalar(select(device.c.id).where(device.c.state_until_ms <= now_ms).limit(1)) is not None


def _asked(conn: Connection, tree: AreaTree, scope: Scope, ids: Sequence[str], state: DeviceState) -> list[Row[Any]]:
    """The devices, if this scope may bring all of them into the state."""
    scope.require(Action.DEVICE_MAINTENANCE)
    device = schema.device
    rows: list[Row[Any]] = []
    for some in portions(ids):
        rows += conn.execute(select(device).where(device.c.id.in_(some)).order_by(device.c.id).with_for_update())
    if not rows or len(rows) != len(ids):
        raise LookupError("there is no such device")
    for row in rows:
        scope.require_area(tree, row.area_id if row.area_id in tree else tree.root.id)
    if not {state, *(row.state for row in rows)} <= _OPERATORS:
        scope.require(Action.DEVICE_EDIT)
    return rows


def _check(new: NewState, now_ms: int, n: int) -> None:
    if n > MOST_AT_ONCE:
        raise ValueError("too_many")
    if new.state is not DeviceState.ACTIVE and not new.why.strip():
        raise ValueError("why")
    if new.until_ms is not None and new.until_ms <= now_ms:
        raise ValueError("until")


def _told(new: NewState) -> tuple[str, int | None, str]:
    return str(new.state), new.until_ms, new.why


def _write(conn: Connection, tree: AreaTree, rows: Sequence[Row[Any]], new: NewState, actor: str, now_ms: int) -> None:
    device = schema.device
    state, until_ms, why = _told(new)
    said = {"state": state, "state_until_ms": until_ms, "state_why": why, "state_by": actor, "state_since_ms": now_ms}
    for ids in portions(row.id for row in rows):
        conn.execute(update(device).where(device.c.id.in_(ids)).values(said))
    bump(conn, tree, {(name, row.area_id) for row in rows for name in (REGISTER, READINGS)})
