"""What is told at a glance is what judging reading by reading comes to."""

from hypothesis import given
from hypothesis import strategies as st

from brain.model.alert import Condition, Level, Rule, RuleKind, RuleState, Trip
from brain.model.calm import calm_state
from brain.model.reading import Device, Reading
from brain.model.threshold import judge_reading

DEVICE = Device("d", "water", "d", "020", None, None, 60, "iot")


def rule(trip: Trip, raise_at: float | None = 0.0) -> Rule:
    return Rule("r", RuleKind.THRESHOLD, "", "", Level.YELLOW, metric="m", trip=trip, raise_at=raise_at)


@given(
    st.sampled_from(Trip),
    st.sampled_from(Condition),
    st.integers(0, 9),
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from([-2.0, -1.0, 0.0, 1.0])), min_size=1, max_size=5),
)
def test_calm_is_the_same_as_one_by_one(
    trip: Trip, condition: Condition, last_ms: int, seen: list[tuple[int, float]]
) -> None:
    readings = [Reading("d", "m", at_ms, value, 0) for at_ms, value in seen]
    before = RuleState("r", "d", condition, min(3, last_ms), last_ms, -1.0)
    values = [value for _, value in seen]
    newest = max(readings, key=lambda reading: reading.at_ms)
    told = calm_state(rule(trip), before, newest, min(values), max(values))
    state, signals = before, []
    for reading in readings:
        state, signal = judge_reading(rule(trip), state, reading, DEVICE)
        signals += [] if signal is None else [signal]
    if told is not None:
        assert signals == []
        assert (told.condition, told.since_ms, told.last_ms) == (state.condition, state.since_ms, state.last_ms)
        assert told.last_ms == last_ms or told.last_value == newest.value
    elif condition is Condition.NORMAL:
        assert not all(value < 0 if trip is Trip.ABOVE else value > 0 for value in values)


def test_a_rule_without_a_threshold_is_left_to_be_found_out() -> None:
    assert calm_state(rule(Trip.ABOVE, None), RuleState("r", "d"), Reading("d", "m", 1, 1.0, 0), 1.0, 1.0) is None
