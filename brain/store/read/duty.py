"""Who is on duty in an area, and who comes next. Names are given to those who may know them, here and nowhere else."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from brain.model.facts import Name
from brain.model.query.answer import Answer
from brain.model.query.duty import DutyNow, DutyPost
from brain.model.scope import Role
from brain.store.read.ask import Ask, reply
from brain.store.read.sources import checked_ms, source_states, stale_after_s
from brain.store.schema import duty_shift

_DAY_MS = 86_400_000
_HANDED_OVER_MS = 60_000  # a next shift this much later is no gap: rosters write 17:59 and 18:00
_MOST = 5000


@reply.register
def duty_now(query: DutyNow, ask: Ask) -> Answer[tuple[DutyPost, ...]]:
    sources = source_states(ask, "duty")
    rows = _shifts(ask)
    posts = tuple(_post(ask, list(shifts)) for _, shifts in groupby(rows, key=_place))
    moments = [ms for row in rows for ms in (row.start_ms, row.end_ms, row.end_ms + _DAY_MS) if ms > ask.now_ms]
    known = bool(sources) or bool(rows) or bool(ask.conn.scalar(select(func.count()).select_from(duty_shift)))
    return Answer(
        value=posts if known else None,
        as_of_ms=checked_ms(ask, sources),
        sources=sources,
        simulated=any(row.simulated for row in rows),
        stale_after_s=stale_after_s(sources),
        changes_ms=min(moments, default=None),
    )


def _shifts(ask: Ask) -> Sequence[Any]:
    """Of the day around now, post by post, in the order they begin."""
    query = select(duty_shift).where(
        duty_shift.c.end_ms > ask.now_ms - _DAY_MS,
        duty_shift.c.start_ms <= ask.now_ms + _DAY_MS,
        ask.inside(duty_shift.c.area_id),
    )
    order = {unit: place for place, unit in enumerate(ask.facts.units)}
    rows = ask.conn.execute(query.order_by(duty_shift.c.end_ms).limit(_MOST)).all()
    return sorted(
        rows,
        key=lambda row: (order.get(row.unit, len(order)), *_place(row), row.start_ms, row.end_ms, row.number),
    )


def _place(row: Any) -> tuple[str, str, str]:
    return row.unit, row.area_id, row.post


def _post(ask: Ask, shifts: list[Any]) -> DutyPost:
    now_ms, first = ask.now_ms, shifts[0]
    current = [row for row in shifts if row.start_ms <= now_ms < row.end_ms]
    until_ms = min((row.end_ms for row in current), default=None)
    last_ms = max((row.end_ms for row in current), default=now_ms)
    next_ms = min((row.start_ms for row in shifts if row.start_ms > now_ms), default=None)
    coming = [row for row in shifts if row.start_ms == next_ms]
    beyond = last_ms > now_ms + _DAY_MS  # who follows then is not read
    followed = beyond or (next_ms is not None and next_ms <= last_ms + _HANDED_OVER_MS)
    name = ask.facts.units.get(first.unit, Name(first.unit, first.unit))
    return DutyPost(
        unit=name.zh,
        unit_en=name.en,
        post=first.post,
        area_id=first.area_id,
        people=_people(ask, current),
        until_ms=until_ms,
        next_ms=next_ms,
        next_people=_people(ask, coming),
        gap=not current or not followed,
    )


def _people(ask: Ask, rows: Sequence[Any]) -> tuple[str, ...]:
    named = ask.scope.role is not Role.WALL and all(ask.owns(row.unit) for row in rows)
    return tuple(row.person if named else "" for row in rows)
