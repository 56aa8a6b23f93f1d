"""The hotline ticket: what can be done in which state, and the published clocks."""

import pytest

from brain.model.case import CaseType
from brain.model.case_type_check import require_sound
from brain.model.ticket_type import BadStep, action_between, advance, ticket_type

TICKET = ticket_type()


def walk(case_type: CaseType, *actions: str) -> str:
    state = case_type.initial
    for action in actions:
        state = advance(case_type, state, action, "原因")
    return state


def test_the_type_is_sound() -> None:
    require_sound(TICKET)


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        (("dispatch", "contact", "handle", "resolve", "close"), "closed"),
        (("dispatch", "handle", "resolve", "close"), "closed"),
        (("resolve", "close"), "closed"),  # answered at the desk: nine of ten calls
        (("dispatch", "return", "dispatch"), "dispatched"),
        (("dispatch", "return", "reject"), "rejected"),
        (("dispatch", "handle", "reassign", "handle"), "handling"),
        (("resolve", "reopen"), "dispatched"),
        (("reject",), "rejected"),
    ],
)
def test_ways_through(actions: tuple[str, ...], state: str) -> None:
    assert walk(TICKET, *actions) == state


@pytest.mark.parametrize("action", ["return", "reassign"])
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_unit_that_gives_a_ticket_back_says_why(action: str, reason: str) -> None:
    with pytest.raises(BadStep, match=f"{action} needs a reason"):
        advance(TICKET, "handling", action, reason)
    assert advance(TICKET, "handling", action, "不属本单位职责") in ("returned", "dispatched")


def test_an_impossible_step_names_the_possible_ones() -> None:
    with pytest.raises(BadStep, match="close is not possible in the state received; possible: dispatch, res"):
        advance(TICKET, "received", "close")


@pytest.mark.parametrize("state", ["closed", "rejected"])
def test_nothing_is_done_with_an_ended_case(state: str) -> None:
    with pytest.raises(BadStep, match=f"the case is {state}"):
        advance(TICKET, state, "dispatch")


def test_an_unknown_state_is_named() -> None:
    with pytest.raises(BadStep, match="lost is not a state of ticket"):
        advance(TICKET, "lost", "dispatch")


def test_urgent_clocks_are_those_of_the_city() -> None:
    lengths = {clock.id: (clock.seconds, clock.working_days) for clock in TICKET.urgent_clocks}
    assert lengths == {"contact": (3600, None), "arrive": (7200, None), "close": (None, 3)}


def test_a_city_sets_its_own_days() -> None:
    own = ticket_type(handling_days=7, urgent_days=2)
    assert [clock.working_days for clock in (*own.clocks, own.urgent_clocks[-1])] == [7, 2]


def test_the_action_between_two_states() -> None:
    assert action_between(TICKET, "received", "dispatched") == "dispatch"
    assert action_between(TICKET, "received", "closed") is None
