"""Today's tickets of each part of an area, hour by hour."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import String, column, func, select, values

from brain.model.area import Area
from brain.model.query.answer import Answer, Provenance
from brain.model.query.areas_day import AreaDay, AreasDay, DayOfAreas
from brain.store.read.ask import Ask, reply
from brain.store.read.days import SLOT_MS, by_hour, day_of, hour_of
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
    slots, simulated = _slots(ask, shown)
    heard = areas_heard(ask, shown)
    scaled = per_people(shown)
    rows = [_row(ask, area, slots[area.id], area.id in heard, people_share(area, scaled)) for area in shown]
    total = sum(counts.total() for counts in slots.values())
    return ticket_answer(
        ask,
        known,
        DayOfAreas(
            rows=tuple(sorted(rows, key=lambda row: (row.total is None, -(row.total or 0)))),
            unit_key="map.unit.per_10k" if scaled else "map.unit.count",
            day_ms=day_of(ask.now_ms, ask.facts.tz).start_ms,
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


def _row(ask: Ask, area: Area, slots: Counter[int], heard: bool, share: float) -> AreaDay:
    this_hour = hour_of(ask.now_ms, ask.facts.tz)
    hours = enumerate(by_hour(slots, ask.facts.tz))
    return AreaDay(
        area_id=area.id,
        total=slots.total() / share if heard else None,
        by_hour=tuple(n / share if heard and hour < this_hour else None for hour, n in hours),
    )


def _slots(ask: Ask, shown: tuple[Area, ...]) -> tuple[dict[str, Counter[int]], int]:
    """(of each shown area today's tickets per slot start, simulated ones)."""
    start_ms = day_of(ask.now_ms, ask.facts.tz).start_ms
    slot = ((ticket.c.created_ms - start_ms) // SLOT_MS).label("slot")
    found = ask.conn.execute(
        select(ticket.c.area_id, slot, func.count(), count_if(ticket.c.simulated))
        .where(IS_TICKET, ticket.c.created_ms >= start_ms, ticket.c.created_ms <= ask.now_ms)
        .where(ask.inside(ticket.c.area_id))
        .group_by(ticket.c.area_id, "slot")
    )
    owner = shown_area_of(ask, shown)
    slots: dict[str, Counter[int]] = {area.id: Counter() for area in shown}
    simulated = 0
    for area_id, number, n, made in found:
        if area_id in owner:
            slots[owner[area_id]][start_ms + int(number) * SLOT_MS] += n
            simulated += made
    return slots, simulated
