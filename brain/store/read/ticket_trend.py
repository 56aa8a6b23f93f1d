"""Tickets received and closed per day, and the share closed in time with an honest denominator."""

from dataclasses import astuple, replace

from brain.model.query.answer import Answer, Provenance
from brain.model.query.tickets import Compare, TicketTrend, Trend, TrendDay
from brain.store.read.ask import Ask, reply
from brain.store.read.days import CityDay, by_day, compared, day_of
from brain.store.read.sources import counted_at, feed_ids, source_states, stale_after_s
from brain.store.read.ticket_counts import Slots, count_by_slot, count_created, count_open, ticket_span
from brain.store.read.ticket_judged import judge
from brain.store.schema import case as ticket


@reply.register
def ticket_trend(query: TicketTrend, ask: Ask) -> Answer[Trend]:
    sources = source_states(ask, "tickets")
    span = ticket_span(ask)
    if span is None:
        return Answer(None, None, sources, stale_after_s=stale_after_s(sources))
    today = day_of(ask.now_ms, ask.facts.tz)
    first = day_of(span.first_ms, ask.facts.tz)
    start = max(today.plus(1 - max(query.days, 1)), first, key=lambda day: day.day)
    received = count_by_slot(ask, ticket.c.created_ms, start.start_ms, today.end_ms)
    closed = count_by_slot(ask, ticket.c.closed_ms, start.start_ms, today.end_ms)
    trend = replace(
        _trend(ask, _days(ask, start, today, first, received, closed), start.start_ms),
        before=_before(ask, start, today, first, query.compare),
    )
    as_of_ms = counted_at(ask, sources, span.newest_ms, closed.newest_ms)
    return Answer(
        value=trend,
        as_of_ms=as_of_ms,
        sources=sources,
        simulated=bool(received.simulated) or (not received.total and any(source.simulated for source in sources)),
        stale_after_s=stale_after_s(sources),
        counts_all=True,
        provenance=(
            Provenance(
                key="on_time",
                formula_key="formula.tickets_on_time",
                numerator=trend.on_time_n,
                denominator=trend.due_n,
                sources=feed_ids(sources),
                excluded=(("excluded.closed_before_created", trend.excluded_n),) if trend.excluded_n else (),
                refreshed_ms=as_of_ms,
            ),
        ),
    )


def _days(
    ask: Ask, start: CityDay, today: CityDay, first: CityDay, received: Slots, closed: Slots
) -> tuple[TrendDay, ...]:
    received_on, closed_on = by_day(received.counts, ask.facts.tz), by_day(closed.counts, ask.facts.tz)
    days = [start.plus(n) for n in range((today.day - start.day).days + 1)]
    return tuple(
        TrendDay(
            day_ms=day.start_ms,
            received=received_on.get(day.day, 0),
            closed=closed_on.get(day.day, 0),
            workday=ask.facts.calendar.is_workday(day.day)[0],
            whole=first.day < day.day < today.day,
        )
        for day in days
    )


def _before(ask: Ask, start: CityDay, today: CityDay, first: CityDay, compare: Compare) -> tuple[int | None, ...]:
    """Received on the day that each day from `start` to today is compared with."""
    earliest, latest = compared(start, compare), compared(today, compare)
    if earliest is None or latest is None:
        return ()
    whole = by_day(count_by_slot(ask, ticket.c.created_ms, earliest.start_ms, latest.end_ms).counts, ask.facts.tz)
    found: list[int | None] = []
    for n in range((today.day - start.day).days + 1):
        other = compared(start.plus(n), compare)
        found.append(whole.get(other.day, 0) if other is not None and other.day > first.day else None)
    if found[-1] is not None:
        found[-1] = count_created(ask, latest.start_ms, latest.at_time_of(ask.now_ms) + 1)
    return tuple(found)


def _trend(ask: Ask, days: tuple[TrendDay, ...], start_ms: int) -> Trend:
    """Judges the tickets received since `start_ms`."""
    judged = judge(ask, start_ms)
    open_now, overdue_now = count_open(ask)
    return Trend(days, open_now, overdue_now, *astuple(judged))
