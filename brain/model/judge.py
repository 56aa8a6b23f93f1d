"""Judging: what rules make of readings, of silence and of running clocks. Pure: states in, signals and states out.

The caller keeps the states and adopts the new ones only after the transaction that applied the signals has committed,
so that readings delivered again after a failure are judged again. Each rule is contained: what one raises is returned
as a failure, and the others go on. All times are epoch ms of city time.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

from brain.model.alert import Condition, HoldOver, Rule, RuleKind, RuleState, Signal, Standing, TargetKind
from brain.model.calm import calm_state
from brain.model.reading import Device, DeviceState, Reading
from brain.model.threshold import judge_hold, judge_out_of_service, judge_reading

StateKey = tuple[str, str]
"""(rule id, target id)."""

States = Mapping[StateKey, RuleState]


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that could not be evaluated: `error` is what it raised first, on `target_id`; `times` how often."""

    rule_id: str
    target_id: str
    error: Exception
    times: int


class Judgement(NamedTuple):
    """`signals` are to be applied in the store, in this order; `states` to be remembered after commit."""

    signals: list[Signal]
    states: dict[StateKey, RuleState]
    failures: list[RuleFailure]


@dataclass(frozen=True, slots=True)
class SeenDevice:
    """`last_ms`: when it last reported anything, None: never; `commissioned_ms`: when it became known;
    `in_state_ms`: when it came into the state it is in, None: with the beginning."""

    device: Device
    last_ms: int | None
    commissioned_ms: int
    in_state_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SeenClock:
    """One clock of one case. `unit` is the unit that handles the case."""

    case_id: str
    case_type: str
    clock: str
    area_id: str
    urgent: bool
    due_ms: int
    ended_ms: int | None
    unit: str = ""
    simulated: bool = False


def judge_readings(
    rules: Mapping[str, Rule],
    states: States,
    readings: Sequence[Reading],
    device_of: Callable[[str], Device | None],
    standings: Iterable[Standing] = (),
) -> Judgement:
    """Threshold rules on the readings of each device and metric in the order they came; batches of any size give the
    same signals of a rule and target in the same order. `standings` come last.

    A reading that is not newer than the newest one judged of that device and metric changes nothing: a late one must
    not raise a live alert, and one delivered twice must not count twice. A bad value (None) is no data: it neither
    raises nor clears. Readings of unknown devices and of devices out of service are passed over; what rules remember of
    the latter is ended.
    """
    bench = _Bench(states)
    by_metric: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules.values():
        if rule.kind is RuleKind.THRESHOLD and rule.metric is not None:
            by_metric[rule.metric].append(rule)
    series: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.metric in by_metric:
            series[reading.device_id, reading.metric].append(reading)
    for (device_id, metric), some in series.items():
        device = device_of(device_id)
        if device is None or device.state is not DeviceState.ACTIVE:
            continue
        watching = [rule for rule in by_metric[metric] if rule.device_kind in (None, device.kind)]
        stirred = [rule for rule in watching if not bench.is_calm(rule, device_id, some)]
        for reading, rule in product(some, stirred):
            bench.judge(rule, device_id, lambda state: judge_reading(rule, state, reading, device))  # noqa: B023
    for standing in standings:
        standing_rule, holder = rules.get(standing.rule_id), device_of(standing.target_id)
        if standing_rule is not None and holder is not None:
            bench.judge(standing_rule, holder.id, lambda state: _stands(standing_rule, state, standing, holder))  # noqa: B023
    return bench.judgement()


def _stands(rule: Rule, state: RuleState, standing: Standing, device: Device) -> tuple[RuleState, Signal | None]:
    """Of what is true still: the device may have changed its state since the sweep looked."""
    in_service = device.state is DeviceState.ACTIVE
    if isinstance(standing, HoldOver):
        return judge_hold(rule, state, standing, device) if in_service else (state, None)
    return (state, None) if in_service else judge_out_of_service(rule, state, standing, device)


def judge_silence(
    rules: Mapping[str, Rule],
    states: States,
    devices: Iterable[SeenDevice],
    now_ms: int,
    grace_until_ms: int = 0,
    lost_feeds: Collection[str] = (),
) -> Judgement:
    """Silent rules on every device, from stored times and not from edges, so that a missed sweep changes nothing.

    Nothing is raised before `grace_until_ms` (devices need a while to be heard after a start), nor for devices of
    `lost_feeds`: those may well be reporting, it is the feed that is silent. A device that never reported is silent
    once it has been known for the whole window. A device out of service is not silent; back in service it has the
    whole window to be heard.
    """
    bench = _Bench(states)
    silent_rules = [rule for rule in rules.values() if rule.kind is RuleKind.SILENT]
    for seen in devices:
        excused = now_ms < grace_until_ms or seen.device.feed in lost_feeds
        for rule in silent_rules:
            if rule.device_kind in (None, seen.device.kind):
                bench.judge(rule, seen.device.id, lambda state: _silence(rule, state, seen, now_ms, excused))  # noqa: B023
    return bench.judgement()


