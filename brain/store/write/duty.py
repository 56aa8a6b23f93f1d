"""Storing duty rosters: a table is stored whole, so that a shift that was exchanged or struck out is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from brain.model.duty import DutyRoster, DutyShift
from brain.model.facts import Facts
from brain.store import schema
from brain.store.dialect import insert_into
from brain.store.storable import storable
from brain.store.version import bump

INPUT = "duty"

_TABLE, _UNIT, _POST, _PERSON = 128, 64, 64, 16


@dataclass(frozen=True, slots=True)
class RosterResult:
    """Shifts of tables that changed, and of tables that are as before."""

    new: int
    repeated: int


def store_rosters(conn: Connection, facts: Facts, feed: str, rosters: Sequence[DutyRoster]) -> RosterResult:
    """Put the tables in place of what they said before."""
    units = _units_by_name(facts)
    new = repeated = 0
    for roster in rosters:
        if _replace(conn, facts, feed, roster, units):
            new += len(roster.shifts)
        else:
            repeated += len(roster.shifts)
    return RosterResult(new, repeated)


def _replace(conn: Connection, facts: Facts, feed: str, roster: DutyRoster, units: Mapping[str, str]) -> bool:
    table = schema.duty_shift
    name = storable(roster.table, _TABLE)
    own = (table.c.feed == feed, table.c.table_name == name)
    rows = [
        {"feed": feed, "table_name": name, "number": number, **_row_of(shift, units), "simulated": roster.simulated}
        for number, shift in enumerate(roster.shifts)
    ]
    before = [row._asdict() for row in conn.execute(select(table).where(*own).order_by(table.c.number))]
    if rows == before:
        return False
    conn.execute(delete(table).where(*own))
    if rows:
        conn.execute(insert_into(conn, table), rows)
    areas = {row["area_id"] for row in (*rows, *before)}
    bump(conn, facts.tree, ((INPUT, area_id) for area_id in areas))
    return True


def _row_of(shift: DutyShift, units: Mapping[str, str]) -> dict[str, Any]:
    return {
        "unit": storable(units.get(shift.unit.casefold(), shift.unit), _UNIT),
        "post": storable(shift.post, _POST),
        "area_id": shift.area_id,
        "start_ms": shift.start_ms,
        "end_ms": shift.end_ms,
        "person": storable(shift.person, _PERSON),
    }


def _units_by_name(facts: Facts) -> dict[str, str]:
    """Ids and names of the city's units -> unit id; a unit nobody listed keeps the name the roster gives."""
    names = {name.casefold(): unit for unit, each in facts.units.items() for name in (each.zh, each.en)}
    return names | {unit.casefold(): unit for unit in facts.units}
