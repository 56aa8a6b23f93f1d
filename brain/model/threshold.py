"""One threshold rule and one reading: hysteresis, hold times, no data. See judge.py for what is judged and when."""

from brain.model.alert import Condition, Rule, RuleState, Signal, TargetKind, Trip
from brain.model.reading import Device, Reading


def judge_reading(rule: Rule, state: RuleState, reading: Reading, device: Device) -> tuple[RuleState, Signal | None]:
    """(the state after the reading, what is to be done). Raises ValueError for a rule without a threshold."""
    if reading.at_ms <= state.last_ms:
        return state, None
    condition, since_ms, fires, recovers = _next(rule, state, reading.at_ms, reading.value)
    new = RuleState(rule.id, device.id, condition, since_ms, reading.at_ms, reading.value)
    refresh = not fires and condition is Condition.FIRING and reading.value is not None and _trips(rule, reading.value)
    if not (fires or recovers or refresh or condition is not state.condition):
        return new, None
    return new, Signal(
        new,
        TargetKind.DEVICE,
        device.area_id,
        raise_alert=fires,
        refresh=refresh,
        recovered=recovers,
        at_ms=reading.at_ms,
        value=reading.value,
        simulated=device.simulated,
    )


def _next(rule: Rule, state: RuleState, at_ms: int, value: float | None) -> tuple[Condition, int, bool, bool]:
    """(condition, since, fires now, recovers now) after one newer reading."""
    was, since_ms = state.condition, state.since_ms
    if value is None:
        # Transparent: the time it lasts counts, as long as the next good value is on the same side.
        return (Condition.NO_DATA, at_ms, False, False) if was is Condition.NORMAL else (was, since_ms, False, False)
    if was in (Condition.FIRING, Condition.RECOVERING):
        if not _clears(rule, value):
            return Condition.FIRING, since_ms if was is Condition.FIRING else at_ms, False, False
        clear_since_ms = since_ms if was is Condition.RECOVERING else at_ms
        if at_ms - clear_since_ms >= rule.keep_firing_for_s * 1000:
            return Condition.NORMAL, at_ms, False, True
        return Condition.RECOVERING, clear_since_ms, False, False
    if not _trips(rule, value):
        return Condition.NORMAL, since_ms if was is Condition.NORMAL else at_ms, False, False
    trip_since_ms = since_ms if was is Condition.PENDING else at_ms
    if at_ms - trip_since_ms >= rule.pending_for_s * 1000:
        return Condition.FIRING, at_ms, True, False
    return Condition.PENDING, trip_since_ms, False, False


def _trips(rule: Rule, value: float) -> bool:
    if rule.raise_at is None:
        raise ValueError(f"rule {rule.id} has no raise_at")
    return value >= rule.raise_at if rule.trip is Trip.ABOVE else value <= rule.raise_at


def _clears(rule: Rule, value: float) -> bool:
    limit = rule.raise_at if rule.clear_at is None else rule.clear_at
    if limit is None:
        raise ValueError(f"rule {rule.id} has no raise_at")
    return value < limit if rule.trip is Trip.ABOVE else value > limit
