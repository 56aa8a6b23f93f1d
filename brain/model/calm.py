"""The common case of a threshold rule, told at a glance: all is well, and nothing that came reaches the threshold."""

from brain.model.alert import Condition, Rule, RuleState, Trip
from brain.model.reading import Reading


def calm_state(rule: Rule, state: RuleState, newest: Reading, low: float, high: float) -> RuleState | None:
    """The state after readings of one device, all good and between `low` and `high`, of which `newest` is the newest;
    None when they have to be judged one by one. The same as threshold.judge_reading gives for each in turn."""
    if state.condition is not Condition.NORMAL or rule.raise_at is None:
        return None
    if high >= rule.raise_at if rule.trip is Trip.ABOVE else low <= rule.raise_at:
        return None
    if newest.at_ms <= state.last_ms:
        return state
    return RuleState(rule.id, newest.device_id, Condition.NORMAL, state.since_ms, newest.at_ms, newest.value)
