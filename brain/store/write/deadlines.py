"""Counting provisional deadlines again once the calendar knows more holidays, each moved one noted on its case."""

from typing import Any

from sqlalchemy import Connection, func, select, update

from brain.model.case import CLOSE_CLOCK
from brain.model.case_clock import OpenDeadline, SettledDeadline, recompute
from brain.model.clock import at_utc
from brain.model.facts import Facts
from brain.store import schema
from brain.store.version import bump

ACTOR = "calendar"
ACTION = "deadline_moved"


def settle_deadlines(conn: Connection, facts: Facts, now_ms: int) -> list[SettledDeadline]:
    """Count running provisional deadlines again; those that changed, moved or only no longer provisional.

    Call it at every start: it finds nothing to do until the calendar knows more. `now_ms` is city time.
    """
    case, clock = schema.case, schema.case_clock
    rows = conn.execute(
        select(clock, case.c.type, case.c.urgent, case.c.state)
        .join(case, case.c.id == clock.c.case_id)
        .where(clock.c.provisional, clock.c.ended_ms.is_(None))
        .order_by(clock.c.case_id, clock.c.clock)
        .with_for_update()
    ).all()
    by_key = {(row.case_id, row.clock): row for row in rows}
    running = (OpenDeadline(row.case_id, row.type, row.urgent, row.clock, row.started_ms, row.due_ms) for row in rows)
    settled = recompute(running, facts.case_types, facts.calendar)
    for deadline in settled:
        _write(conn, deadline, by_key[deadline.case_id, deadline.clock].state, now_ms)
    areas = {by_key[deadline.case_id, deadline.clock].area_id for deadline in settled}
    bump(conn, facts.tree, (("tickets", area_id) for area_id in areas))
    return settled


def _write(conn: Connection, deadline: SettledDeadline, state: str, now_ms: int) -> None:
    case, clock, event = schema.case, schema.case_clock, schema.case_event
    conn.execute(
        update(clock)
        .where(clock.c.case_id == deadline.case_id, clock.c.clock == deadline.clock)
        .values(due_ms=deadline.due_ms, provisional=deadline.provisional)
    )
    if not deadline.moved:
        return
    changed: dict[Any, Any] = {"version": case.c.version + 1}
    if deadline.clock == CLOSE_CLOCK:
        changed["due_ms"] = deadline.due_ms
    conn.execute(update(case).where(case.c.id == deadline.case_id).values(changed))
    last = conn.scalar(select(func.max(event.c.seq)).where(event.c.case_id == deadline.case_id)) or 0
    conn.execute(
        event.insert().values(
            case_id=deadline.case_id,
            seq=last + 1,
            at_ms=now_ms,
            actor=ACTOR,
            action=ACTION,
            from_state=state,
            to_state=state,
            reason=f"{deadline.clock}: {at_utc(deadline.old_due_ms):%Y-%m-%dT%H:%MZ} -> "
            f"{at_utc(deadline.due_ms):%Y-%m-%dT%H:%MZ}",
        )
    )
