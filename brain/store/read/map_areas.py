"""The value of each area of the map: tickets of today, or the mean of a metric."""

from dataclasses import dataclass, replace

from sqlalchemy import func, select

from brain.model.area import Area
from brain.model.query.map import MapArea
from brain.store.read.ask import Ask
from brain.store.read.days import day_of
from brain.store.read.metric_rows import MetricRow, metric_rows
from brain.store.read.ticket_counts import IS_TICKET, count_if, ticket_span
from brain.store.schema import case as ticket
from brain.store.schema import device

_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class Coloured:
    """`newest_ms`: of what was counted; `total`: what was counted; `simulated`: any of it was."""

    areas: tuple[MapArea, ...]
    newest_ms: int | None
    total: int
    simulated: bool


def areas_shown(ask: Ask) -> tuple[Area, ...]:
    """The children of the viewed area, or the area itself where it has none."""
    return ask.facts.tree.children(ask.area_id) or (ask.facts.tree.get(ask.area_id),)


def per_people(areas: tuple[Area, ...]) -> bool:
    """Whether counts can be told per 10,000 people: all or none, so that one map never mixes two units."""
    return all(area.population for area in areas)


def ticket_areas(ask: Ask) -> Coloured:
    shown = areas_shown(ask)
    span = ticket_span(ask)
    if span is None:
        return Coloured(tuple(MapArea(area.id, None, "none", None) for area in shown), None, 0, False)
    owner = shown_area_of(ask, shown)
    counts = {area.id: 0 for area in shown}
    newest: dict[str, int | None] = dict.fromkeys(counts)
    simulated = 0
    for area_id, n, newest_ms, simulated_n in _today_by_area(ask):
        if area_id in owner:
            area = owner[area_id]
            counts[area] += n
            newest[area] = max(newest[area] or newest_ms, newest_ms)
            simulated += simulated_n
    scaled = per_people(shown)
    areas = (MapArea(area.id, counts[area.id] / people_share(area, scaled), "value", newest[area.id]) for area in shown)
    return Coloured(tuple(areas), span.newest_ms, sum(counts.values()), bool(simulated))


def unknown(coloured: Coloured) -> Coloured:
    """The areas without a value: nothing came, and a source that might have brought something is in trouble."""
    return replace(coloured, areas=tuple(replace(area, value=None, state="none") for area in coloured.areas))


def metric_areas(ask: Ask, metric: str) -> Coloured:
    shown = areas_shown(ask)
    owner = shown_area_of(ask, shown)
    rows: dict[str, list[MetricRow]] = {area.id: [] for area in shown}
    if metric in ask.facts.metrics:
        for row in metric_rows(ask, device.c.area_id, (metric,)):
            if row.group in owner:
                rows[owner[row.group]].append(row)
    found = [row for own in rows.values() for row in own]
    return Coloured(
        areas=tuple(_metric_area(ask, area.id, rows[area.id]) for area in shown),
        newest_ms=max((row.newest_ms for row in found), default=None),
        total=sum(row.measured for row in found),
        simulated=any(row.simulated for row in found),
    )


def _metric_area(ask: Ask, area_id: str, rows: list[MetricRow]) -> MapArea:
    newest_ms = max((min(row.newest_ms, ask.now_ms) for row in rows), default=None)
    if measured := sum(row.measured for row in rows):
        return MapArea(area_id, sum(row.total for row in rows) / measured, "value", newest_ms)
    old = sum(row.old_measured for row in rows)
    if old and not any(row.fresh for row in rows):
        return MapArea(area_id, sum(row.old_total for row in rows) / old, "stale", newest_ms)
    return MapArea(area_id, None, "none", newest_ms)


def people_share(area: Area, scaled: bool) -> float:
    """What a count is divided by: tens of thousands of people, or 1 where counts are told as they are."""
    return (area.population or _PEOPLE) / _PEOPLE if scaled else 1.0


def shown_area_of(ask: Ask, shown: tuple[Area, ...]) -> dict[str, str]:
    """Which shown area any area below belongs to."""
    return {below.id: area.id for area in shown for below in ask.facts.tree.descendants(area.id)}


def _today_by_area(ask: Ask) -> list[tuple[str, int, int, int]]:
    """(area, tickets, newest created_ms, simulated tickets) of today up to now."""
    created_ms = ticket.c.created_ms
    found = ask.conn.execute(
        select(ticket.c.area_id, func.count(), func.max(created_ms), count_if(ticket.c.simulated))
        .where(IS_TICKET, created_ms >= day_of(ask.now_ms, ask.facts.tz).start_ms, created_ms <= ask.now_ms)
        .where(ask.inside(ticket.c.area_id))
        .group_by(ticket.c.area_id)
    )
    return [(area_id, n, newest_ms, simulated) for area_id, n, newest_ms, simulated in found]
