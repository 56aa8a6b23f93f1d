"""What a ticket that arrives makes of its case: row, events and clocks. Pure, the store's rows in and out."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from brain.model.calendar import WorkCalendar
from brain.model.case import CLOSE_CLOCK, CaseType, PrivatePart, Ticket, case_id
from brain.model.case_clock import CaseClock, Passage, run_clocks
from brain.model.privacy import split
from brain.model.ticket_type import DISPATCHED, action_between

_FORM = "2"  # raised when tickets are masked or kept in another way, so that unchanged ones are written again
_LONGEST = {"channel": 48, "number": 64}
_REMARK = re.compile(r"[a-z][a-z0-9_]*")
_REMARKS_MAX = 256


class BadTicket(ValueError):
    """The ticket cannot be stored. The message names its id and row, never what is in it."""

    def __init__(self, ticket: Ticket, problem: str) -> None:
        place = f" ({ticket.source_row})" if ticket.source_row else ""
        super().__init__(f"ticket {case_id(ticket.channel, ticket.number)}{place}: {problem}")


@dataclass(frozen=True, slots=True)
class Event:
    at_ms: int
    action: str
    from_state: str
    to_state: str


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case as it is or will be stored. `row` has the columns of the table; `passages` every state it entered, at the
    times of its events."""

    row: dict[str, Any]
    passages: tuple[Passage, ...]
    events_stored: int = 0
    events: tuple[Event, ...] = ()  # to be appended to those stored
    clocks: tuple[CaseClock, ...] = ()
    private: PrivatePart | None = field(default=None, repr=False)  # None: as stored


@dataclass(frozen=True, slots=True)
class Desk:
    """What tickets are judged by on their way in. `now_ms`: city time of their arrival."""

    case_type: CaseType
    calendar: WorkCalendar
    feed: str
    now_ms: int


def check(ticket: Ticket, case_type: CaseType, areas: Any) -> None:
    """Raise BadTicket unless the ticket can be stored. `areas` is whatever knows the area ids (`in`)."""
    for name, longest in _LONGEST.items():
        value = getattr(ticket, name)
        if not value or len(value) > longest or not value.isprintable():
            raise BadTicket(ticket, f"its {name} must have 1 to {longest} printable characters")
    if ticket.state not in case_type.states:
        raise BadTicket(ticket, f"its state is none of {', '.join(case_type.states)}")
    if ticket.area_id is None or ticket.area_id not in areas:
        raise BadTicket(ticket, "its area is not one of this city")


def content(ticket: Ticket) -> bytes:
    """All that a ticket says; two deliveries with the same content are the same. Not where in a file it stood."""
    said = asdict(replace(ticket, source_row=""))
    return json.dumps([_FORM, said], ensure_ascii=True, sort_keys=True).encode()


def fold(before: KnownCase | None, ticket: Ticket, fingerprint: str, desk: Desk) -> KnownCase:
    """The case after `ticket` arrived."""
    masked, private = split(ticket)
    closed_ms, remarks = _closing(before, ticket, desk)
    events = _events(before, ticket, desk)
    passages = (*(before.passages if before else ()), *(Passage(event.to_state, event.at_ms) for event in events))
    settled = _settled(passages, ticket, closed_ms, desk.case_type)
    clocks = run_clocks(desk.case_type, ticket.urgent, settled, desk.calendar, ticket.due_ms)
    row = {
        "id": case_id(ticket.channel, ticket.number),
        "type": desk.case_type.id,
        "channel": ticket.channel,
        "number": ticket.number,
        "state": ticket.state,
        "area_id": ticket.area_id,
        "category": masked.category,
        "title": masked.title,
        "unit": masked.unit,
        "urgent": ticket.urgent,
        "created_ms": ticket.created_ms,
        "dispatched_ms": _dispatched_ms(before, ticket),
        "due_ms": next((clock.due_ms for clock in clocks if clock.clock == CLOSE_CLOCK), ticket.due_ms),
        "closed_ms": closed_ms,
        "grid_lon": masked.grid_lon,
        "grid_lat": masked.grid_lat,
        "feed": desk.feed,
        "simulated": ticket.simulated,
        "remarks": _joined(remarks),
        "received_ms": desk.now_ms,
        "fingerprint": fingerprint,
        "version": before.row["version"] + 1 if before else 1,
    }
    stored, waiting = (before.events_stored, before.events) if before else (0, ())
    return KnownCase(row, passages, stored, (*waiting, *events), clocks, private)


