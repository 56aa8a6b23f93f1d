"""Clocks that run in urgent cases, soonest due first, with the alert about the case where there is one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select

from brain.model.alert import Level, TargetKind
from brain.model.case import ClockRule
from brain.model.case_clock import left_s
from brain.model.query.alerts import ClockRow
from brain.model.query.answer import Answer, Provenance
from brain.model.query.clocks import ClockLimit, UrgentCase, UrgentClocks, UrgentNow
from brain.model.scope import Action
from brain.store.read.alert_rows import GRAVEST_FIRST, category_name, listed
from brain.store.read.alert_states import IS_OPEN
from brain.store.read.ask import Ask, reply
from brain.store.read.ticket_answers import no_tickets, ticket_answer
from brain.store.read.ticket_counts import IS_TICKET, ticket_span
from brain.store.schema import alert, case, case_clock

_TYPE = "ticket"


@reply.register
def urgent_clocks(query: UrgentClocks, ask: Ask) -> Answer[UrgentNow]:
    known = ticket_span(ask)
    if known is None:
        return no_tickets(ask)
    case_type = ask.facts.case_types.get(_TYPE)
    rules = case_type.urgent_clocks if case_type else ()
    found = _running(ask)
    overdue = sum(soonest_ms < ask.now_ms for _, _, soonest_ms in found)
    now = UrgentNow(
        _rows(ask, [case_id for case_id, _, _ in found[: query.limit]], rules),
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


def _rows(ask: Ask, ids: Sequence[str], rules: Sequence[ClockRule]) -> tuple[UrgentCase, ...]:
    """In the order of `ids`."""
    cases = {row.id: row for row in ask.conn.execute(select(case).where(case.c.id.in_(ids)))}
    clocks, alerts = _clocks(ask, ids, rules), _alerts(ask, ids)
    return tuple(_row(ask, cases[each], clocks[each], alerts.get(each), rules) for each in ids)


def _row(
    ask: Ask, row: Row[Any], clocks: Mapping[str, ClockRow], found: Row[Any] | None, rules: Sequence[ClockRule]
) -> UrgentCase:
    going = (clock for clock in clocks.values() if clock.ended_ms is None and clock.started_ms <= ask.now_ms)
    running = min(going, key=lambda clock: (clock.due_ms, clock.clock))
    rule = next((rule for rule in rules if rule.id == running.clock), None)
    name = category_name(ask.facts, row.category)
    plain_s = (running.due_ms - ask.now_ms) / 1000
    return UrgentCase(
        case_id=row.id,
        number=row.number if ask.scope.can(Action.CASE_READ) else "",
        category_name=name.zh,
        category_name_en=name.en,
        area_id=row.area_id,
        clocks=tuple(clocks.get(rule.id) for rule in rules),
        running=running,
        left_s=left_s(rule, running.due_ms, ask.now_ms, ask.facts.calendar) if rule else plain_s,
        alert_id=found.id if found else "",
        alert_level=Level(found.level) if found else None,
        simulated=row.simulated,
    )


def _clocks(ask: Ask, ids: Sequence[str], rules: Sequence[ClockRule]) -> dict[str, dict[str, ClockRow]]:
    """Of each case its clocks by id."""
    names = {rule.id: rule for rule in rules}
    clocks: dict[str, dict[str, ClockRow]] = {case_id: {} for case_id in ids}
    for row in ask.conn.execute(select(case_clock).where(case_clock.c.case_id.in_(ids))):
        name, name_en = (names[row.clock].name, names[row.clock].name_en) if row.clock in names else (row.clock,) * 2
        clocks[row.case_id][row.clock] = ClockRow(
            row.clock, name, name_en, row.started_ms, row.due_ms, row.ended_ms, row.provisional
        )
    return clocks


def _alerts(ask: Ask, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Of each case the gravest open alert about it that this viewer may see."""
    found = ask.conn.execute(
        select(alert.c.id, alert.c.target_id, alert.c.level)
        .where(IS_OPEN, alert.c.target_kind == TargetKind.CASE.value, alert.c.target_id.in_(ids), listed(ask))
        .order_by(*GRAVEST_FIRST)
    ).all()
    return {row.target_id: row for row in reversed(found)}


def _limit(rule: ClockRule) -> ClockLimit:
    return ClockLimit(rule.id, rule.name, rule.name_en, rule.seconds, rule.working_days)
