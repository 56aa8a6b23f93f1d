"""The categories most tickets came in for, beside the same weekday of the week before."""

from collections import Counter

from brain.model.facts import Facts
from brain.model.query.answer import Answer, Provenance
from brain.model.query.categories import Categories, CategoryCount, CategoryRanking
from brain.store.read.alert_rows import category_name
from brain.store.read.ask import Ask, reply
from brain.store.read.same_time import Bounds, count_by, spans
from brain.store.read.ticket_answers import no_tickets, ticket_answer
from brain.store.read.ticket_counts import ticket_span
from brain.store.schema import case as ticket


@reply.register
def category_ranking(query: CategoryRanking, ask: Ask) -> Answer[Categories]:
    known = ticket_span(ask)
    if known is None:
        return no_tickets(ask)
    compared = spans(ask, known, query.days)
    counts, simulated = _counts(ask, query.depth.parts, compared.now)
    before = None if compared.before is None else _counts(ask, query.depth.parts, compared.before)[0]
    first = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[: max(query.limit, 0)]
    rows = tuple(_row(ask.facts, category, n, before) for category, n in first)
    total = counts.total()
    return ticket_answer(
        ask,
        known,
        Categories(rows, total, compared.back_days),
        total,
        simulated,
        *(Provenance(row.id, "formula.tickets_by_category", row.n) for row in rows),
    )


def _row(facts: Facts, category: str, n: int, before: Counter[str] | None) -> CategoryCount:
    name = category_name(facts, category)
    return CategoryCount(category, name.zh, name.en, n, None if before is None else before[category])


def _counts(ask: Ask, parts: int, bounds: Bounds) -> tuple[Counter[str], int]:
    """(tickets per category of that depth, simulated ones)."""
    counts: Counter[str] = Counter()
    simulated = 0
    for category, (n, made) in count_by(ask, ticket.c.category, bounds).items():
        counts[_cut(ask.facts, category, parts)] += n
        simulated += made
    return counts, simulated


def _cut(facts: Facts, category: str, parts: int) -> str:
    """The listed category of that depth which holds it; dots in words of a source's own are no levels."""
    above = ".".join(category.split(".")[:parts])
    return above if above in facts.categories else category
