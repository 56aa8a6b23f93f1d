"""Holds that are over though no reading came to say so: a detector says "smoke" once, and then nothing for hours. And
what rules hold against devices that were taken out of service, whose readings are judged no longer.

Ingest has the rules' memory in hand, so it is told by the way readings come: behind those of the device's feed that
wait, one of which may say otherwise.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection

from brain.model.alert import HoldOver, RuleKind, Standing
from brain.model.clock import Clock
from brain.model.facts import Facts
from brain.model.reading import DeviceState
from brain.model.threshold import hold_over_ms
from brain.runtime.acceptance import Window
from brain.runtime.health import Health
from brain.runtime.ingest import Ingest
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from brain.store.judged import out_of_service, pending_states

HOLDS_S = 2.0  # how much later than its hold an alert may be raised; little is read for it
ANSWER_S = 30.0  # while ingest is busy it is not asked again

_ANY_TIME = Window(0, 0)


class Holds:
    """`is_ours`: whether a feed is seen to here. What devices of others said last is in another process's memory."""

    def __init__(
        self, store: Store, facts: Facts, clock: Clock, health: Health, ingest: Ingest, is_ours: Callable[[str], bool]
    ) -> None:
        self._store = store
        self._clock = clock
        self._health = health
        self._ingest = ingest
        self._is_ours = is_ours
        self._rules = {rule.id: rule for rule in facts.rules.values() if rule.kind is RuleKind.THRESHOLD}

    def sweep(self) -> int:
        """How many rules stood over a device and were given to ingest. Returns when it stored what follows from it."""
        if not self._rules:
            return 0
        try:
            with self._store.read() as conn:
                pending = pending_states(conn, self._rules)
                out = out_of_service(conn, self._rules)
        except StoreUnavailable as error:
            self._health.store_lost(str(error))
            return 0
        now_ms = self._clock.now_ms()
        over = [state for state in pending if hold_over_ms(self._rules[state.rule_id], state.since_ms) <= now_ms]
        holds = (HoldOver(state.rule_id, state.target_id, state.since_ms) for state in over)
        by_feed = self._by_feed([*holds, *out])
        for feed, standings in by_feed.items():
            self._hand_on(feed, standings)
        return sum(len(standings) for standings in by_feed.values())

    def _hand_on(self, feed: str, standings: list[Standing]) -> None:
        answered = threading.Event()
        self._ingest.sink(feed, _ANY_TIME)(standings, lambda stored: answered.set())
        answered.wait(ANSWER_S)

    def _by_feed(self, standings: Collection[Standing]) -> dict[str, list[Standing]]:
        found: dict[str, list[Standing]] = defaultdict(list)
        for standing in standings:
            device = self._ingest.known_device(standing.target_id)
            feed = self._ingest.brought_by(standing.target_id) or (device.feed if device is not None else "")
            # It is of no use yet where ingest has still to hear which state people brought the device into.
            told = device is not None and (device.state is DeviceState.ACTIVE) is isinstance(standing, HoldOver)
            if told and self._is_ours(feed):
                found[feed].append(standing)
        return found
