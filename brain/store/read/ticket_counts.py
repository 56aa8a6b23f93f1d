"""Counts of tickets, made in the database from the covering indexes of case_: rows are never fetched to be counted."""

from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, case, func, select

from brain.store.read.ask import Ask
from brain.store.read.days import SLOT_MS
from brain.store.schema import case as ticket

IS_TICKET = ticket.c.type == "ticket"


@dataclass(frozen=True, slots=True)
class Slots:
    """Tickets per slot start (epoch ms), slots without any absent; `newest_ms`: newest of the counted moments."""

    counts: dict[int, int]
    simulated: int
    newest_ms: int | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Span:
    """Bounds of a city's tickets up to now: when the first was created, and the newest."""

    first_ms: int
    newest_ms: int


def count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def ticket_span(ask: Ask) -> Span | None:
    """Of the whole city: a quiet village has had no tickets, which is not the same as no data."""
    known = (IS_TICKET, ticket.c.created_ms <= ask.now_ms)
    ends = [  # one statement each: only so both are a single step in the index
        ask.conn.scalar(select(ticket.c.created_ms).where(*known).order_by(order).limit(1))
        for order in (ticket.c.created_ms, ticket.c.created_ms.desc())
    ]
    first_ms, newest_ms = ends
    return None if first_ms is None or newest_ms is None else Span(first_ms, newest_ms)


def count_by_slot(ask: Ask, moment: Column[int], start_ms: int, end_ms: int) -> Slots:
    """Tickets of the area whose `moment` (created_ms or closed_ms) is in [start_ms, end_ms) and not later than now."""
    slot = ((moment - start_ms) // SLOT_MS).label("slot")
    found = ask.conn.execute(
        select(slot, func.count(), count_if(ticket.c.simulated), func.max(moment))
        .where(IS_TICKET, moment >= start_ms, moment < min(end_ms, ask.now_ms + 1))
        .where(ticket.c.created_ms <= ask.now_ms, ask.inside(ticket.c.area_id))
        .group_by("slot")
    ).all()
    return Slots(
        counts={start_ms + int(number) * SLOT_MS: n for number, n, _, _ in found},
        simulated=sum(simulated for _, _, simulated, _ in found),
        newest_ms=max((newest for _, _, _, newest in found), default=None),
    )


def count_created(ask: Ask, start_ms: int, end_ms: int) -> int:
    """Tickets of the area created in [start_ms, end_ms)."""
    found = ask.conn.scalar(
        select(func.count()).where(
            IS_TICKET,
            ticket.c.created_ms >= start_ms,
            ticket.c.created_ms < end_ms,
            ask.inside(ticket.c.area_id),
        )
    )
    return found or 0


def count_open(ask: Ask) -> tuple[int, int]:
    """(open now, of them past their deadline). What will be closed later than now is open now."""
    # The + 0 keeps databases from walking all that was ever created: what is open is found along case_open.
    exists = ticket.c.created_ms + 0 <= ask.now_ms
    counts = [
        ask.conn.execute(
            select(func.count(), count_if(ticket.c.due_ms < ask.now_ms)).where(
                IS_TICKET, still_open, exists, ask.inside(ticket.c.area_id)
            )
        ).one()
        for still_open in (ticket.c.closed_ms.is_(None), ticket.c.closed_ms > ask.now_ms)
    ]
    return sum(row[0] for row in counts), sum(row[1] for row in counts)
