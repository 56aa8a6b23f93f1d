"""What every answer about tickets says of its sources, its age and whether it is simulated."""

from dataclasses import replace
from typing import Any, TypeVar

from brain.model.query.answer import Answer, Provenance
from brain.store.read.ask import Ask
from brain.store.read.sources import counted_at, feed_ids, source_states, stale_after_s
from brain.store.read.ticket_counts import Span

T = TypeVar("T")


def ticket_answer(ask: Ask, span: Span, value: T, counted: int, simulated: int, *numbers: Provenance) -> Answer[T]:
    """`counted` tickets are in it, `simulated` of them so; none at all are as simulated as the feeds that brought none.
    The provenance of its numbers is completed here."""
    sources = source_states(ask, "tickets")
    as_of_ms = counted_at(ask, sources, span.newest_ms)
    return Answer(
        value=value,
        as_of_ms=as_of_ms,
        sources=sources,
        simulated=bool(simulated) or (not counted and any(source.simulated for source in sources)),
        stale_after_s=stale_after_s(sources),
        counts_all=True,
        provenance=tuple(replace(each, sources=feed_ids(sources), refreshed_ms=as_of_ms) for each in numbers),
    )


def no_tickets(ask: Ask) -> Answer[Any]:
    """The city never had a ticket."""
    sources = source_states(ask, "tickets")
    return Answer(None, None, sources, stale_after_s=stale_after_s(sources))
