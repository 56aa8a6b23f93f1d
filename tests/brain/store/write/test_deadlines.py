"""Publishing a year's holidays moves the provisional deadlines of open cases, and each move is noted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from brain.model.case import PrivatePart, Ticket, case_id
from brain.model.clock import utc_ms
from brain.store import schema
from brain.store.engine import Store
from brain.store.seal import Seal
from brain.store.write.cases import store_tickets
from brain.store.write.deadlines import settle_deadlines
from tests.small_city import small_city

FACTS = small_city()
KNOWING = replace(
    FACTS,
    calendar=FACTS.calendar.with_year_published(
        2027, free=frozenset(date(2027, 2, day) for day in range(5, 12)), work=frozenset({date(2027, 2, 13)})
    ),
)
SEAL = Seal(b"k" * 32)


def ms(text: str) -> int:
    return utc_ms(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")))


START = ms("2027-02-03T10:00")
MOVED, STAYS, URGENT, CLOSED, GIVEN = (
    case_id("12345", number) for number in ("moved", "stays", "urgent", "closed", "given")
)


def ticket(number: str, **changes: Any) -> Ticket:
    made = Ticket("12345", number, START, "noise", "半夜施工", "received", "0200101", PrivatePart())
    return replace(made, **changes)


def fill(store: Store) -> None:
    tickets = [
        ticket("moved"),
        ticket("stays", created_ms=ms("2027-03-01T10:00"), area_id="0200201"),
        ticket("urgent", urgent=True),
        ticket("closed", state="closed", closed_ms=START + 1),
        ticket("given", due_ms=ms("2027-02-20T10:00")),
    ]
    store.write(lambda conn: store_tickets(conn, FACTS, tickets, SEAL, "hotline", START)).result()


def answers(store: Store, ask: Callable[[Connection], Any]) -> Any:
    with store.read() as conn:
        return ask(conn)


def due(store: Store) -> dict[tuple[str, str], tuple[int, bool]]:
    clock = schema.case_clock
    rows = answers(store, lambda conn: conn.execute(select(clock)).all())
    return {(row.case_id, row.clock): (row.due_ms, row.provisional) for row in rows}


def test_open_provisional_deadlines_are_counted_again(store: Store) -> None:
    fill(store)
    before, versions = due(store), store.versions()
    assert before[MOVED, "close"] == (ms("2027-02-08T17:30"), True)
    settled = store.write(lambda conn: settle_deadlines(conn, KNOWING, START + 5)).result()
    assert [(deadline.case_id, deadline.moved) for deadline in settled] == sorted(
        [(MOVED, True), (STAYS, False), (URGENT, True)]
    )
    after = due(store)
    # 4 February, then 12 and the make-up Saturday 13.
    assert after[MOVED, "close"] == after[URGENT, "close"] == (ms("2027-02-13T17:30"), False)
    assert after[STAYS, "close"] == (before[STAYS, "close"][0], False)
    untouched = [(URGENT, "contact"), (CLOSED, "close"), (GIVEN, "close")]
    assert [after[key] for key in untouched] == [before[key] for key in untouched]
    assert store.versions()[("tickets", "02001")] == versions[("tickets", "02001")] + 1


def test_each_moved_deadline_is_noted_on_its_case(store: Store) -> None:
    fill(store)
    store.write(lambda conn: settle_deadlines(conn, KNOWING, START + 5)).result()
    event, case = schema.case_event, schema.case
    notes = answers(store, lambda conn: conn.execute(select(event).where(event.c.action == "deadline_moved")).all())
    assert sorted(note.case_id for note in notes) == sorted([MOVED, URGENT])
    note = next(note for note in notes if note.case_id == MOVED)
    assert (note.seq, note.at_ms, note.actor, note.from_state, note.to_state) == (
        2,
        START + 5,
        "calendar",
        "received",
        "received",
    )
    assert note.reason == "close: 2027-02-08T09:30Z -> 2027-02-13T09:30Z"
    row = answers(store, lambda conn: conn.execute(select(case).where(case.c.id == MOVED)).one())
    assert (row.due_ms, row.version) == (ms("2027-02-13T17:30"), 2)


def test_it_is_done_once(store: Store) -> None:
    fill(store)
    store.write(lambda conn: settle_deadlines(conn, KNOWING, START + 5)).result()
    versions = store.versions()
    assert store.write(lambda conn: settle_deadlines(conn, KNOWING, START + 6)).result() == []
    assert store.versions() == versions


def test_nothing_moves_while_the_year_is_not_published(store: Store) -> None:
    fill(store)
    before = due(store)
    assert store.write(lambda conn: settle_deadlines(conn, FACTS, START + 5)).result() == []
    assert due(store) == before


def test_a_noted_move_is_no_state_of_the_case(store: Store) -> None:
    fill(store)
    store.write(lambda conn: settle_deadlines(conn, KNOWING, START + 5)).result()
    closing = ticket("moved", state="closed", closed_ms=START + 9)
    store.write(lambda conn: store_tickets(conn, KNOWING, [closing], SEAL, "hotline", START + 9)).result()
    event, clock = schema.case_event, schema.case_clock
    seqs = answers(store, lambda conn: conn.scalars(select(event.c.seq).where(event.c.case_id == MOVED)).all())
    assert sorted(seqs) == [1, 2, 3]
    ended = answers(store, lambda conn: conn.scalar(select(clock.c.ended_ms).where(clock.c.case_id == MOVED)))
    assert ended == START + 9
