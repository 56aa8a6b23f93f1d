"""How many of its tickets each unit closed in time."""

from brain.model.facts import Facts
from brain.model.query.answer import Answer, Provenance
from brain.model.query.indicators import Figures
from brain.model.query.shares import Judged, UnitPerformance, Units, UnitShare
from brain.store.read.alert_rows import unit_name
from brain.store.read.ask import Ask, reply
from brain.store.read.days import day_of
from brain.store.read.ticket_answers import no_tickets, ticket_answer
from brain.store.read.ticket_counts import ticket_span
from brain.store.read.ticket_judged import judge_by
from brain.store.schema import case as ticket

_ON_TIME = "hotline_on_time_ratio"  # the indicator whose published target is the one of all shares closed in time


@reply.register
def unit_performance(query: UnitPerformance, ask: Ask) -> Answer[Units]:
    known = ticket_span(ask)
    if known is None:
        return no_tickets(ask)
    start = day_of(ask.now_ms, ask.facts.tz).plus(1 - max(query.days, 1))
    groups = judge_by(ask, start.start_ms, ticket.c.unit, ticket.c.category)
    sums: dict[str, Judged] = {}
    for (unit, category), (judged, _) in groups.items():
        owner = unit or ask.facts.duties.get(category, "")
        sums[owner] = sums.get(owner, Judged()) + judged
    rows = tuple(_row(ask.facts, unit, judged) for unit, judged in sorted(sums.items()))
    total = sum(sums.values(), Judged())
    counted = total.due_n + total.not_yet_due_n + total.no_deadline_n + total.excluded_n
    return ticket_answer(
        ask,
        known,
        Units(rows, total, published_target(ask)),
        counted,
        sum(simulated for _, simulated in groups.values()),
        share_origin("on_time", total),
        *(share_origin(row.id, row.judged) for row in rows if row.id),
    )


def published_target(ask: Ask) -> float | None:
    """The city's own target for the share closed in time (0 to 1), as last published for the area or one above it."""
    found = reply(Figures((_ON_TIME,), inherit=True), ask).value
    target = found[0].target if found else None
    return None if target is None else target.value


def share_origin(key: str, judged: Judged) -> Provenance:
    excluded = (("excluded.closed_before_created", judged.excluded_n),) if judged.excluded_n else ()
    return Provenance(key, "formula.tickets_on_time", judged.on_time_n, judged.due_n, excluded=excluded)


def _row(facts: Facts, unit: str, judged: Judged) -> UnitShare:
    name = unit_name(facts, unit)
    return UnitShare(unit, name.zh, name.en, judged)
