"""Messages that a source itself threw away, as it counts them, and what rules make of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from brain.model.alert import Condition, Rule, RuleKind, RuleState, Signal, TargetKind


@dataclass(frozen=True, slots=True)
class Dropped:
    """`total` since the source started; `at_ms` is when it said so, city time."""

    total: int
    at_ms: int


def newly_dropped(before: int | None, total: int) -> int:
    """`before`: what was known last; None, and it is not known when it was. A source that counts less has restarted."""
    if before is None:
        return 0
    return total if total < before else total - before


def judge_drops(
    rules: Mapping[str, Rule], feed: str, area_id: str, fresh: int, at_ms: int, simulated: bool
) -> list[Signal]:
    """Signals of rules on drops, once `fresh` more messages of `feed` were thrown away."""
    return [
        Signal(
            RuleState(rule.id, feed, Condition.FIRING, at_ms, at_ms),
            TargetKind.FEED,
            area_id,
            raise_alert=True,
            at_ms=at_ms,
            value=float(fresh),
            simulated=simulated,
        )
        for rule in rules.values()
        if rule.kind is RuleKind.DROPS and fresh
    ]
