"""Today's tickets beside a day compared with and the same weekday of the weeks before."""

from brain.model.query.answer import Answer, Provenance
from brain.model.query.tickets import DayOfTickets, TicketsToday
from brain.store.read.ask import Ask, reply
from brain.store.read.days import CityDay, by_hour, compared, day_of, hour_of
from brain.store.read.sources import counted_at, feed_ids, source_states, stale_after_s
from brain.store.read.ticket_counts import Slots, Span, count_by_slot, count_created, count_open, ticket_span
from brain.store.schema import case as ticket

_WEEKS = 4
_USUAL_NEEDS = 2  # days; of one alone nobody knows whether it was usual


@reply.register
def tickets_today(query: TicketsToday, ask: Ask) -> Answer[DayOfTickets]:
    sources = source_states(ask, "tickets")
    span = ticket_span(ask)
    if span is None:
        return Answer(None, None, sources, stale_after_s=stale_after_s(sources))
    today = day_of(ask.now_ms, ask.facts.tz)
    received = count_by_slot(ask, ticket.c.created_ms, today.start_ms, today.end_ms)
    closed = count_by_slot(ask, ticket.c.closed_ms, today.start_ms, today.end_ms)
    as_of_ms = counted_at(ask, sources, span.newest_ms, closed.newest_ms)
    simulated = bool(received.simulated) or (not received.total and any(source.simulated for source in sources))
    return Answer(
        value=_day(ask, today, compared(today, query.compare), span, received, closed),
        as_of_ms=as_of_ms,
        sources=sources,
        simulated=simulated,
        stale_after_s=stale_after_s(sources),
        counts_all=True,
        provenance=(
            Provenance(
                "total", "formula.tickets_today", received.total, sources=feed_ids(sources), refreshed_ms=as_of_ms
            ),
        ),
    )


def _day(ask: Ask, today: CityDay, other: CityDay | None, span: Span, received: Slots, closed: Slots) -> DayOfTickets:
    tz = ask.facts.tz
    first_day = day_of(span.first_ms, tz).day
    weeks = [day for week in range(1, _WEEKS + 1) if (day := today.plus(-7 * week)).day > first_day]
    hours = {day: by_hour(_received_on(ask, day), tz) for day in weeks}
    usual = _usual(list(hours.values()))
    before = other if other is not None and other.day > first_day else None
    if before is not None and before not in hours:
        hours[before] = by_hour(_received_on(ask, before), tz)
    this_hour = hour_of(ask.now_ms, tz)
    first_hour = hour_of(span.first_ms, tz) if first_day == today.day else 0
    return DayOfTickets(
        total=received.total,
        by_hour=tuple(
            n if first_hour <= hour <= this_hour else None for hour, n in enumerate(by_hour(received.counts, tz))
        ),
        before_by_hour=hours[before] if before else None,
        before_same_time=count_created(ask, before.start_ms, before.at_time_of(ask.now_ms) + 1) if before else None,
        usual=usual,
        closed_today=closed.total,
        open_now=count_open(ask)[0],
        day_ms=today.start_ms,
        before_day_ms=before.start_ms if before else None,
        same_kind=before is None or _is_workday(ask, before) == _is_workday(ask, today),
    )


def _is_workday(ask: Ask, day: CityDay) -> bool:
    return ask.facts.calendar.is_workday(day.day)[0]


def _received_on(ask: Ask, day: CityDay) -> dict[int, int]:
    return count_by_slot(ask, ticket.c.created_ms, day.start_ms, day.end_ms).counts


def _usual(days: list[tuple[int, ...]]) -> tuple[tuple[float, float] | None, ...]:
    if len(days) < _USUAL_NEEDS:
        return (None,) * 24
    return tuple((float(min(hour)), float(max(hour))) for hour in zip(*days, strict=True))
