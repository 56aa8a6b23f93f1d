"""Open tickets with a clock past its deadline: the urgent ones first, then those that are late longest."""

from dataclasses import replace

from sqlalchemy import Select, func, select

from brain.model.query.answer import Answer, Provenance
from brain.model.query.clocks import LateNow, LateTickets
from brain.store.read.ask import Ask, reply
from brain.store.read.clocked_cases import clocked_cases
from brain.store.read.ticket_answers import no_tickets, ticket_answer
from brain.store.read.ticket_counts import IS_TICKET, count_if, ticket_span
from brain.store.schema import case, case_clock


@reply.register
def late_tickets(query: LateTickets, ask: Ask) -> Answer[LateNow]:
    known = ticket_span(ask)
    if known is None:
        return no_tickets(ask)
    late = _late(ask).subquery()
    counts = select(func.count(), count_if(late.c.urgent), count_if(late.c.simulated))
    total, urgent, simulated = ask.conn.execute(counts.select_from(late)).one()
    first = select(late.c.id).order_by(late.c.urgent.desc(), late.c.soonest, late.c.id).limit(query.limit)
    now = LateNow(clocked_cases(ask, ask.conn.scalars(first).all()), total, urgent)
    answer = ticket_answer(ask, known, now, total, simulated, Provenance("total", "formula.clocks_late", total))
    return replace(answer, changes_ms=_next_ms(ask))


def _next_ms(ask: Ask) -> int | None:
    """When the next ticket becomes late, of which nobody tells."""
    due_ms = ask.conn.scalar(
        select(func.min(case_clock.c.due_ms))
        .where(case_clock.c.ended_ms.is_(None), case_clock.c.due_ms >= ask.now_ms)
        .where(case_clock.c.started_ms <= ask.now_ms, ask.inside(case_clock.c.area_id))
    )
    return None if due_ms is None else due_ms + 1


def _late(ask: Ask) -> Select[tuple[str, bool, bool, int]]:
    """(id, simulated, urgent, the deadline missed first) of each."""
    missed = (
        select(case_clock.c.case_id, func.min(case_clock.c.due_ms).label("soonest"))
        .where(case_clock.c.ended_ms.is_(None), case_clock.c.due_ms < ask.now_ms)
        .where(case_clock.c.started_ms <= ask.now_ms, ask.inside(case_clock.c.area_id))
        .group_by(case_clock.c.case_id)
        .subquery()
    )
    return (
        select(case.c.id, case.c.simulated, case.c.urgent, missed.c.soonest)
        .join_from(missed, case, case.c.id == missed.c.case_id)
        .where(IS_TICKET, case.c.closed_ms.is_(None), ask.own(case.c.unit))
    )