def judge_clocks(rules: Mapping[str, Rule], states: States, clocks: Iterable[SeenClock], now_ms: int) -> Judgement:
    """Clock rules on clocks of cases: raised while one runs past its deadline, recovered when it ended or was moved.

    A clock that ended late before it was ever seen running raises nothing: there is nothing left to do about it.
    """
    bench = _Bench(states)
    by_clock: dict[tuple[str | None, str | None], list[Rule]] = defaultdict(list)
    for rule in rules.values():
        if rule.kind is RuleKind.CLOCK:
            by_clock[rule.case_type, rule.clock].append(rule)
    for clock in clocks:
        for rule in by_clock.get((clock.case_type, clock.clock), ()):
            bench.judge(rule, clock.case_id, lambda state: _clock(rule, state, clock, now_ms))  # noqa: B023
    return bench.judgement()


def _at_ms(reading: Reading) -> int:
    return reading.at_ms


class _Bench:
    """Collects signals and states over the states handed in, and contains what rules raise."""

    def __init__(self, states: States) -> None:
        self._before = states
        self._states: dict[StateKey, RuleState] = {}
        self._signals: list[Signal] = []
        self._failures: dict[str, RuleFailure] = {}

    def is_calm(self, rule: Rule, device_id: str, readings: Sequence[Reading]) -> bool:
        """Whether nothing came of these readings of one metric; then they are judged."""
        values = [reading.value for reading in readings if reading.value is not None]
        if len(values) < len(readings):
            return False
        key = (rule.id, device_id)
        before = self._states.get(key) or self._before.get(key) or RuleState(rule.id, device_id)
        newest = readings[0] if len(readings) == 1 else max(readings, key=_at_ms)
        try:
            state = calm_state(rule, before, newest, min(values), max(values))
        except Exception:  # judged one by one it is found out and told
            return False
        if state is not None and state is not before:
            self._states[key] = state
        return state is not None

    def judge(self, rule: Rule, target_id: str, step: Callable[[RuleState], tuple[RuleState, Signal | None]]) -> None:
        key = (rule.id, target_id)
        try:
            before = self._states.get(key) or self._before.get(key) or RuleState(rule.id, target_id)
            state, signal = step(before)
        except Exception as error:
            first = self._failures.get(rule.id) or RuleFailure(rule.id, target_id, error, 0)
            self._failures[rule.id] = replace(first, times=first.times + 1)
            return
        if state != before:
            self._states[key] = state
        if signal is not None:
            self._signals.append(signal)

    def judgement(self) -> Judgement:
        return Judgement(self._signals, self._states, list(self._failures.values()))


def _silence(
    rule: Rule, state: RuleState, seen: SeenDevice, now_ms: int, excused: bool
) -> tuple[RuleState, Signal | None]:
    device = seen.device
    window_ms = silence_window_ms(rule, device)
    heard_ms = max(seen.commissioned_ms if seen.last_ms is None else seen.last_ms, seen.in_state_ms or 0)
    silent = device.state is DeviceState.ACTIVE and now_ms - heard_ms > window_ms
    if excused and state.condition is not Condition.FIRING:
        return state, None
    new, signal = _on_or_off(
        rule, state, TargetKind.DEVICE, device.id, device.area_id, silent, now_ms, device.simulated
    )
    if signal is not None and not silent and device.state is not DeviceState.ACTIVE:
        signal = replace(signal, out_of_service=True)
    return new, signal


def silence_window_ms(rule: Rule, device: Device) -> int:
    """How long a device may be silent under a silent rule."""
    return round((rule.factor * device.interval_s if rule.after_s is None else rule.after_s) * 1000)


def _clock(rule: Rule, state: RuleState, clock: SeenClock, now_ms: int) -> tuple[RuleState, Signal | None]:
    meant = clock.urgent or not rule.urgent_only
    late = meant and clock.ended_ms is None and now_ms > clock.due_ms
    return _on_or_off(
        rule, state, TargetKind.CASE, clock.case_id, clock.area_id, late, now_ms, clock.simulated, clock.unit
    )


def _on_or_off(
    rule: Rule,
    state: RuleState,
    target_kind: TargetKind,
    target_id: str,
    area_id: str,
    on: bool,
    now_ms: int,
    simulated: bool,
    owner: str = "",
) -> tuple[RuleState, Signal | None]:
    condition = Condition.FIRING if on else Condition.NORMAL
    if condition is state.condition:
        return state, None
    new = RuleState(rule.id, target_id, condition, now_ms, now_ms)
    return new, Signal(
        new, target_kind, area_id, raise_alert=on, recovered=not on, at_ms=now_ms, simulated=simulated, owner=owner
    )
