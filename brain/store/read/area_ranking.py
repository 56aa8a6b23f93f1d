"""The parts of an area ranked: by tickets, by the share closed in time, by open alerts."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, func, select

from brain.model.area import Area
from brain.model.query.answer import Answer, Provenance
from brain.model.query.shares import AreaRanking, By, Judged, RankedArea, RankedAreas
from brain.store.read.alert_states import ALERT_AREA, IS_OPEN
from brain.store.read.areas_day import areas_heard
from brain.store.read.ask import Ask, reply
from brain.store.read.days import day_of
from brain.store.read.map_areas import areas_shown, people_share, per_people, shown_area_of
from brain.store.read.same_time import Bounds, count_by, spans
from brain.store.read.ticket_answers import no_tickets, ticket_answer
from brain.store.read.ticket_counts import Span, count_if, ticket_span
from brain.store.read.ticket_judged import judge_by
from brain.store.read.unit_performance import published_target, share_origin
from brain.store.schema import alert
from brain.store.schema import case as ticket

_DAY_MS = 86_400_000


@reply.register
def area_ranking(query: AreaRanking, ask: Ask) -> Answer[RankedAreas]:
    shown = areas_shown(ask)
    if query.by is By.ALERTS:
        return _by_alerts(ask, shown)
    known = ticket_span(ask)
    if known is None:
        return no_tickets(ask)
    return _by_tickets(ask, shown, known) if query.by is By.TICKETS else _by_share(ask, shown, known, query.days)


def _by_tickets(ask: Ask, shown: tuple[Area, ...], known: Span) -> Answer[RankedAreas]:
    compared = spans(ask, known, 1)
    counts, simulated = _created(ask, shown, compared.now)
    before = _created(ask, shown, compared.before)[0] if compared.before else None
    heard = areas_heard(ask, shown)
    scaled = per_people(shown)
    rows = []
    for area in shown:
        share, n = people_share(area, scaled), counts[area.id]
        then = before[area.id] / share if before else None
        rows.append(RankedArea(area.id, n / share if area.id in heard else None, n, then))
    unit, formula = ("per_10k", "formula.tickets_per_10k") if scaled else ("count", "formula.tickets_count")
    total = sum(counts.values())
    origin = Provenance("areas", formula, total)
    return ticket_answer(ask, known, RankedAreas(tuple(rows), f"map.unit.{unit}"), total, simulated, origin)


def _by_share(ask: Ask, shown: tuple[Area, ...], known: Span, days: int) -> Answer[RankedAreas]:
    """The span before is judged as it stood when it ended: late tickets of then may have been closed since."""
    start = day_of(ask.now_ms, ask.facts.tz).plus(1 - max(days, 1))
    now, simulated = _judged(ask, shown, start.start_ms)
    then_ms = day_of(ask.now_ms, ask.facts.tz).plus(-max(days, 1)).at_time_of(ask.now_ms)
    begun = start.plus(-max(days, 1))
    whole = begun.day > day_of(known.first_ms, ask.facts.tz).day
    before = _judged(replace(ask, now_ms=then_ms), shown, begun.start_ms)[0] if whole else {}
    rows = tuple(
        RankedArea(
            area.id, _ratio(now[area.id]), now[area.id].due_n, _ratio(before.get(area.id, Judged())), now[area.id]
        )
        for area in shown
    )
    total = sum(now.values(), Judged())
    counted = total.due_n + total.not_yet_due_n + total.no_deadline_n + total.excluded_n
    origins = [share_origin(row.area_id, now[row.area_id]) for row in rows]
    return ticket_answer(
        ask,
        known,
        RankedAreas(rows, "", published_target(ask)),
        counted,
        simulated,
        share_origin("on_time", total),
        *origins,
    )


def _by_alerts(ask: Ask, shown: tuple[Area, ...]) -> Answer[RankedAreas]:
    now, simulated, newest_ms = _open_alerts(ask, shown, IS_OPEN)
    then_ms = ask.now_ms - _DAY_MS
    closed = and_(alert.c.closed_ms > then_ms, alert.c.closed_ms <= ask.now_ms)
    old = alert.c.opened_ms <= then_ms
    still, since = (_open_alerts(ask, shown, and_(which, old))[0] for which in (IS_OPEN, closed))
    rows = tuple(RankedArea(area.id, now[area.id], now[area.id], still[area.id] + since[area.id]) for area in shown)
    as_of_ms = None if newest_ms is None else min(newest_ms, ask.now_ms)
    return Answer(
        value=RankedAreas(rows, "area_ranking.alerts_unit"),
        as_of_ms=as_of_ms,
        simulated=bool(simulated),
        provenance=(Provenance("areas", "formula.alerts_open", sum(now.values()), refreshed_ms=as_of_ms),),
    )


def _created(ask: Ask, shown: tuple[Area, ...], bounds: Bounds) -> tuple[dict[str, int], int]:
    """(tickets of each shown area, simulated ones)."""
    found = count_by(ask, ticket.c.area_id, bounds)
    counts = {area_id: n for area_id, (n, _) in found.items()}
    return _summed(ask, shown, counts), sum(simulated for _, simulated in found.values())


def _judged(ask: Ask, shown: tuple[Area, ...], start_ms: int) -> tuple[dict[str, Judged], int]:
    owner = shown_area_of(ask, shown)
    sums = {area.id: Judged() for area in shown}
    simulated = 0
    for (area_id,), (judged, made) in judge_by(ask, start_ms, ticket.c.area_id).items():
        if area_id in owner:
            sums[owner[area_id]] += judged
            simulated += made
    return sums, simulated


def _open_alerts(
    ask: Ask, shown: tuple[Area, ...], which: ColumnElement[bool]
) -> tuple[dict[str, int], int, int | None]:
    """(alerts of each shown area, simulated ones, the newest moment of any)."""
    found = ask.conn.execute(
        select(alert.c.area_id, func.count(), count_if(alert.c.simulated), func.max(alert.c.last_ms))
        .where(which, ask.inside(ALERT_AREA))
        .group_by(alert.c.area_id)
    ).all()
    counts = {area_id: n for area_id, n, _, _ in found}
    simulated = sum(made for _, _, made, _ in found)
    return _summed(ask, shown, counts), simulated, max((newest for _, _, _, newest in found), default=None)


def _summed(ask: Ask, shown: tuple[Area, ...], counts: Mapping[str, int]) -> dict[str, int]:
    owner = shown_area_of(ask, shown)
    sums = {area.id: 0 for area in shown}
    for area_id, n in counts.items():
        if area_id in owner:
            sums[owner[area_id]] += n
    return sums


def _ratio(judged: Judged) -> float | None:
    return judged.on_time_n / judged.due_n if judged.due_n else None
