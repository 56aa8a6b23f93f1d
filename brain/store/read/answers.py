"""The one door for what panels ask. The scope is checked here, before anything is read."""

from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from brain.model.clock import Clock, WallClock
from brain.model.facts import Facts
from brain.model.query.answer import Answer, Query
from brain.model.query.feeds import FeedHealth
from brain.model.reason import Why
from brain.model.scope import Action, Forbidden, Scope
from brain.store.claims import FEEDS, lease_sign
from brain.store.connection import Connection
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from brain.store.pulse import Pulse
from brain.store.read.ask import Ask, Overruled, reply
from brain.store.read.feeds import overruled

for _file in sorted(Path(__file__).parent.glob("*.py")):  # each file registers the queries it answers
    import_module(f"{__name__.rpartition('.')[0]}.{_file.stem}")

AGAIN_S = 3.0
"""How soon it is asked again how the feeds are: a database that takes nothing announces nothing."""


@dataclass(frozen=True)
class Answers:
    """Thread-safe: every call reads on its own connection."""

    store: Store
    facts: Facts
    clock: Clock
    real_clock: Clock = field(default_factory=WallClock)
    _pulse: Pulse = field(default_factory=Pulse)
    _last: dict[type[Query], Answer[Any]] = field(default_factory=dict)  # how the feeds were, while it cannot be read

    def answer(self, query: Query, scope: Scope, area_id: str) -> Answer[Any]:
        """What `query` gives for `area_id` and everything below it, at the city's present moment.

        Raises Forbidden when the area is not within the scope (an unknown area is within none).
        """
        scope.require(Action.VIEW)
        if not self.facts.tree.contains(scope.area_id, area_id):
            raise Forbidden(f"area {area_id} is outside the scope {scope.area_id} of {scope.role}")
        how_feeds_are = "feeds" in query.inputs
        try:
            with self.store.read() as conn:
                now_ms, real_ms = self.clock.now_ms(), self.real_clock.now_ms()
                by = self._outage(now_ms) or (self._silence(conn, now_ms) if how_feeds_are else None)
                answer = reply(query, Ask(conn, self.facts, scope, area_id, now_ms, real_ms, by))
        except StoreUnavailable:
            now_ms = self.clock.now_ms()
            last, by = self._last.get(FeedHealth), self._outage(now_ms)
            if not isinstance(query, FeedHealth) or last is None or by is None:
                raise
            answer = overruled(last, by)
        if not how_feeds_are:
            return answer
        if isinstance(query, FeedHealth):
            self._last[FeedHealth] = answer
        return replace(answer, changes_ms=now_ms + round(AGAIN_S * 1000 * self.clock.speed))

    def _outage(self, now_ms: int) -> Overruled | None:
        """What the feeds bring is not stored now."""
        outage = self.store.outage()
        if outage is None:
            return None
        return Overruled("lost", f"cause.{Why.STORE} {outage.cause}", self._since_ms(now_ms, outage.for_s))

    def _silence(self, conn: Connection, now_ms: int) -> Overruled | None:
        """The process of the feeds is gone, and left their rows as they were."""
        silent_s = self._pulse.silent_s(lease_sign(conn, FEEDS))
        return None if silent_s is None else Overruled("stopped", "", self._since_ms(now_ms, silent_s))

    def _since_ms(self, now_ms: int, for_s: float) -> int:
        return now_ms - round(for_s * 1000 * self.clock.speed)
