"""A case type that cannot be run is refused with every fault at once."""

from dataclasses import replace

import pytest

from brain.model.case import CaseType, ClockKind, ClockRule, Transition
from brain.model.case_type_check import CaseTypeErrors, require_sound
from tests.small_city import small_city

CLOCK = ClockRule("close", "办结", "Close", ClockKind.ELAPSED, "new", ("done",), seconds=60)
ANSWER = Transition("answer", ("new",), "done")
SOUND = CaseType("letter", ("new", "done"), "new", ("done",), (ANSWER,), (CLOCK,))


def problems(case_type: CaseType) -> list[str]:
    with pytest.raises(CaseTypeErrors) as caught:
        require_sound(case_type)
    return caught.value.problems


def test_sound_types_pass() -> None:
    require_sound(SOUND)
    require_sound(small_city().case_types["ticket"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"initial": "lost"}, "initial state lost is not a state"),
        ({"final": ("done", "gone")}, "final state gone is not a state"),
        ({"final": ()}, "there is no final state"),
        ({"states": ("new", "done", "new")}, "state new is there twice"),
        ({"states": ("new", "done", "apart")}, "state apart cannot be reached"),
        ({"states": ("new", "done", "apart")}, "no final state can be reached from apart"),
        ({"id": "l" * 33}, f"type {'l' * 33!r} must have 1 to 32 characters"),
    ],
)
def test_faults_of_states(change: dict[str, object], problem: str) -> None:
    assert problem in problems(replace(SOUND, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ((Transition("answer", ("old",), "done"),), "answer names the unknown state old"),
        ((Transition("answer", ("new",), "sent"),), "answer names the unknown state sent"),
        ((Transition("answer", (), "done"),), "answer starts nowhere"),
        (
            (Transition("answer", ("new",), "done"), Transition("undo", ("done",), "new")),
            "undo leaves the final state done",
        ),
        (
            (Transition("answer", ("new",), "done"), Transition("answer", ("new",), "new")),
            "answer from new is there twice",
        ),
        ((Transition("stay", ("new",), "new"),), "no final state can be reached from new"),
        ((Transition("", ("new",), "done"),), "action '' must have 1 to 32 characters"),
    ],
)
def test_faults_of_transitions(steps: tuple[Transition, ...], problem: str) -> None:
    assert problem in problems(replace(SOUND, transitions=steps))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"starts_on": "old"}, "clock close: names the unknown state old"),
        ({"ends_on": ("sent",)}, "clock close: names the unknown state sent"),
        ({"ends_on": ()}, "clock close: runs on for ever in the final state done"),
        ({"starts_on": "done"}, "clock close: starts and ends on done"),
        ({"seconds": None}, "clock close: needs either seconds or working_days"),
        ({"working_days": 3}, "clock close: needs either seconds or working_days"),
        ({"seconds": None, "working_days": 3}, "clock close: counts real time, so it needs seconds"),
        ({"seconds": 0}, "clock close: must be longer than nothing"),
    ],
)
@pytest.mark.parametrize("where", ["clocks", "urgent_clocks"])
def test_faults_of_clocks(change: dict[str, object], problem: str, where: str) -> None:
    clocks = (replace(CLOCK, **change),)  # type: ignore[arg-type]
    assert problem in problems(replace(SOUND, **{where: clocks}))  # type: ignore[arg-type]


def test_a_clock_may_run_once_only() -> None:
    assert "clock close is there twice" in problems(replace(SOUND, clocks=(CLOCK, replace(CLOCK, seconds=5))))


def test_all_faults_are_told_at_once() -> None:
    found = problems(replace(SOUND, initial="lost", clocks=(replace(CLOCK, seconds=0),)))
    assert len(found) == 2
