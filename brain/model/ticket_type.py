"""Case types as data: the hotline ticket, and the step from one state to the next."""

from brain.model.case import CLOSE_CLOCK, CaseType, ClockKind, ClockRule, Transition

RECEIVED = "received"  # 受理
DISPATCHED = "dispatched"  # 已派单
CONTACTED = "contacted"  # 已联系
HANDLING = "handling"  # 处置中
RETURNED = "returned"  # 退回
RESOLVED = "resolved"  # 办结
CLOSED = "closed"  # 已关闭
REJECTED = "rejected"  # 不予受理

_FINAL = (CLOSED, REJECTED)
_ENDED = (RESOLVED, *_FINAL)
_WITH_A_UNIT = (DISPATCHED, CONTACTED, HANDLING)


class BadStep(ValueError):
    """The step is not possible; the message says which ones are."""


def ticket_type(handling_days: int = 5, urgent_days: int = 3) -> CaseType:
    """The hotline ticket. `handling_days`: working days to resolve an ordinary one, each city sets its own.

    Urgent requests run on the clocks Zhongshan publishes (2021H1): contact within 1 h, on site within 2 h, done within
    3 working days. Sources that do not tell 已联系 from 处置中 end the contact clock with the latter.
    """
    return CaseType(
        id="ticket",
        states=(RECEIVED, DISPATCHED, CONTACTED, HANDLING, RETURNED, RESOLVED, CLOSED, REJECTED),
        initial=RECEIVED,
        final=_FINAL,
        transitions=(
            Transition("dispatch", (RECEIVED, RETURNED), DISPATCHED),
            Transition("reassign", _WITH_A_UNIT, DISPATCHED, needs_reason=True),
            Transition("contact", (DISPATCHED,), CONTACTED),
            Transition("handle", (DISPATCHED, CONTACTED), HANDLING),
            Transition("return", _WITH_A_UNIT, RETURNED, needs_reason=True),
            Transition("resolve", (RECEIVED, *_WITH_A_UNIT), RESOLVED),
            Transition("reopen", (RESOLVED,), DISPATCHED, needs_reason=True),
            Transition("close", (RESOLVED,), CLOSED),
            Transition("reject", (RECEIVED, RETURNED), REJECTED, needs_reason=True),
        ),
        clocks=(_close_clock(handling_days),),
        urgent_clocks=(
            _elapsed("contact", "联系群众", "Contact", 3600, (CONTACTED, HANDLING, *_ENDED)),
            _elapsed("arrive", "到达现场", "On site", 7200, (HANDLING, *_ENDED)),
            _close_clock(urgent_days),
        ),
    )


def _close_clock(days: int) -> ClockRule:
    return ClockRule(CLOSE_CLOCK, "办结", "Resolve", ClockKind.WORKING, RECEIVED, _ENDED, working_days=days)


def _elapsed(clock: str, name: str, name_en: str, seconds: int, ends_on: tuple[str, ...]) -> ClockRule:
    return ClockRule(clock, name, name_en, ClockKind.ELAPSED, RECEIVED, ends_on, seconds=seconds)


def advance(case_type: CaseType, state: str, action: str, reason: str = "") -> str:
    """The state that `action` leads to from `state`. Raises BadStep."""
    if state not in case_type.states:
        raise BadStep(f"{state} is not a state of {case_type.id}")
    if state in case_type.final:
        raise BadStep(f"the case is {state}: nothing can be done with it any more")
    possible = {step.action: step for step in case_type.transitions if state in step.source}
    step = possible.get(action)
    if step is None:
        raise BadStep(f"{action} is not possible in the state {state}; possible: {', '.join(possible) or 'nothing'}")
    if step.needs_reason and not reason.strip():
        raise BadStep(f"{action} needs a reason")
    return step.target


def action_between(case_type: CaseType, source: str, target: str) -> str | None:
    """The action that leads from one state to another, None where the type knows none."""
    steps = (step for step in case_type.transitions if source in step.source and step.target == target)
    return next((step.action for step in steps), None)
