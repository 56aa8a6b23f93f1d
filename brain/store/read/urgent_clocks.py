"""Clocks that run in urgent cases, soonest due first, with the alert about the case where there is one."""

from sqlalchemy import func, select

from brain.model.case import ClockRule
from brain.model.query.answer import Answer, Provenance
from brain.model.query.clocks import ClockLimit, UrgentClocks, UrgentNow
from brain.store.read.ask import Ask, reply
from brain.store.read.clocked_cases import TICKET, clocked_cases
from brain.store.read.ticket_answers import no_tickets, ticket_answer
from brain.store.read.ticket_counts import IS_TICKET, ticket_span
from brain.store.schema import case, case_clock


@reply.register
def urgent_clocks(query: UrgentClocks, ask: Ask) -> Answer[UrgentNow]:
    known = ticket_span(ask)
    if known is None:
        return no_tickets(ask)
    case_type = ask.facts.case_types.get(TICKET)
    rules = case_type.urgent_clocks if case_type else ()
    found = _running(ask)
    overdue = sum(soonest_ms < ask.now_ms for _, _, soonest_ms in found)
    now = UrgentNow(
        clocked_cases(ask, [case_id for case_id, _, _ in found[: query.limit]]),
        len(found),
        overdue,
        tuple(_limit(rule) for rule in rules),
    )
    simulated = sum(made for _, made, _ in found)
    return ticket_answer(
        ask, known, now, len(found), simulated, Provenance("total", "formula.clocks_running", len(found))
    )


def _running(ask: Ask) -> list[tuple[str, bool, int]]:
    """(id, simulated, soonest deadline) of each urgent case with a clock that runs, soonest first: they are few."""
    running = (
        select(case_clock.c.case_id, func.min(case_clock.c.due_ms).label("soonest"))
        .where(case_clock.c.ended_ms.is_(None), case_clock.c.started_ms <= ask.now_ms)
        .where(ask.inside(case_clock.c.area_id))
        .group_by(case_clock.c.case_id)
        .subquery()
    )
    found = ask.conn.execute(
        select(case.c.id, case.c.simulated, running.c.soonest)
        .join_from(running, case, case.c.id == running.c.case_id)
        # No clock runs in a closed case; said here too, so that databases look along case_open and not at all cases.
        .where(IS_TICKET, case.c.closed_ms.is_(None), case.c.urgent, ask.own(case.c.unit))
        .order_by(running.c.soonest, case.c.id)
    )
    return [(case_id, simulated, soonest_ms) for case_id, simulated, soonest_ms in found]


def _limit(rule: ClockRule) -> ClockLimit:
    return ClockLimit(rule.id, rule.name, rule.name_en, rule.seconds, rule.working_days)
