"""One threshold rule and one reading: hysteresis, hold times, no data. See judge.py for what is judged and when."""

from dataclasses import replace

from brain.model.alert import Condition, HoldOver, OutOfService, Rule, RuleState, Signal, TargetKind, Trip
from brain.model.reading import Device, Reading


def judge_reading(rule: Rule, state: RuleState, reading: Reading, device: Device) -> tuple[RuleState, Signal | None]:
    """(the state after the reading, what is to be done). Raises ValueError for a rule without a threshold."""
    if reading.at_ms <= state.last_ms:
        return state, None
    condition, since_ms, fires, recovers = _next(rule, state, reading.at_ms, reading.value)
    last_value = state.last_value if reading.value is None else reading.value
    new = RuleState(rule.id, device.id, condition, since_ms, reading.at_ms, last_value)
    refresh = not fires and condition is Condition.FIRING and reading.value is not None and _trips(rule, reading.value)
    changed = (condition, since_ms) != (state.condition, state.since_ms)
    if not (fires or recovers or refresh or changed):
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


def judge_hold(rule: Rule, state: RuleState, hold: HoldOver, device: Device) -> tuple[RuleState, Signal | None]:
    """Fires when the rule is still pending as `hold` says; a reading may have said otherwise meanwhile."""
    if state.condition is not Condition.PENDING or state.since_ms != hold.since_ms:
        return state, None
    at_ms = hold_over_ms(rule, state.since_ms)
    new = replace(state, condition=Condition.FIRING, since_ms=at_ms)
    return new, Signal(
        new,
        TargetKind.DEVICE,
        device.area_id,
        raise_alert=True,
        at_ms=at_ms,
        value=state.last_value,
        simulated=device.simulated,
    )


def judge_out_of_service(
    rule: Rule, state: RuleState, out: OutOfService, device: Device
) -> tuple[RuleState, Signal | None]:
    """Clear, whatever is remembered here: it was the store that remembers more."""
    new = replace(state, condition=Condition.NORMAL, since_ms=out.since_ms)
    return new, Signal(
        new,
        TargetKind.DEVICE,
        device.area_id,
        recovered=True,
        at_ms=out.since_ms,
        simulated=device.simulated,
        out_of_service=True,
    )


def hold_over_ms(rule: Rule, since_ms: int) -> int:
    """When a rule that has been pending since `since_ms` fires, if nothing else is heard."""
    return since_ms + rule.pending_for_s * 1000


def _next(rule: Rule, state: RuleState, at_ms: int, value: float | None) -> tuple[Condition, int, bool, bool]:
    """(condition, since, fires now, recovers now) after one newer reading."""
    was, since_ms = state.condition, state.since_ms
    if value is None:
        # Transparent: the time it lasts counts, as long as the next good value is on the same side.
        return (Condition.NO_DATA, at_ms, False, False) if was is Condition.NORMAL else (was, since_ms, False, False)
    if was is Condition.FIRING:
        clear = _clears(rule, value)
        return _clear_now(rule, at_ms, at_ms) if clear else (Condition.FIRING, since_ms, False, False)
    if was is Condition.RECOVERING:
        if _trips(rule, value):
            # Raised, not refreshed: an open alert takes it as one more sighting, a person may have closed it meanwhile.
            return Condition.FIRING, at_ms, True, False
        clear = _clears(rule, value)
        if state.last_value is not None and clear is not _clears(rule, state.last_value):
            since_ms = at_ms  # the dead band breaks the clear run
        return _clear_now(rule, since_ms, at_ms) if clear else (was, since_ms, False, False)
    if not _trips(rule, value):
        return Condition.NORMAL, since_ms if was is Condition.NORMAL else at_ms, False, False
    trip_since_ms = since_ms if was is Condition.PENDING else at_ms
    if at_ms >= hold_over_ms(rule, trip_since_ms):
        return Condition.FIRING, at_ms, True, False
    return Condition.PENDING, trip_since_ms, False, False


def _clear_now(rule: Rule, since_ms: int, at_ms: int) -> tuple[Condition, int, bool, bool]:
    if at_ms - since_ms >= rule.keep_firing_for_s * 1000:
        return Condition.NORMAL, at_ms, False, True
    return Condition.RECOVERING, since_ms, False, False


def _trips(rule: Rule, value: float) -> bool:
    if rule.raise_at is None:
        raise ValueError(f"rule {rule.id} has no raise_at")
    return value >= rule.raise_at if rule.trip is Trip.ABOVE else value <= rule.raise_at


def _clears(rule: Rule, value: float) -> bool:
    limit = rule.raise_at if rule.clear_at is None else rule.clear_at
    if limit is None:
        raise ValueError(f"rule {rule.id} has no raise_at")
    return value < limit if rule.trip is Trip.ABOVE else value > limit
