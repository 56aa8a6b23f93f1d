"""Rules on readings, silence and clocks: when they fire, when they recover, and what must never move them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.alert import Condition, HoldOver, Level, Rule, RuleKind, RuleState, Signal, TargetKind, Trip
from brain.model.judge import (
    Judgement,
    SeenClock,
    SeenDevice,
    StateKey,
    judge_clocks,
    judge_readings,
    judge_silence,
    silence_window_ms,
)
from brain.model.reading import Device, DeviceState, Reading

WATER = Device("water-1", "water", "水位计", "0200101", None, None, 60, "iot", simulated=True)
AIR = Device("air-1", "air", "空气站", "0200101", None, None, 300, "iot")
DEVICES = {device.id: device for device in (WATER, AIR)}

RAISE, CLEAR = 0.6, 0.5
PLAIN = Rule("flood", RuleKind.THRESHOLD, "内涝", "Flood", Level.RED, metric="level", raise_at=RAISE, clear_at=CLEAR)
HELD = replace(PLAIN, pending_for_s=60, keep_firing_for_s=120)


def at(second: int, value: float | None, device: Device = WATER) -> Reading:
    return Reading(device.id, "level", second * 1000, value, second * 1000)


def known(device_id: str) -> Device | None:
    return DEVICES.get(device_id)


class Judge:
    """Remembers as the caller would: adopts the states after each batch."""

    def __init__(self, *rules: Rule, device_of: Callable[[str], Device | None] = known) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self.device_of = device_of
        self.states: dict[StateKey, RuleState] = {}
        self.signals: list[Signal] = []

    def see(self, *readings: Reading) -> str:
        """What the batch signalled: + raised, - recovered, ! refreshed, . only a new condition."""
        judged = judge_readings(self.rules, self.states, readings, self.device_of)
        return self._adopt(judged)

    def _adopt(self, judged: Judgement) -> str:
        assert judged.failures == []
        self.states |= judged.states
        self.signals += judged.signals
        return "".join(mark(signal) for signal in judged.signals)

    def condition(self, rule_id: str = "flood", target: str = WATER.id) -> Condition:
        return self.states[rule_id, target].condition


def mark(signal: Signal) -> str:
    assert signal.raise_alert + signal.recovered + signal.refresh <= 1
    return "+" if signal.raise_alert else "-" if signal.recovered else "!" if signal.refresh else "."


# --- thresholds --------------------------------------------------------------------------------------------------
def test_a_threshold_fires_at_its_value_and_clears_below_the_other() -> None:
    judge = Judge(PLAIN)
    assert [judge.see(at(i, value)) for i, value in enumerate([0.59, 0.6, 0.55, 0.5, 0.49, 0.55, 0.7], 1)] == [
        "",
        "+",
        "",
        "",
        "-",
        "",
        "+",
    ]


def test_a_threshold_below_is_the_mirror_image() -> None:
    cold = replace(PLAIN, trip=Trip.BELOW, raise_at=5.0, clear_at=7.0)
    judge = Judge(cold)
    assert [judge.see(at(i, value)) for i, value in enumerate([6.0, 5.0, 6.0, 7.0, 7.1], 1)] == ["", "+", "", "", "-"]


def test_without_a_clear_value_the_two_sides_touch() -> None:
    judge = Judge(replace(PLAIN, clear_at=None))
    assert [judge.see(at(i, value)) for i, value in enumerate([0.6, 0.6, 0.59], 1)] == ["+", "!", "-"]


def test_a_signal_says_what_was_seen() -> None:
    judge = Judge(PLAIN)
    judge.see(at(1, 0.8))
    (signal,) = judge.signals
    assert (signal.target_kind, signal.area_id, signal.value, signal.at_ms) == (TargetKind.DEVICE, "0200101", 0.8, 1000)
    assert signal.simulated, "an alert of a simulated device wears the mark"
    assert signal.state == RuleState("flood", "water-1", Condition.FIRING, 1000, 1000, 0.8)


def test_it_must_hold_to_fire() -> None:
    judge = Judge(HELD)
    assert judge.see(at(0, 0.1), at(10, 0.7)) == "."
    assert judge.condition() is Condition.PENDING
    assert judge.see(at(69, 0.7)) == ""
    assert judge.see(at(70, 0.7)) == "+"


def test_what_does_not_hold_is_forgotten() -> None:
    judge = Judge(HELD)
    assert judge.see(at(10, 0.7), at(40, 0.55), at(50, 0.7), at(109, 0.7)) == "..."
    assert judge.see(at(110, 0.7)) == "+"


def held(judge: Judge, since_s: int) -> str:
    hold = HoldOver("flood", WATER.id, since_s * 1000)
    return judge._adopt(judge_readings(judge.rules, judge.states, [], judge.device_of, [hold]))


def test_a_hold_that_is_over_fires_once() -> None:
    judge = Judge(HELD)
    judge.see(at(10, 0.7), at(30, 0.8))
    assert held(judge, 10) == "+"
    assert judge.signals[-1].state == RuleState("flood", WATER.id, Condition.FIRING, 70_000, 30_000, 0.8)
    assert (judge.signals[-1].at_ms, judge.signals[-1].value) == (70_000, 0.8)
    assert held(judge, 10) == ""
    assert judge.see(at(40, 0.4)) == ".", "a reading older than the hold's end is not late"


def test_a_hold_that_is_no_longer_true_fires_nothing() -> None:
    judge = Judge(HELD)
    judge.see(at(10, 0.7), at(30, 0.1))
    assert held(judge, 10) == ""
    judge.see(at(40, 0.7))
    assert held(judge, 10) == "", "it is pending, but since later"
    hold = HoldOver("flood", WATER.id, 40_000)
    judged = judge_readings(judge.rules, judge.states, [at(50, 0.1)], known, [hold])
    assert not any(signal.raise_alert for signal in judged.signals), "what waits beside it is judged before"


def test_it_must_stay_clear_to_recover() -> None:
    judge = Judge(HELD)
    judge.see(at(1, 0.7), at(61, 0.7))
    assert judge.see(at(100, 0.4)) == "."
    assert judge.condition() is Condition.RECOVERING
    assert judge.see(at(150, 0.55), at(160, 0.55), at(170, None)) == ".", "the dead band is not clear"
    assert judge.condition() is Condition.RECOVERING
    assert judge.see(at(200, 0.4), at(319, 0.4)) == "."
    assert judge.see(at(320, 0.4)) == "-"
    assert judge.condition() is Condition.NORMAL


def test_firing_again_while_recovering_is_the_same_alert() -> None:
    judge = Judge(HELD)
    judge.see(at(1, 0.7), at(61, 0.7), at(100, 0.4))
    assert judge.see(at(110, 0.9)) == "+", "the open alert takes it in; one that a person closed comes back"
    assert judge.see(at(120, 0.9)) == "!"
    assert judge.see(at(130, 0.4), at(140, 0.55), at(150, 0.9)) == "..+", "also out of the dead band"


def test_bad_values_are_no_data() -> None:
    judge = Judge(PLAIN)
    assert judge.see(at(1, None)) == "."
    assert judge.condition() is Condition.NO_DATA
    assert judge.see(at(2, 0.1)) == "."
    assert judge.condition() is Condition.NORMAL
    judge.see(at(3, 0.7))
    assert judge.see(at(4, None), at(5, None)) == "", "no data neither clears nor counts"
    assert judge.condition() is Condition.FIRING
    assert judge.see(at(6, 0.3)) == "-"


def test_no_data_does_not_interrupt_holding() -> None:
    judge = Judge(HELD)
    assert judge.see(at(1, 0.7), at(30, None), at(61, 0.7)) == ".+"
    assert judge.see(at(100, 0.3), at(150, None), at(220, 0.3)) == ".-"


def test_fires_right_from_no_data() -> None:
    judge = Judge(PLAIN)
    assert judge.see(at(1, None), at(2, 0.7)) == ".+"


def test_a_late_reading_changes_nothing() -> None:
    judge = Judge(PLAIN)
    judge.see(at(10, 0.1))
    before = dict(judge.states)
    assert judge.see(at(9, 5.0), at(10, 5.0)) == ""
    assert judge.states == before
    judge.see(at(11, 0.7))
    assert judge.see(at(5, 0.1)) == "", "nor does it clear"


def test_rising_levels_on_one_metric_are_alerts_of_their_own() -> None:
    yellow = replace(PLAIN, id="watch", level=Level.YELLOW, raise_at=0.3, clear_at=0.2)
    judge = Judge(yellow, PLAIN)
    judge.see(at(1, 0.4), at(2, 0.7), at(3, 0.4), at(4, 0.1))
    told = [(signal.state.rule_id, mark(signal)) for signal in judge.signals]
    assert told == [("watch", "+"), ("watch", "!"), ("flood", "+"), ("watch", "!"), ("flood", "-"), ("watch", "-")]


def test_rules_mean_their_kind_of_device_and_metric() -> None:
    judge = Judge(replace(PLAIN, device_kind="water"))
    assert judge.see(at(1, 0.7, AIR), Reading("water-1", "battery", 1000, 9.0, 1000)) == ""
    assert judge.see(at(1, 0.7), Reading("unknown", "level", 1000, 9.0, 1000)) == "+"


@pytest.mark.parametrize("state", [DeviceState.MAINTENANCE, DeviceState.RETIRED])
def test_devices_out_of_service_are_not_judged(state: DeviceState) -> None:
    judge = Judge(PLAIN, device_of=lambda device_id: replace(WATER, state=state))
    assert judge.see(at(1, 5.0)) == ""


def test_a_rule_that_fails_stops_no_other() -> None:
    broken = replace(PLAIN, id="broken", raise_at=None)
    judged = judge_readings({"broken": broken, "flood": PLAIN}, {}, [at(1, 0.7), at(2, 0.8)], known)
    assert [signal.state.rule_id for signal in judged.signals] == ["flood", "flood"]
    (failure,) = judged.failures
    assert (failure.rule_id, failure.target_id, failure.times) == ("broken", "water-1", 2)
    assert str(failure.error) == "rule broken has no raise_at"
    assert ("broken", "water-1") not in judged.states


# --- properties --------------------------------------------------------------------------------------------------
Steps = list[tuple[int, float | None]]
VALUES = st.one_of(st.none(), st.sampled_from([0.1, 0.49, 0.5, 0.55, 0.59, 0.6, 0.9]))
ANY_TIMES = st.lists(st.tuples(st.integers(1, 400), VALUES), max_size=40)
RULES = st.builds(
    replace,
    st.just(PLAIN),
    pending_for_s=st.sampled_from([0, 5, 60]),
    keep_firing_for_s=st.sampled_from([0, 5, 60]),
)


def judged_in_batches(rule: Rule, readings: Sequence[Reading], cuts: Sequence[int]) -> Judge:
    judge = Judge(rule)
    edges = [0, *sorted(cut % (len(readings) + 1) for cut in cuts), len(readings)]
    for start, end in pairwise(edges):
        judge.see(*readings[start:end])
    return judge


@given(RULES, ANY_TIMES, st.lists(st.integers(0, 1000), max_size=6))
def test_batches_of_any_size_give_the_same(rule: Rule, steps: Steps, cuts: list[int]) -> None:
    readings = [at(second, value) for second, value in steps]
    whole, cut = judged_in_batches(rule, readings, []), judged_in_batches(rule, readings, cuts)
    assert whole.signals == cut.signals
    assert whole.states == cut.states


@given(RULES, ANY_TIMES, st.data())
def test_replayed_readings_change_nothing(rule: Rule, steps: Steps, data: st.DataObject) -> None:
    readings = [at(second, value) for second, value in steps]
    judge = judged_in_batches(rule, readings, [])
    before, signals = dict(judge.states), list(judge.signals)
    again = data.draw(st.lists(st.sampled_from(readings))) if readings else []
    judge.see(*again)
    assert judge.states == before
    assert judge.signals == signals


@given(RULES, ANY_TIMES)
def test_late_readings_are_as_if_they_never_came(rule: Rule, steps: Steps) -> None:
    newest, in_time = 0, []
    for second, value in steps:
        if second > newest:
            newest = second
            in_time.append(at(second, value))
    everything = judged_in_batches(rule, [at(second, value) for second, value in steps], [])
    assert everything.signals == judged_in_batches(rule, in_time, []).signals


@given(RULES, st.lists(st.sampled_from([None, CLEAR, 0.55, 0.59]), max_size=30), st.sampled_from([0.1, 0.9]))
def test_nothing_flaps_inside_the_dead_band(rule: Rule, inside: list[float | None], start: float) -> None:
    settled = [at(second, start) for second in (1, 200)]
    judge = judged_in_batches(rule, settled, [])
    before = judge.condition()
    assert before is (Condition.FIRING if start == 0.9 else Condition.NORMAL)
    marks = judge.see(*(at(201 + i * 60, value) for i, value in enumerate(inside)))
    assert set(marks) <= {"."}
    after = judge.condition()
    assert after is before or {before, after} == {Condition.NORMAL, Condition.NO_DATA}


@given(RULES, ANY_TIMES)
def test_alerts_are_raised_and_recover_by_turns(rule: Rule, steps: Steps) -> None:
    """Model check: against values alone, a raise needs the whole hold above, a recovery the whole hold below. Between
    the two only what was clear and trips is raised again."""
    judge = Judge(rule)
    newest, firing, run_from, was_clear = 0, False, None, False
    for second, value in steps:
        if second <= newest:
            assert judge.see(at(second, value)) == ""
            continue
        newest = second
        marks = judge.see(at(second, value))
        if value is None:
            assert set(marks) <= {"."}
            continue
        wanted = value < CLEAR if firing else value >= RAISE
        run_from = (second if run_from is None else run_from) if wanted else None
        hold = rule.keep_firing_for_s if firing else rule.pending_for_s
        turns = run_from is not None and second - run_from >= hold
        assert ("-" if firing else "+") in marks or not turns
        assert not turns or len(marks) == 1
        again = firing and was_clear and value >= RAISE
        if not turns:
            assert {"+", "-"} & set(marks) == ({"+"} if again else set())
        else:
            firing, run_from = not firing, None
        was_clear = firing and not again and (was_clear or value < CLEAR)


# --- silence -----------------------------------------------------------------------------------------------------
SILENT = Rule("silent", RuleKind.SILENT, "失联", "Silent", Level.YELLOW, factor=3.0)


def sweep(
    states: Mapping[StateKey, RuleState],
    now_s: int,
    *seen: SeenDevice,
    rule: Rule = SILENT,
    **more: int | tuple[str, ...],
) -> tuple[str, dict[StateKey, RuleState]]:
    judged = judge_silence({rule.id: rule}, states, seen, now_s * 1000, **more)  # type: ignore[arg-type]
    assert judged.failures == []
    return "".join(mark(signal) for signal in judged.signals), {**states, **judged.states}


def test_a_device_is_silent_after_its_window() -> None:
    heard = SeenDevice(WATER, 1_000_000, 0)
    assert sweep({}, 1180, heard)[0] == ""
    marks, states = sweep({}, 1181, heard)
    assert marks == "+"
    assert sweep(states, 9999, heard) == ("", states), "a sweep is not a sighting"
    assert sweep(states, 9999, SeenDevice(WATER, 9_990_000, 0))[0] == "-"


def test_windows() -> None:
    assert silence_window_ms(SILENT, AIR) == 900_000
    assert silence_window_ms(replace(SILENT, after_s=30), AIR) == 30_000


def test_a_device_never_heard_has_its_window_from_when_it_became_known() -> None:
    fresh = SeenDevice(WATER, None, 1_000_000)
    assert sweep({}, 1180, fresh)[0] == ""
    assert sweep({}, 1181, fresh)[0] == "+"


def test_nothing_is_silent_right_after_a_start() -> None:
    heard = SeenDevice(WATER, 0, 0)
    assert sweep({}, 1000, heard, grace_until_ms=1_000_001)[0] == ""
    marks, states = sweep({}, 1001, heard, grace_until_ms=1_000_001)
    assert marks == "+"
    back = SeenDevice(WATER, 1_001_000, 0)
    assert sweep(states, 1002, back, grace_until_ms=9_000_000)[0] == "-", "recovery needs no grace"
    assert sweep(states, 1002, heard, grace_until_ms=9_000_000) == ("", states), "nor does grace forget"


def test_devices_of_a_lost_feed_are_not_blamed() -> None:
    heard = SeenDevice(WATER, 0, 0)
    assert sweep({}, 1000, heard, lost_feeds=("iot",))[0] == ""
    assert sweep({}, 1000, heard, lost_feeds=("other",))[0] == "+"


@pytest.mark.parametrize("state", [state for state in DeviceState if state is not DeviceState.ACTIVE])
def test_a_device_out_of_service_is_not_silent(state: DeviceState) -> None:
    off = SeenDevice(replace(WATER, state=state), 0, 0)
    assert sweep({}, 1000, off)[0] == ""
    _, states = sweep({}, 1000, SeenDevice(WATER, 0, 0))
    assert sweep(states, 1001, off)[0] == "-"
    (ended,) = judge_silence({"silent": SILENT}, states, [off], 1_001_000).signals
    assert ended.out_of_service
    (heard,) = judge_silence({"silent": SILENT}, states, [SeenDevice(WATER, 1_000_999, 0)], 1_001_000).signals
    assert heard.recovered
    assert not heard.out_of_service


def test_back_in_service_a_device_has_the_whole_window_to_be_heard() -> None:
    back = SeenDevice(WATER, 1_000_000, 0, in_state_ms=5_000_000)
    assert sweep({}, 5180, back)[0] == ""
    assert sweep({}, 5181, back)[0] == "+"


def test_silent_rules_mean_their_kind() -> None:
    rule = replace(SILENT, device_kind="air")
    assert sweep({}, 9999, SeenDevice(WATER, 0, 0), SeenDevice(AIR, 0, 0), rule=rule)[0] == "+"


@given(st.lists(st.tuples(st.integers(1, 500), st.booleans()), max_size=30))
def test_silence_is_derived_from_times_alone(steps: list[tuple[int, bool]]) -> None:
    """Whichever sweeps take place, the state after one is that of its moment."""
    states: dict[StateKey, RuleState] = {}
    now, heard = 1000, 1000
    for seconds, reports in steps:
        now += seconds
        heard = now if reports else heard
        _, states = sweep(states, now, SeenDevice(WATER, heard * 1000, 0))
        firing = ("silent", WATER.id) in states and states["silent", WATER.id].condition is Condition.FIRING
        assert firing is (now - heard > 180)


def test_a_silent_rule_that_fails_stops_no_other() -> None:
    broken = replace(SILENT, id="broken", factor=float("nan"))
    judged = judge_silence({"broken": broken, "silent": SILENT}, {}, [SeenDevice(WATER, 0, 0)], 1_000_000)
    assert [failure.rule_id for failure in judged.failures] == ["broken"]
    assert [signal.state.rule_id for signal in judged.signals] == ["silent"]


# --- clocks ------------------------------------------------------------------------------------------------------
LATE = Rule("late", RuleKind.CLOCK, "超时", "Late", Level.ORANGE, case_type="ticket", clock="close")
RUNNING = SeenClock("case-1", "ticket", "close", "02001", urgent=False, due_ms=1000, ended_ms=None, unit="water")


def check(
    clock: SeenClock, now_ms: int, rule: Rule = LATE, states: Mapping[StateKey, RuleState] | None = None
) -> tuple[str, dict[StateKey, RuleState]]:
    judged = judge_clocks({rule.id: rule}, states or {}, [clock], now_ms)
    assert judged.failures == []
    for signal in judged.signals:
        assert (signal.target_kind, signal.owner, signal.area_id) == (TargetKind.CASE, "water", "02001")
    return "".join(mark(signal) for signal in judged.signals), {**(states or {}), **judged.states}


def test_a_clock_past_its_deadline() -> None:
    assert check(RUNNING, 1000)[0] == ""
    marks, states = check(RUNNING, 1001)
    assert marks == "+"
    assert check(RUNNING, 2000, states=states)[0] == ""
    assert check(replace(RUNNING, ended_ms=1500), 2000, states=states)[0] == "-"
    assert check(replace(RUNNING, due_ms=3000), 2000, states=states)[0] == "-", "the deadline was moved"


def test_what_ended_before_it_was_seen_running_is_history() -> None:
    assert check(replace(RUNNING, ended_ms=1500), 2000)[0] == ""


def test_clock_rules_mean_their_clock_and_type() -> None:
    assert check(replace(RUNNING, clock="contact"), 2000)[0] == ""
    assert check(replace(RUNNING, case_type="permit"), 2000)[0] == ""


def test_rules_for_urgent_cases_only() -> None:
    urgent_only = replace(LATE, urgent_only=True)
    assert check(RUNNING, 2000, urgent_only)[0] == ""
    marks, states = check(replace(RUNNING, urgent=True), 2000, urgent_only)
    assert marks == "+"
    assert check(RUNNING, 2001, urgent_only, states)[0] == "-", "no longer urgent"
