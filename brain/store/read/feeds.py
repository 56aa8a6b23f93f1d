"""How the feeds are: what came, what was refused and why."""

from dataclasses import replace

from sqlalchemy import select

from brain.model.query.answer import Answer
from brain.model.query.feeds import FeedHealth, FeedRow
from brain.store.read.ask import Ask, Overruled, reply
from brain.store.read.sources import overrule, source_state
from brain.store.schema import feed_minute, feed_state, refusal_count

_MINUTES = 12
_MINUTE_MS = 60_000


@reply.register
def feed_health(query: FeedHealth, ask: Ask) -> Answer[tuple[FeedRow, ...]]:
    states = {row.feed: row for row in ask.conn.execute(select(feed_state))}
    reasons, recent = _reasons(ask), _recent(ask)
    rows = []
    for feed, facts in ask.facts.feeds.items():
        state = states.get(feed)
        rows.append(
            FeedRow(
                state=source_state(ask, feed, state),
                input=facts.input,
                accepted=state.accepted if state else 0,
                refused=state.refused if state else 0,
                repeated=state.repeated if state else 0,
                last_well_ms=state.last_well_ms if state else None,
                reasons=reasons.get(feed, ()),
                recent=recent.get(feed, (0,) * _MINUTES),
            )
        )
    moments = [row.state.last_item_ms for row in rows] + [row.last_well_ms for row in rows]
    newest_ms = max((ms for ms in moments if ms is not None), default=None)
    return Answer(
        value=tuple(rows),
        as_of_ms=None if newest_ms is None else min(newest_ms, ask.now_ms),
        simulated=any(row.state.simulated for row in rows),
    )


def overruled(answer: Answer[tuple[FeedRow, ...]], by: Overruled) -> Answer[tuple[FeedRow, ...]]:
    """An earlier answer, while the database gives none: the counts are those of then."""
    rows = answer.value or ()
    return replace(answer, value=tuple(replace(row, state=overrule(row.state, by)) for row in rows))


def _reasons(ask: Ask) -> dict[str, tuple[tuple[str, int], ...]]:
    """Most frequent first."""
    found = ask.conn.execute(select(refusal_count).order_by(refusal_count.c.n.desc(), refusal_count.c.reason))
    reasons: dict[str, tuple[tuple[str, int], ...]] = {}
    for row in found:
        reasons[row.feed] = (*reasons.get(row.feed, ()), (row.reason, row.n))
    return reasons


def _recent(ask: Ask) -> dict[str, tuple[int, ...]]:
    """Accepted items of the last minutes, the running one last."""
    last_ms = ask.now_ms // _MINUTE_MS * _MINUTE_MS
    first_ms = last_ms - (_MINUTES - 1) * _MINUTE_MS
    found = ask.conn.execute(
        select(feed_minute).where(feed_minute.c.minute_ms >= first_ms, feed_minute.c.minute_ms <= last_ms)
    )
    counts: dict[str, list[int]] = {}
    for row in found:
        counts.setdefault(row.feed, [0] * _MINUTES)[(row.minute_ms - first_ms) // _MINUTE_MS] += row.accepted
    return {feed: tuple(minutes) for feed, minutes in counts.items()}
