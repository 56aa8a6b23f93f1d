"""Cases with their clocks, the names behind their ids, and the alert about each."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from brain.model.alert import Level, TargetKind
from brain.model.case import ClockRule
from brain.model.case_clock import clocks_of, left_s
from brain.model.query.alerts import ClockRow
from brain.model.query.clocks import ClockedCase
from brain.model.scope import Action
from brain.store.read.alert_rows import GRAVEST_FIRST, category_name, listed, unit_name
from brain.store.read.alert_states import IS_OPEN
from brain.store.read.ask import Ask
from brain.store.schema import alert, case, case_clock

TICKET = "ticket"


def clock_rows(ask: Ask, rows: Sequence[Row[Any]]) -> tuple[ClockRow, ...]:
    """`rows` of the table case_clock with their names, in their order."""
    names = {
        clock.id: clock
        for case_type in ask.facts.case_types.values()
        for clock in (*case_type.clocks, *case_type.urgent_clocks)
    }
    return tuple(
        ClockRow(
            clock=row.clock,
            name=names[row.clock].name if row.clock in names else row.clock,
            name_en=names[row.clock].name_en if row.clock in names else row.clock,
            started_ms=row.started_ms,
            due_ms=row.due_ms,
            ended_ms=row.ended_ms,
            provisional=row.provisional,
        )
        for row in rows
    )


def clocked_cases(ask: Ask, ids: Sequence[str]) -> tuple[ClockedCase, ...]:
    """Open cases of `ids` with a clock that runs, in this order."""
    cases = {row.id: row for row in ask.conn.execute(select(case).where(case.c.id.in_(ids)))}
    clocks, alerts = _clocks(ask, ids), _alerts(ask, ids)
    return tuple(_row(ask, cases[each], clocks[each], alerts.get(each)) for each in ids)


def _row(ask: Ask, row: Row[Any], clocks: Mapping[str, ClockRow], found: Row[Any] | None) -> ClockedCase:
    going = (clock for clock in clocks.values() if clock.ended_ms is None and clock.started_ms <= ask.now_ms)
    running = min(going, key=lambda clock: (clock.due_ms, clock.clock))
    rules = _rules(ask, row)
    rule = next((rule for rule in rules if rule.id == running.clock), None)
    name, unit = category_name(ask.facts, row.category), unit_name(ask.facts, row.unit)
    plain_s = (running.due_ms - ask.now_ms) / 1000
    return ClockedCase(
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
        urgent=row.urgent,
        unit=row.unit,
        unit_name=unit.zh,
        unit_name_en=unit.en,
    )


def _rules(ask: Ask, row: Row[Any]) -> tuple[ClockRule, ...]:
    case_type = ask.facts.case_types.get(row.type)
    return clocks_of(case_type, row.urgent) if case_type else ()


def _clocks(ask: Ask, ids: Sequence[str]) -> dict[str, dict[str, ClockRow]]:
    """Of each case its clocks by id."""
    clocks: dict[str, dict[str, ClockRow]] = {case_id: {} for case_id in ids}
    found = ask.conn.execute(select(case_clock).where(case_clock.c.case_id.in_(ids))).all()
    for row, clock in zip(found, clock_rows(ask, found), strict=True):
        clocks[row.case_id][clock.clock] = clock
    return clocks


def _alerts(ask: Ask, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Of each case the gravest open alert about it that this viewer may see."""
    found = ask.conn.execute(
        select(alert.c.id, alert.c.target_id, alert.c.level)
        .where(IS_OPEN, alert.c.target_kind == TargetKind.CASE.value, alert.c.target_id.in_(ids), listed(ask))
        .order_by(*GRAVEST_FIRST)
    ).all()
    return {row.target_id: row for row in reversed(found)}
