"""What event rules make of events, and of none coming any more. Pure, as judge.py, but without a memory of events: the
store tells which are new, so that one delivered twice raises nothing twice."""

from collections.abc import Callable, Collection, Iterable, Mapping

from brain.model.alert import Condition, Rule, RuleKind, RuleState, Signal, TargetKind
from brain.model.event import Event
from brain.model.judge import Judgement, StateKey, States
from brain.model.reading import Device, DeviceState


def judge_events(
    rules: Mapping[str, Rule], events: Iterable[Event], device_of: Callable[[str], Device | None], now_ms: int
) -> list[Signal]:
    """Signals of new events, oldest first. One that comes later than its rule allows raises nothing: it is over by
    then. One without a confidence counts, as its source is sure or does not know. Devices out of service are passed
    over."""
    watching = [rule for rule in rules.values() if rule.kind is RuleKind.EVENT]
    signals = []
    for event in sorted(events, key=lambda event: (event.at_ms, event.device_id, event.id)):
        device = device_of(event.device_id)
        if device is None or device.state is not DeviceState.ACTIVE:
            continue
        for rule in watching:
            if _is_meant(rule, event, device) and now_ms - event.at_ms <= rule.fresh_s * 1000:
                state = RuleState(rule.id, device.id, Condition.FIRING, event.at_ms, event.at_ms)
                signals.append(_signal(state, device.area_id, event.at_ms, True, event.simulated or device.simulated))
    return signals


def judge_quiet(
    rules: Mapping[str, Rule], states: States, now_ms: int, only: Collection[str] | None = None
) -> Judgement:
    """Recoveries of event rules whose event did not come again for `quiet_for_s`. `only`: of these targets."""
    signals: list[Signal] = []
    after: dict[StateKey, RuleState] = {}
    for (rule_id, target_id), state in sorted(states.items()):
        rule = rules.get(rule_id)
        if rule is None or rule.quiet_for_s is None or state.condition is not Condition.FIRING:
            continue
        if now_ms - state.last_ms > rule.quiet_for_s * 1000 and (only is None or target_id in only):
            calm = RuleState(rule_id, target_id, Condition.NORMAL, now_ms, state.last_ms)
            after[rule_id, target_id] = calm
            signals.append(_signal(calm, "", now_ms, False, False))  # the alert knows where it lies
    return Judgement(signals, after, [])


def _is_meant(rule: Rule, event: Event, device: Device) -> bool:
    sure = event.confidence is None or event.confidence >= rule.min_confidence
    return sure and rule.event_kind == event.kind and rule.device_kind in (None, device.kind)


def _signal(state: RuleState, area_id: str, at_ms: int, on: bool, simulated: bool) -> Signal:
    return Signal(state, TargetKind.DEVICE, area_id, raise_alert=on, recovered=not on, at_ms=at_ms, simulated=simulated)
