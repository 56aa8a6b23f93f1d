"""Whether a case type can be run: every fault of its states, transitions and clocks at once."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from brain.model.case import CaseType, ClockKind, ClockRule

T = TypeVar("T", bound=Hashable)

_ID_LENGTHS = {"type": 32, "state": 24, "action": 32, "clock": 32}  # as the store's columns


class CaseTypeErrors(ValueError):
    """Everything wrong with a case type; `problems` are one line each."""

    def __init__(self, type_id: str, problems: list[str]) -> None:
        super().__init__(f"case type {type_id}: " + "; ".join(problems))
        self.problems = problems


def require_sound(case_type: CaseType) -> None:
    """Raise CaseTypeErrors, naming every fault at once, unless the type can be run."""
    problems = [*_shape(case_type), *_steps(case_type), *_clocks(case_type)]
    if not problems:  # only a type whose names are right can be walked
        problems = list(_paths(case_type))
    if problems:
        raise CaseTypeErrors(case_type.id, problems)


def _shape(case_type: CaseType) -> Iterator[str]:
    yield from _ids("type", (case_type.id,))
    yield from _ids("state", case_type.states)
    yield from (f"state {state} is there twice" for state in _repeated(case_type.states))
    if case_type.initial not in case_type.states:
        yield f"initial state {case_type.initial} is not a state"
    if not case_type.final:
        yield "there is no final state"
    yield from (f"final state {state} is not a state" for state in case_type.final if state not in case_type.states)


def _steps(case_type: CaseType) -> Iterator[str]:
    yield from _ids("action", (step.action for step in case_type.transitions))
    for step in case_type.transitions:
        if not step.source:
            yield f"{step.action} starts nowhere"
        for state in (*step.source, step.target):
            if state not in case_type.states:
                yield f"{step.action} names the unknown state {state}"
        for state in step.source:
            if state in case_type.final:
                yield f"{step.action} leaves the final state {state}"
    ways = [(step.action, state) for step in case_type.transitions for state in step.source]
    yield from (f"{action} from {state} is there twice" for action, state in _repeated(ways))


def _clocks(case_type: CaseType) -> Iterator[str]:
    for clocks in (case_type.clocks, case_type.urgent_clocks):
        yield from _ids("clock", (clock.id for clock in clocks))
        yield from (f"clock {clock} is there twice" for clock in _repeated([clock.id for clock in clocks]))
    for clock in dict.fromkeys((*case_type.clocks, *case_type.urgent_clocks)):
        yield from (f"clock {clock.id}: {problem}" for problem in _clock(case_type, clock))


def _clock(case_type: CaseType, clock: ClockRule) -> Iterator[str]:
    for state in (clock.starts_on, *clock.ends_on):
        if state not in case_type.states:
            yield f"names the unknown state {state}"
    if clock.starts_on in clock.ends_on:
        yield f"starts and ends on {clock.starts_on}"
    yield from (
        f"runs on for ever in the final state {state}" for state in case_type.final if state not in clock.ends_on
    )
    if (clock.seconds is None) == (clock.working_days is None):
        yield "needs either seconds or working_days"
    elif clock.kind is ClockKind.ELAPSED and clock.working_days is not None:
        yield "counts real time, so it needs seconds"
    if any(length is not None and length <= 0 for length in (clock.seconds, clock.working_days)):
        yield "must be longer than nothing"


def _paths(case_type: CaseType) -> Iterator[str]:
    forth = [(state, step.target) for step in case_type.transitions for state in step.source]
    reached = _reach({case_type.initial}, forth)
    yield from (f"state {state} cannot be reached" for state in case_type.states if state not in reached)
    ending = _reach(set(case_type.final), [(target, source) for source, target in forth])
    yield from (f"no final state can be reached from {state}" for state in case_type.states if state not in ending)


def _reach(start: set[str], ways: list[tuple[str, str]]) -> set[str]:
    reached, fresh = set(start), set(start)
    while fresh:
        fresh = {target for source, target in ways if source in fresh} - reached
        reached |= fresh
    return reached


def _ids(what: str, ids: Iterable[str]) -> Iterator[str]:
    for name in dict.fromkeys(ids):
        if not name or len(name) > _ID_LENGTHS[what]:
            yield f"{what} {name!r} must have 1 to {_ID_LENGTHS[what]} characters"


def _repeated(items: Iterable[T]) -> list[T]:
    return [item for item, times in Counter(items).items() if times > 1]
