"""How the feeds behind an answer are."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Row, select

from brain.model.query.answer import SourceState
from brain.store.read.ask import Ask, Overruled
from brain.store.schema import feed_state

_QUIET = ("warnings", "duty")
_WORST_FIRST = ("broken", "refused", "lost", "stopped", "held", "starting", "well")


def source_states(ask: Ask, *inputs: str) -> tuple[SourceState, ...]:
    """The configured feeds of these inputs (none given: all), worst first, of equal ones the longest silent first.

    A feed that has never run is "starting".
    """
    rows = {row.feed: row for row in ask.conn.execute(select(feed_state))}
    found = [
        source_state(ask, feed, rows.get(feed))
        for feed, facts in ask.facts.feeds.items()
        if not inputs or facts.input in inputs
    ]
    return tuple(sorted(found, key=_badness))


def source_state(ask: Ask, feed: str, row: "Row[tuple[object, ...]] | None") -> SourceState:
    """State of one configured feed; `row` is its row of feed_state."""
    facts = ask.facts.feeds[feed]
    state = SourceState(
        feed=feed,
        title=facts.title.zh,
        title_en=facts.title.en,
        status="starting" if row is None else row.status,
        since_ms=ask.now_ms if row is None else row.since_ms,
        last_item_ms=None if row is None else row.last_item_ms,
        stale_after_s=facts.stale_after_s,
        cause="" if row is None else row.cause,
        next_try_ms=None if row is None else row.next_try_ms,
        simulated=facts.simulated,
        quiet=facts.input in _QUIET,
    )
    return state if ask.overruled is None else overrule(state, ask.overruled)


def overrule(state: SourceState, by: Overruled) -> SourceState:
    """A source that is in trouble of its own keeps that."""
    if state.in_trouble:
        return state
    return replace(state, status=by.status, cause=by.cause, since_ms=by.since_ms, next_try_ms=None)


def stale_after_s(sources: Sequence[SourceState]) -> float | None:
    """The strictest feed's limit; None without feeds."""
    return min((source.stale_after_s for source in sources), default=None)


def counted_at(ask: Ask, sources: Sequence[SourceState], *items_ms: int | None) -> int | None:
    """As of when a count over these feeds holds: their newest item or the newest item counted, never later than now."""
    moments = [*items_ms, *(source.last_item_ms for source in sources)]
    newest = max((ms for ms in moments if ms is not None), default=None)
    return None if newest is None else min(newest, ask.now_ms)


def checked_ms(ask: Ask, sources: Sequence[SourceState]) -> int | None:
    """As of when an answer holds whose sources are quiet for days though all is well (warnings, rosters): now while
    they are well, else since the first of them is not. None: none of them has been asked yet."""
    asked = [source for source in sources if source.status != "starting"]
    if not asked:
        return None
    return min((source.since_ms for source in asked if source.status != "well"), default=ask.now_ms)


def feed_ids(sources: Sequence[SourceState]) -> tuple[str, ...]:
    return tuple(source.feed for source in sources)


def _badness(source: SourceState) -> tuple[int, int, str]:
    rank = _WORST_FIRST.index(source.status) if source.status in _WORST_FIRST else 0
    return rank, -1 if source.last_item_ms is None else source.last_item_ms, source.feed
