"""Today's tickets of each part of an area, hour by hour."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import String, column, func, select, values

from brain.model.area import Area
from brain.model.query.answer import Answer, Provenance
from brain.model.query.areas_day import AreaDay, AreasDay, DayOfAreas
from brain.store.read.ask import Ask, reply
from brain.store.read.days import SLOT_MS, CityDay, by_hour, day_of, hour_of
from brain.store.read.map_areas import areas_shown, people_share, per_people, shown_area_of
from brain.store.read.ticket_answers import no_tickets, ticket_answer
from brain.store.read.ticket_counts import IS_TICKET, count_if, ticket_span
from brain.store.schema import case as ticket


@reply.register
def areas_day(query: AreasDay, ask: Ask) -> Answer[DayOfAreas]:
    known = ticket_span(ask)
    if known is None:
        return no_tickets(ask)
    shown = areas_shown(ask)
    today = day_of(ask.now_ms, ask.facts.tz)
    slots, before, simulated = _slots(ask, shown, today)
    heard = areas_heard(ask, shown)
    scaled = per_people(shown)
    rows = [
        _row(ask, area.id, slots[area.id], before[area.id], people_share(area, scaled) if area.id in heard else None)
        for area in shown
    ]
    total = sum(counts.total() for counts in slots.values())
    return ticket_answer(
        ask,
        known,
        DayOfAreas(
            rows=tuple(sorted(rows, key=lambda row: (row.total is None, -(row.total or 0)))),
            unit_key="map.unit.per_10k" if scaled else "map.unit.count",
            day_ms=today.start_ms,
        ),
        total,
        simulated,
        Provenance("areas", "formula.tickets_per_10k" if scaled else "formula.tickets_count", total),
    )


def areas_heard(ask: Ask, shown: Iterable[Area]) -> set[str]:
    """Of the shown areas those from which, or from below which, a ticket ever came: one step in an index for each."""
    owner = shown_area_of(ask, tuple(shown))
    areas = values(column("area_id", String), name="areas").data([(area_id,) for area_id in owner]).cte("asked_areas")
    # The empty text keeps databases from looking along case_by_created, which holds the tickets of all areas; order and
    # limit from reading all tickets once instead of one of each area.
    first_ms = (
        select(ticket.c.created_ms)
        .where(ticket.c.area_id == areas.c.area_id, ticket.c.created_ms <= ask.now_ms)
        .where(ticket.c.type.concat("") == "ticket")
        .order_by(ticket.c.created_ms)
        .limit(1)
        .scalar_subquery()
    )
    return {owner[area_id] for area_id in ask.conn.scalars(select(areas.c.area_id).where(first_ms.is_not(None)))}


def _row(ask: Ask, area_id: str, slots: Counter[int], before: Counter[int], share: float | None) -> AreaDay:
    """`share` by which counts are divided; None for an area that never spoke."""
    if share is None:
        return AreaDay(area_id, None, (None,) * 24, (None,) * 24)
    tz, this_hour = ask.facts.tz, hour_of(ask.now_ms, ask.facts.tz)
    return AreaDay(
        area_id,
        total=slots.total() / share,
        by_hour=tuple(n / share if hour < this_hour else None for hour, n in enumerate(by_hour(slots, tz))),
        before=tuple(n / share for n in by_hour(before, tz)),
    )


def _slots(
    ask: Ask, shown: tuple[Area, ...], today: CityDay
) -> tuple[dict[str, Counter[int]], dict[str, Counter[int]], int]:
    """(of each shown area today's tickets per slot start, those of the day before, simulated ones of today)."""
    start_ms = today.plus(-1).start_ms
    slot = ((ticket.c.created_ms - start_ms) // SLOT_MS).label("slot")
    found = ask.conn.execute(
        select(ticket.c.area_id, slot, func.count(), count_if(ticket.c.simulated))
        .where(IS_TICKET, ticket.c.created_ms >= start_ms, ticket.c.created_ms <= ask.now_ms)
        .where(ask.inside(ticket.c.area_id))
        .group_by(ticket.c.area_id, "slot")
    )
    owner = shown_area_of(ask, shown)
    slots, before = ({area.id: Counter[int]() for area in shown} for _ in range(2))
    simulated = 0
    for area_id, number, n, made in found:
        at_ms = start_ms + int(number) * SLOT_MS
        if area_id in owner:
            is_today = at_ms >= today.start_ms
            (slots if is_today else before)[owner[area_id]][at_ms] += n
            simulated += made if is_today else 0
    return slots, before, simulated
