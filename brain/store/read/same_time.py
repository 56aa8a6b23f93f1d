"""Spans of tickets that are fair to compare: as long, ending at the same time of day, holding the same weekdays."""

from dataclasses import dataclass

from sqlalchemy import Column, func, select

from brain.store.read.ask import Ask
from brain.store.read.days import day_of
from brain.store.read.ticket_counts import IS_TICKET, Span, count_if
from brain.store.schema import case as ticket

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Bounds:
    """[start_ms, end_ms)."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Spans:
    """`before` is None where the city had not begun to deliver tickets, or began on that very day."""

    now: Bounds
    before: Bounds | None
    back_days: int


def spans(ask: Ask, known: Span, days: int) -> Spans:
    """The last `days` days up to now, and as many some whole weeks before, none of them in both."""
    today = day_of(ask.now_ms, ask.facts.tz)
    start = today.plus(1 - max(days, 1))
    back_days = -(-max(days, 1) // _WEEK) * _WEEK
    first = start.plus(-back_days)
    now = Bounds(start.start_ms, ask.now_ms + 1)
    if first.day <= day_of(known.first_ms, ask.facts.tz).day:
        return Spans(now, None, back_days)
    return Spans(now, Bounds(first.start_ms, today.plus(-back_days).at_time_of(ask.now_ms) + 1), back_days)


def count_by(ask: Ask, column: Column[str], bounds: Bounds) -> dict[str, tuple[int, int]]:
    """(tickets, simulated ones) of the area created within the bounds, per value of the column."""
    found = ask.conn.execute(
        select(column, func.count(), count_if(ticket.c.simulated))
        .where(IS_TICKET, ticket.c.created_ms >= bounds.start_ms, ticket.c.created_ms < bounds.end_ms)
        .where(ask.inside(ticket.c.area_id))
        .group_by(column)
    )
    return {value: (n, simulated) for value, n, simulated in found}
