"""Duty rosters (值班表): who minds which post, from when until when. A name is masked on the way in and phone numbers
are not kept at all: the cockpit says which post is minded, the address book says whom to call."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DutyShift:
    """`unit` as the roster writes it (id or name), `person` masked, "" where the roster names nobody. [start, end)."""

    unit: str
    post: str
    area_id: str
    start_ms: int
    end_ms: int
    person: str = ""


@dataclass(frozen=True, slots=True)
class DutyRoster:
    """All shifts of one table: what a table said before and says no more is over. Without shifts it is withdrawn."""

    table: str
    shifts: tuple[DutyShift, ...]
    simulated: bool = False


def masked(name: str) -> str:
    """张** for 张三: enough to know one another, too little to find somebody."""
    kept = name.strip()[:1]
    return f"{kept}**" if kept else ""
