"""Storing tickets as cases. What is personal goes sealed to a table of its own; errors and logs hold none of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from brain.model.case import Ticket, case_id
from brain.model.case_clock import Passage
from brain.model.facts import Facts
from brain.store import schema
from brain.store.dialect import insert_into, insert_rows, insert_rows_returning
from brain.store.portion import portions
from brain.store.seal import Seal
from brain.store.version import bump
from brain.store.write.case_fold import Desk, KnownCase, check, content, fold

INPUT = "tickets"
TYPE = "ticket"

_COLUMNS = tuple(column.name for column in schema.case.columns)
_PRIVATE = ("case_id", "sealed")
_EVENT = ("case_id", "seq", "at_ms", "actor", "action", "from_state", "to_state", "reason")
_CLOCK = ("case_id", "clock", "area_id", "started_ms", "due_ms", "ended_ms", "provisional")


@dataclass(frozen=True, slots=True)
class TicketResult:
    """Of the tickets offered: `new` made a case, `changed` said something else than before, `unchanged` nothing new."""

    new: int
    changed: int
    unchanged: int


def store_tickets(
    conn: Connection, facts: Facts, tickets: Sequence[Ticket], seal: Seal, feed: str, now_ms: int
) -> TicketResult:
    """Store tickets of `feed` in the order given, a later one of the same case after an earlier. `now_ms` is city time.

    Raises BadTicket (see case_fold) before anything is written.
    """
    desk = Desk(facts.case_types[TYPE], facts.calendar, feed, now_ms)
    by_case: dict[str, list[Ticket]] = {}
    for ticket in tickets:
        check(ticket, desk.case_type, facts.tree)
        by_case.setdefault(case_id(ticket.channel, ticket.number), []).append(ticket)
    stored = TicketResult(0, 0, 0)
    while by_case:
        known = _load(conn, by_case)
        folded = {key: _fold_all(known.get(key), by_case[key], seal, desk) for key in sorted(by_case)}
        taken = _write(conn, facts, known, {key: case for key, (case, _) in folded.items() if case is not None}, seal)
        results = [result for key, (_, result) in folded.items() if key not in taken]
        stored = _sum([stored, *results])
        # What another worker stored in the meantime is looked at again, as known now.
        by_case = {key: by_case[key] for key in taken}
    return stored


def _sum(results: Iterable[TicketResult]) -> TicketResult:
    new, changed, unchanged = zip(*((each.new, each.changed, each.unchanged) for each in results), strict=True)
    return TicketResult(sum(new), sum(changed), sum(unchanged))


def _load(conn: Connection, case_ids: Iterable[str]) -> dict[str, KnownCase]:
    """The cases that are there, locked against other workers."""
    case, event = schema.case, schema.case_event
    rows: dict[str, dict[str, Any]] = {}
    events_of: dict[str, list[Any]] = {}
    for ids in portions(case_ids):
        found = conn.execute(select(case).where(case.c.id.in_(ids)).order_by(case.c.id).with_for_update())
        rows.update((row.id, dict(row._mapping)) for row in found)
        events = conn.execute(
            select(event.c.case_id, event.c.from_state, event.c.to_state, event.c.at_ms)
            .where(event.c.case_id.in_(ids))
            .order_by(event.c.case_id, event.c.seq)
        )
        for each in events:
            events_of.setdefault(each.case_id, []).append(each)
    return {key: _known(row, events_of.get(key, [])) for key, row in rows.items()}


def _known(row: dict[str, Any], events: Sequence[Any]) -> KnownCase:
    entered = (Passage(each.to_state, each.at_ms) for each in events if each.to_state != each.from_state)
    return KnownCase(row, tuple(entered), events_stored=len(events))


def _fold_all(
    before: KnownCase | None, tickets: Sequence[Ticket], seal: Seal, desk: Desk
) -> tuple[KnownCase | None, TicketResult]:
    """(the case to write, None when nothing changed; what became of the tickets)."""
    case, new, changed = before, 0, 0
    for ticket in tickets:
        fingerprint = seal.fingerprint(content(ticket))
        if case is not None and case.row["fingerprint"] == fingerprint:
            continue
        new, changed = (new + 1, changed) if case is None else (new, changed + 1)
        case = fold(case, ticket, fingerprint, desk)
    return (None if case is before else case), TicketResult(new, changed, len(tickets) - new - changed)


def _write(
    conn: Connection, facts: Facts, known: Mapping[str, KnownCase], cases: dict[str, KnownCase], seal: Seal
) -> set[str]:
    """Write the cases, in sorted order; the ids of those that another worker made first and that are left alone."""
    new = [key for key in cases if key not in known]
    ids: tuple[Any, ...] = (schema.case.c.id,)
    insert = insert_into(conn, schema.case).on_conflict_do_nothing(index_elements=ids).returning(*ids)
    made = insert_rows_returning(conn, insert, _COLUMNS, [tuple(cases[key].row[c] for c in _COLUMNS) for key in new])
    taken = set(new) - {row.id for row in made}
    kept = {key: case for key, case in cases.items() if key not in taken}
    _update(conn, [case.row for key, case in kept.items() if key in known])
    _write_parts(conn, known, kept, seal)
    areas = {case.row["area_id"] for case in kept.values()}
    left = {known[key].row["area_id"] for key in kept if key in known}
    bump(conn, facts.tree, ((INPUT, area_id) for area_id in areas | left))
    return taken


def _update(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _COLUMNS if name != "id"}
        written = update(schema.case).where(schema.case.c.id == bindparam("new_id")).values(values)
        conn.execute(written, [{f"new_{name}": row[name] for name in _COLUMNS} for row in rows])


def _write_parts(conn: Connection, known: Mapping[str, KnownCase], cases: Mapping[str, KnownCase], seal: Seal) -> None:
    private = insert_into(conn, schema.case_private)
    private = private.on_conflict_do_update(index_elements=["case_id"], set_={"sealed": private.excluded.sealed})
    sealed = [(key, seal.encrypt_private(key, case.private)) for key, case in cases.items() if case.private is not None]
    insert_rows(conn, private, _PRIVATE, sealed)
    events = [
        (key, seq, event.at_ms, case.row["feed"], event.action, event.from_state, event.to_state, "")
        for key, case in cases.items()
        for seq, event in enumerate(case.events, case.events_stored + 1)
    ]
    insert_rows(conn, insert_into(conn, schema.case_event), _EVENT, events)
    for ids in portions(key for key in cases if key in known):
        conn.execute(delete(schema.case_clock).where(schema.case_clock.c.case_id.in_(ids)))
    clocks = [
        (key, each.clock, case.row["area_id"], each.started_ms, each.due_ms, each.ended_ms, each.provisional)
        for key, case in cases.items()
        for each in case.clocks
    ]
    insert_rows(conn, insert_into(conn, schema.case_clock), _CLOCK, clocks)
