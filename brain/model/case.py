"""Cases. A case type is data: states, transitions, clocks. The hotline ticket is the first one."""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum

# One namespace for all cities: the id of a case is a function of channel and number, so that a second delivery of the
# same ticket by any worker meets the same row.
CASE_NAMESPACE = uuid.UUID("6f2f8f0e-6f0c-5e0b-9a58-2f1d7d6f3c11")


def case_id(channel: str, number: str) -> str:
    """Stable id of the ticket `number` of `channel`."""
    return str(uuid.uuid5(CASE_NAMESPACE, f"{channel}\n{number}"))


# The clock of this id is the case's own deadline: the due time a source gives replaces its, and `due_ms` of the case is
# that of this clock.
CLOSE_CLOCK = "close"


class ClockKind(StrEnum):
    """How a clock counts: real time or the working time of the city's calendar."""

    ELAPSED = "elapsed"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A deadline that starts when a case first enters `starts_on` and ends when it then enters one of `ends_on`.

    `seconds` for either kind, or `working_days` for the working kind.
    """

    id: str
    name: str
    name_en: str
    kind: ClockKind
    starts_on: str
    ends_on: tuple[str, ...]
    seconds: int | None = None
    working_days: int | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """`action` leads from any of `source` to `target`."""

    action: str
    source: tuple[str, ...]
    target: str
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class CaseType:
    """`final` states end a case. `urgent_clocks`, where there are any, run instead of `clocks` in urgent cases."""

    id: str
    states: tuple[str, ...]
    initial: str
    final: tuple[str, ...]
    transitions: tuple[Transition, ...]
    clocks: tuple[ClockRule, ...] = ()
    urgent_clocks: tuple[ClockRule, ...] = ()


@dataclass(frozen=True, slots=True)
class PrivatePart:
    """Personal data of a ticket. Never stored in clear, never logged (repr hides it)."""

    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    id_number: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    lon: float | None = field(default=None, repr=False)
    lat: float | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as a feed hands it on, not yet split: ingest masks `private.text` and encrypts `private`.

    Times are epoch ms UTC (city time). `category` is a category id of the city or free text of the source.
    `state` is a state of the case type `ticket`. The exact place is in `private` (WGS-84); grid level is kept in clear.
    `source_row` says where it came from ("file.csv:17"), for reports.
    """

    channel: str
    number: str
    created_ms: int
    category: str
    title: str
    state: str
    area_id: str | None
    private: PrivatePart
    closed_ms: int | None = None
    dispatched_ms: int | None = None
    due_ms: int | None = None
    unit: str = ""
    urgent: bool = False
    simulated: bool = False
    source_row: str = ""
    remarks: tuple[str, ...] = ()  # oddities kept with the row, such as "closed_before_created", "no_coordinates"