def _closing(before: KnownCase | None, ticket: Ticket, desk: Desk) -> tuple[int | None, tuple[str, ...]]:
    """(when its deadline was met, remarks). A source that only says that it was, is taken at the time it said so first.

    办结 ends the deadline as 关闭 does: to the counts both are closed, so that they agree with the clocks.
    """
    if ticket.closed_ms is not None:
        backwards = ticket.closed_ms < ticket.created_ms
        return ticket.closed_ms, (*ticket.remarks, *(("closed_before_created",) if backwards else ()))
    if not _is_end(desk.case_type, ticket.state):
        return None, ticket.remarks
    remarks = (*ticket.remarks, "closed_time_observed")
    if before is None or not _is_end(desk.case_type, before.row["state"]):
        return desk.now_ms, remarks
    known_ms = before.row["closed_ms"]
    return before.passages[-1].at_ms if known_ms is None else known_ms, remarks


def _dispatched_ms(before: KnownCase | None, ticket: Ticket) -> int | None:
    if ticket.dispatched_ms is None and before is not None:
        known: int | None = before.row["dispatched_ms"]
        return known
    return ticket.dispatched_ms


def _events(before: KnownCase | None, ticket: Ticket, desk: Desk) -> tuple[Event, ...]:
    case_type = desk.case_type
    state = before.row["state"] if before else ""
    entered = [] if before else [(case_type.initial, ticket.created_ms)]
    fresh = before is None or (state == case_type.initial and before.row["dispatched_ms"] is None)
    if fresh and ticket.dispatched_ms is not None and ticket.state != case_type.initial:
        entered.append((DISPATCHED, ticket.dispatched_ms))
    # Where a source says only what is, and not since when, the moment it was heard stands for it.
    known_ms = ticket.closed_ms if _is_end(case_type, ticket.state) else None
    entered.append((ticket.state, desk.now_ms if known_ms is None else known_ms))
    events = []
    for to_state, at_ms in entered:
        if to_state != state and to_state in case_type.states:
            action = (action_between(case_type, state, to_state) or "report") if state else "receive"
            events.append(Event(at_ms, action, state, to_state))
            state = to_state
    return tuple(events)


def _settled(
    passages: Sequence[Passage], ticket: Ticket, closed_ms: int | None, case_type: CaseType
) -> tuple[Passage, ...]:
    """The passages with the times the source gives now: it may have corrected them since they were noted."""
    entered = [Passage(passages[0].state, ticket.created_ms), *passages[1:]]
    if closed_ms is None:
        return tuple(entered)
    end = len(entered)
    while end and _is_end(case_type, entered[end - 1].state):
        end -= 1
    if end < len(entered):
        entered[end] = Passage(entered[end].state, closed_ms)  # of 办结 and then 关闭 the first counts
    else:
        entered.append(Passage(case_type.final[0], closed_ms))  # closed, though its state was not told
    return tuple(entered)


def _is_end(case_type: CaseType, state: str) -> bool:
    """Whether the case's own deadline is met by this state."""
    closing = (clock for clock in case_type.clocks if clock.id == CLOSE_CLOCK)
    return state in case_type.final or any(state in clock.ends_on for clock in closing)


def _joined(remarks: Sequence[str]) -> str:
    line = ""
    for remark in dict.fromkeys(remarks):
        if _REMARK.fullmatch(remark) and len(line) + 1 + len(remark) <= _REMARKS_MAX:
            line = f"{line} {remark}".strip()
    return line
