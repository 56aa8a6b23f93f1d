"""Event rules: what raises, what does not, and when it is over."""

from dataclasses import replace
from typing import Any

import pytest

from brain.model.alert import Condition, Level, Rule, RuleKind, RuleState
from brain.model.event import Event
from brain.model.judge_event import judge_events, judge_quiet
from brain.model.reading import Device, DeviceState

NOW_MS = 1_000_000_000
CAMERA = Device("cam-1", "camera", "闸口", "02001", 113.1, 22.1, 60, "vms")
RULE = Rule(
    "smoke", RuleKind.EVENT, "浓烟", "Smoke", Level.RED, event_kind="smoke", min_confidence=0.6, quiet_for_s=300
)
EVENT = Event("cam-1", "smoke", NOW_MS - 2000, "e-1", 0.8, "", "", NOW_MS)


def raised(*events: Event, device: Device = CAMERA, **rule: Any) -> list[tuple[str, int]]:
    devices = {device.id: device}
    signals = judge_events({"smoke": replace(RULE, **rule)}, events, devices.get, NOW_MS)
    assert all(signal.raise_alert and signal.area_id == "02001" for signal in signals)
    return [(signal.state.target_id, signal.at_ms) for signal in signals]


def test_an_event_raises_on_its_device_where_that_stands() -> None:
    assert raised(EVENT) == [("cam-1", NOW_MS - 2000)]


def test_several_raise_in_the_order_they_happened() -> None:
    later = replace(EVENT, at_ms=NOW_MS - 1000, id="e-2")
    assert raised(later, EVENT) == [("cam-1", NOW_MS - 2000), ("cam-1", NOW_MS - 1000)]


@pytest.mark.parametrize(
    ("change", "raises"),
    [
        ({"confidence": 0.6}, True),
        ({"confidence": 0.59}, False),
        ({"confidence": None}, True),
        ({"kind": "crowd"}, False),
        ({"device_id": "cam-2"}, False),
        ({"at_ms": NOW_MS - 900_000}, True),
        ({"at_ms": NOW_MS - 900_001}, False),  # by now it is over
    ],
)
def test_what_is_unsure_late_or_something_else_raises_nothing(change: dict[str, Any], raises: bool) -> None:
    assert bool(raised(replace(EVENT, **change))) is raises


def test_a_rule_may_be_for_one_kind_of_device() -> None:
    assert raised(EVENT, device_kind="camera")
    assert not raised(EVENT, device_kind="drone")


def test_a_device_out_of_service_raises_nothing() -> None:
    assert not raised(EVENT, device=replace(CAMERA, state=DeviceState.MAINTENANCE))


def test_what_is_simulated_says_so() -> None:
    (signal,) = judge_events({"smoke": RULE}, [replace(EVENT, simulated=True)], {"cam-1": CAMERA}.get, NOW_MS)
    assert signal.simulated


@pytest.mark.parametrize(
    ("last_ms", "condition", "quiet_for_s", "over"),
    [
        (NOW_MS - 300_001, Condition.FIRING, 300, True),
        (NOW_MS - 300_000, Condition.FIRING, 300, False),
        (NOW_MS - 900_000, Condition.FIRING, None, False),  # a person closes it
        (NOW_MS - 900_000, Condition.NORMAL, 300, False),
    ],
)
def test_it_is_over_when_none_came_for_a_while(
    last_ms: int, condition: Condition, quiet_for_s: int | None, over: bool
) -> None:
    rules = {"smoke": replace(RULE, quiet_for_s=quiet_for_s)}
    states = {("smoke", "cam-1"): RuleState("smoke", "cam-1", condition, last_ms, last_ms)}
    judged = judge_quiet(rules, states, NOW_MS)
    assert [signal.recovered for signal in judged.signals] == ([True] if over else [])
    assert [state.condition for state in judged.states.values()] == ([Condition.NORMAL] if over else [])
    assert judge_quiet(rules, states, NOW_MS, only=["cam-2"]).signals == []
