"""Red alerts as the wall shows them: their evidence, how far they reach, and what is due next where they are."""

from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from brain.model.alert import Level
from brain.model.query.alerts import NEAR_MS, AlertRow, ClockRow, RedAlert, RedAlerts
from brain.model.query.answer import Answer
from brain.store.read.alert_page import deadlines_ahead, detail_of
from brain.store.read.alert_rows import GRAVEST_FIRST, alert_rows, listed
from brain.store.read.alert_states import IS_ACTIVE, IS_OPEN
from brain.store.read.ask import Ask, reply
from brain.store.read.clocked_cases import clock_rows
from brain.store.read.ticket_counts import IS_TICKET
from brain.store.schema import alert, case, case_clock

_MOST_ALIKE = 40


@reply.register
def red_alerts(query: RedAlerts, ask: Ask) -> Answer[tuple[RedAlert, ...]]:
    red = (IS_OPEN, alert.c.level == Level.RED.value, listed(ask))
    found = ask.conn.execute(select(alert).where(*red).order_by(*GRAVEST_FIRST).limit(query.limit)).all()
    shown = tuple(_red(ask, row) for row in found)
    newest_ms = max((one.detail.row.last_ms for one in shown), default=None)
    deadlines = [ms for one in shown for ms in deadlines_ahead(ask, one.detail)]
    deadlines += [one.clock.due_ms for one in shown if one.clock is not None and one.clock.due_ms > ask.now_ms]
    return Answer(
        value=shown,
        as_of_ms=None if newest_ms is None else min(newest_ms, ask.now_ms),
        simulated=any(one.detail.row.simulated for one in shown),
        changes_ms=min(deadlines, default=None),
    )


def _red(ask: Ask, row: Row[Any]) -> RedAlert:
    alike = _alike(ask, row)
    reached = RedAlert(detail_of(ask, row), alike, 0)
    clock, clock_area = _next_clock(ask, reached.areas)
    return RedAlert(reached.detail, alike, _calls(ask, row, reached.areas), clock, clock_area)


def _alike(ask: Ask, row: Row[Any]) -> tuple[AlertRow, ...]:
    rules = ask.facts.rules
    metric = rules[row.rule_id].metric if row.rule_id in rules else None
    same = [rule.id for rule in rules.values() if metric is not None and rule.metric == metric] or [row.rule_id]
    wanted = select(alert).where(IS_ACTIVE, listed(ask), alert.c.rule_id.in_(same))
    return alert_rows(ask, ask.conn.execute(wanted.order_by(*GRAVEST_FIRST).limit(_MOST_ALIKE)).all())


def _calls(ask: Ask, row: Row[Any], areas: tuple[str, ...]) -> int:
    return (
        ask.conn.scalar(
            select(func.count())
            .select_from(case)
            .where(IS_TICKET, ask.own(case.c.unit), _within(ask, areas, case.c.area_id))
            .where(case.c.created_ms >= row.opened_ms - NEAR_MS, case.c.created_ms <= ask.now_ms)
        )
        or 0
    )


def _next_clock(ask: Ask, areas: tuple[str, ...]) -> tuple[ClockRow | None, str]:
    row = ask.conn.execute(
        select(case_clock, case.c.area_id.label("place"))
        .join(case, case.c.id == case_clock.c.case_id)
        .where(case_clock.c.ended_ms.is_(None), IS_TICKET, case.c.urgent, case.c.closed_ms.is_(None))
        .where(ask.own(case.c.unit), _within(ask, areas, case.c.area_id))
        .order_by(case_clock.c.due_ms, case_clock.c.case_id, case_clock.c.clock)
        .limit(1)
    ).one_or_none()
    return (None, "") if row is None else (clock_rows(ask, [row])[0], row.place)


def _within(ask: Ask, areas: tuple[str, ...], column: Any) -> ColumnElement[bool]:
    """Condition: the column's area is one of these or below it, and within what was asked for."""
    tree = ask.facts.tree
    ids = {below.id for area_id in areas if area_id in tree for below in tree.descendants(area_id)}
    found: ColumnElement[bool] = column.in_(sorted(ids))
    return found & ask.inside(column)
