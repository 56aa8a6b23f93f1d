"""Tickets received in a span, judged by their deadlines: closed in time, late, not yet due. Counted in the database."""

from typing import Any

from sqlalchemy import Column, ColumnElement, and_, not_, select

from brain.model.query.shares import Judged
from brain.store.read.ask import Ask
from brain.store.read.ticket_counts import IS_TICKET, count_if
from brain.store.schema import case as ticket

Group = tuple[Any, ...]


def judge(ask: Ask, start_ms: int) -> Judged:
    """The area's tickets received from `start_ms` to now."""
    return sum((judged for judged, _ in judge_by(ask, start_ms).values()), Judged())


def judge_by(ask: Ask, start_ms: int, *columns: Column[str]) -> dict[Group, tuple[Judged, int]]:
    """The same for each group of values of `columns` there is, with how many of its tickets are simulated."""
    found = ask.conn.execute(
        select(*columns, count_if(ticket.c.simulated), *_classes(ask.now_ms))
        .select_from(ticket)
        .where(IS_TICKET, ticket.c.created_ms >= start_ms, ticket.c.created_ms <= ask.now_ms)
        .where(ask.inside(ticket.c.area_id))
        .group_by(*columns)
    )
    at = len(columns)
    sums: dict[Group, tuple[Judged, int]] = {}
    for row in found:
        simulated, *counts = (int(n) for n in row[at:])
        sums[tuple(row[:at])] = Judged(*counts), simulated
    return sums


def _classes(now_ms: int) -> list[ColumnElement[int]]:
    """Counts in the order of Judged; each ticket falls into exactly one class, those on time into the first two."""
    due_ms, closed_ms = ticket.c.due_ms, ticket.c.closed_ms
    closed = and_(closed_ms.is_not(None), closed_ms <= now_ms)
    impossible = and_(closed, closed_ms < ticket.c.created_ms)
    judged = and_(not_(impossible), due_ms.is_not(None))
    decided = and_(judged, closed | (due_ms < now_ms))
    return [
        count_if(decided),
        count_if(and_(decided, closed, closed_ms <= due_ms)),
        count_if(and_(judged, not_(closed), due_ms >= now_ms)),
        count_if(and_(not_(impossible), due_ms.is_(None))),
        count_if(impossible),
    ]
