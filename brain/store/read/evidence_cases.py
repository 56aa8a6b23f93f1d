"""Tickets as evidence of an alert: masked, and without anything single for those who may not read cases."""

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select

from brain.model.query.alerts import NEAR_BUCKET_MS, NEAR_MS, CaseRow
from brain.model.scope import Action
from brain.store.read.alert_rows import area_of, category_name, unit_name
from brain.store.read.ask import Ask
from brain.store.read.ticket_counts import IS_TICKET
from brain.store.schema import case

_MOST = 50


def case_of(ask: Ask, row: Row[Any]) -> CaseRow | None:
    """The case an alert is about; who may see the alert may see it."""
    found = ask.conn.execute(select(case).where(case.c.id == row.target_id)).one_or_none()
    return None if found is None else _case_row(ask, found)


def near_cases(ask: Ask, row: Row[Any]) -> tuple[CaseRow, ...]:
    """Other tickets of the alert's area from 2 h before to 2 h after its opening, newest first, at most 50.

    Unit staff are shown those of their unit."""
    wanted = select(case).where(_is_near(ask, row)).order_by(case.c.created_ms.desc(), case.c.id).limit(_MOST)
    return tuple(_case_row(ask, each) for each in ask.conn.execute(wanted))


def near_counts(ask: Ask, row: Row[Any]) -> tuple[int, ...]:
    """How many such tickets came in each NEAR_BUCKET_MS of these 4 h, all of them."""
    start_ms = row.opened_ms - NEAR_MS
    since = case.c.created_ms - start_ms
    begun = (since - since % NEAR_BUCKET_MS).label("begun")
    found = ask.conn.execute(select(begun, func.count()).where(_is_near(ask, row)).group_by(begun))
    counts = [0] * (2 * NEAR_MS // NEAR_BUCKET_MS)
    for at, n in found:
        counts[min(int(at) // NEAR_BUCKET_MS, len(counts) - 1)] += n  # the last moment of all belongs to the last
    return tuple(counts)


def _is_near(ask: Ask, row: Row[Any]) -> ColumnElement[bool]:
    around = Ask(ask.conn, ask.facts, ask.scope, area_of(ask, row), ask.now_ms)
    return and_(
        IS_TICKET,
        around.inside(case.c.area_id),
        case.c.id != row.target_id,
        ask.own(case.c.unit),
        case.c.created_ms >= row.opened_ms - NEAR_MS,
        case.c.created_ms <= min(row.opened_ms + NEAR_MS, ask.now_ms),
    )


def _case_row(ask: Ask, row: Row[Any]) -> CaseRow:
    readable = ask.scope.can(Action.CASE_READ)
    category, unit = category_name(ask.facts, row.category), unit_name(ask.facts, row.unit)
    return CaseRow(
        id=row.id,
        number=row.number if readable else "",
        channel=row.channel,
        category=row.category,
        title=row.title if readable else "",
        state=row.state,
        area_id=row.area_id,
        created_ms=row.created_ms,
        due_ms=row.due_ms,
        closed_ms=row.closed_ms,
        grid_lon=row.grid_lon,
        grid_lat=row.grid_lat,
        category_name=category.zh,
        category_name_en=category.en,
        unit_name=unit.zh,
        unit_name_en=unit.en,
        urgent=row.urgent,
        simulated=row.simulated,
    )
