"""Holds that are over though no reading came to say so: a detector says "smoke" once, and then nothing for hours.

Ingest has the rules' memory in hand, so it is told by the way readings come: behind those of the device's feed that
wait, one of which may say otherwise.
"""

import threading
from collections import defaultdict
from collections.abc import Collection

from brain.model.alert import HoldOver, RuleKind, RuleState
from brain.model.clock import Clock
from brain.model.facts import Facts
from brain.model.threshold import hold_over_ms
from brain.runtime.acceptance import Window
from brain.runtime.health import Health
from brain.runtime.ingest import Ingest
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from brain.store.judged import pending_states

HOLDS_S = 2.0  # how much later than its hold an alert may be raised; little is read for it
ANSWER_S = 30.0  # while ingest is busy it is not asked again

_ANY_TIME = Window(0, 0)


class Holds:
    """`feeds`: those run here. What devices of other feeds said last is in the memory of another process."""

    def __init__(
        self, store: Store, facts: Facts, clock: Clock, health: Health, ingest: Ingest, feeds: Collection[str]
    ) -> None:
        self._store = store
        self._clock = clock
        self._health = health
        self._ingest = ingest
        self._feeds = frozenset(feeds)
        self._rules = {rule.id: rule for rule in facts.rules.values() if rule.kind is RuleKind.THRESHOLD}

    def sweep(self) -> int:
        """How many holds were over and given to ingest. Returns when it has stored what follows from them."""
        if not self._rules:
            return 0
        try:
            with self._store.read() as conn:
                pending = pending_states(conn, self._rules)
        except StoreUnavailable as error:
            self._health.store_lost(str(error))
            return 0
        now_ms = self._clock.now_ms()
        over = [state for state in pending if hold_over_ms(self._rules[state.rule_id], state.since_ms) <= now_ms]
        by_feed = self._by_feed(over)
        for feed, holds in by_feed.items():
            self._hand_on(feed, holds)
        return sum(len(holds) for holds in by_feed.values())

    def _hand_on(self, feed: str, holds: list[HoldOver]) -> None:
        answered = threading.Event()
        self._ingest.sink(feed, _ANY_TIME)(holds, lambda stored: answered.set())
        answered.wait(ANSWER_S)

    def _by_feed(self, states: Collection[RuleState]) -> dict[str, list[HoldOver]]:
        found: dict[str, list[HoldOver]] = defaultdict(list)
        for state in states:
            device = self._ingest.known_device(state.target_id)
            feed = self._ingest.brought_by(state.target_id) or (device.feed if device is not None else "")
            if device is not None and feed in self._feeds:
                found[feed].append(HoldOver(state.rule_id, state.target_id, state.since_ms))
        return found
