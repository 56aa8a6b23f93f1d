"""The one door for what panels ask. The scope is checked here, before anything is read."""

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from brain.model.clock import Clock, WallClock
from brain.model.facts import Facts
from brain.model.query.answer import Answer, Query
from brain.model.scope import Action, Forbidden, Scope
from brain.store.engine import Store
from brain.store.read.ask import Ask, reply

for _file in sorted(Path(__file__).parent.glob("*.py")):  # each file registers the queries it answers
    import_module(f"{__name__.rpartition('.')[0]}.{_file.stem}")


@dataclass(frozen=True)
class Answers:
    """Thread-safe: every call reads on its own connection."""

    store: Store
    facts: Facts
    clock: Clock
    real_clock: Clock = field(default_factory=WallClock)

    def answer(self, query: Query, scope: Scope, area_id: str) -> Answer[Any]:
        """What `query` gives for `area_id` and everything below it, at the city's present moment.

        Raises Forbidden when the area is not within the scope (an unknown area is within none).
        """
        scope.require(Action.VIEW)
        if not self.facts.tree.contains(scope.area_id, area_id):
            raise Forbidden(f"area {area_id} is outside the scope {scope.area_id} of {scope.role}")
        with self.store.read() as conn:
            now_ms, real_ms = self.clock.now_ms(), self.real_clock.now_ms()
            return reply(query, Ask(conn, self.facts, scope, area_id, now_ms, real_ms))
