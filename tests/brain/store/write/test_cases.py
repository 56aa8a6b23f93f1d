"""Tickets become cases: once, with their history and clocks, and with nothing personal in clear."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select, text

from brain.model.calendar import WorkCalendar
from brain.model.case import PrivatePart, Ticket, case_id
from brain.model.query.tickets import TicketTrend
from brain.model.ticket_type import ticket_type
from brain.store import schema
from brain.store.engine import Store, open_store
from brain.store.seal import Seal
from brain.store.write.case_fold import BadTicket
from brain.store.write.cases import TicketResult, store_tickets
from tests.brain.store.read.filling import ask
from tests.small_city import small_city

FACTS = small_city()
SEAL = Seal(b"k" * 32)
NOW = 1_624_860_000_000  # Monday 2021-06-28 14:00 in Shanghai
MINUTE = 60_000
DAY = 86_400_000
PRIVATE = PrivatePart(
    "李小红", "13800138000", "440106199001011234", "东渡路5号301室", "半夜施工，请回电", 113.05123, 22.05987
)


def ticket(number: str = "1", **changes: Any) -> Ticket:
    made = Ticket("12345", number, NOW - 30 * MINUTE, "noise", "半夜施工", "received", "0200101", PRIVATE)
    return replace(made, **changes)


def put(store: Store, *tickets: Ticket, now_ms: int = NOW, feed: str = "hotline", seal: Seal = SEAL) -> TicketResult:
    return store.write(lambda conn: store_tickets(conn, FACTS, tickets, seal, feed, now_ms)).result()


def tell(store: Store, *tickets: Ticket, now_ms: int = NOW) -> TicketResult:
    """The same with the hotline's own type, which knows 办结 beside 关闭."""
    facts = replace(FACTS, case_types={"ticket": ticket_type()})
    return store.write(lambda conn: store_tickets(conn, facts, tickets, SEAL, "hotline", now_ms)).result()


def rows(store: Store, table: Table) -> list[dict[str, Any]]:
    with store.read() as conn:
        found = conn.execute(select(table).order_by(*table.primary_key.columns))
        return [dict(row._mapping) for row in found]


def the_case(store: Store) -> dict[str, Any]:
    (row,) = rows(store, schema.case)
    return row


def steps(store: Store) -> list[tuple[str, str, str, int]]:
    """(action, from, to, minutes after now) of every event, numbered without gaps."""
    found = rows(store, schema.case_event)
    assert [row["seq"] for row in found] == list(range(1, len(found) + 1))
    return [(row["action"], row["from_state"], row["to_state"], (row["at_ms"] - NOW) // MINUTE) for row in found]


def clocks(store: Store) -> dict[str, dict[str, Any]]:
    return {row["clock"]: row for row in rows(store, schema.case_clock)}


# --- upsert ------------------------------------------------------------------------------------------------------
def test_a_new_ticket_makes_a_case(store: Store) -> None:
    assert put(store, ticket(urgent=True, simulated=True, unit="water")) == TicketResult(1, 0, 0)
    row = the_case(store)
    assert row["id"] == case_id("12345", "1")
    assert {name: row[name] for name in ("type", "channel", "number", "state", "area_id", "category", "unit")} == {
        "type": "ticket",
        "channel": "12345",
        "number": "1",
        "state": "received",
        "area_id": "0200101",
        "category": "noise",
        "unit": "water",
    }
    assert (row["urgent"], row["simulated"], row["version"], row["feed"]) == (True, True, 1, "hotline")
    assert (row["created_ms"], row["received_ms"], row["closed_ms"]) == (NOW - 30 * MINUTE, NOW, None)
    assert (row["grid_lon"], row["grid_lat"]) == (113.051, 22.06)
    assert steps(store) == [("receive", "", "received", -30)]
    assert rows(store, schema.case_event)[0]["actor"] == "hotline"


def test_an_unchanged_ticket_is_not_written_again(store: Store) -> None:
    put(store, ticket(), ticket("2"))
    before = store.versions()
    again = put(store, ticket(source_row="other.csv:9"), ticket("2"), now_ms=NOW + MINUTE, feed="letters")
    assert again == TicketResult(0, 0, 2)
    assert store.versions() == before
    assert {row["received_ms"] for row in rows(store, schema.case)} == {NOW}


def test_a_changed_ticket_is_written_and_counted_up(store: Store) -> None:
    put(store, ticket())
    assert put(store, ticket(category="road", state="dispatched"), now_ms=NOW + MINUTE) == TicketResult(0, 1, 0)
    row = the_case(store)
    assert (row["category"], row["version"], row["received_ms"]) == ("road", 2, NOW + MINUTE)
    assert steps(store) == [("receive", "", "received", -30), ("dispatch", "received", "dispatched", 1)]


def test_another_private_part_is_a_change(store: Store) -> None:
    put(store, ticket())
    assert put(store, ticket(private=replace(PRIVATE, phone="13900139000"))) == TicketResult(0, 1, 0)
    assert opened(store).phone == "13900139000"


def test_several_versions_in_one_batch_are_as_in_several(store: Store) -> None:
    versions = [ticket(), ticket(state="dispatched"), ticket(state="dispatched"), ticket(state="closed", closed_ms=NOW)]
    assert put(store, *versions) == TicketResult(1, 2, 1)
    assert the_case(store)["version"] == 3
    assert [step[0] for step in steps(store)] == ["receive", "dispatch", "close"]


def test_changes_are_told_to_the_screens_of_their_areas(store: Store) -> None:
    put(store, ticket())
    assert set(store.versions()) == {("tickets", "02001"), ("tickets", "020")}
    put(store, ticket(area_id="0200201"))
    assert store.versions()[("tickets", "02001")] == 2, "the town it left"
    assert store.versions()[("tickets", "02002")] == 1
    assert not any(name == "alerts" for name, _ in store.versions())


# --- history and clocks ------------------------------------------------------------------------------------------
def test_a_ticket_that_arrives_closed_brings_its_history(store: Store) -> None:
    put(store, ticket(state="closed", dispatched_ms=NOW - 20 * MINUTE, closed_ms=NOW - 5 * MINUTE, urgent=True))
    assert steps(store) == [
        ("receive", "", "received", -30),
        ("dispatch", "received", "dispatched", -20),
        ("close", "dispatched", "closed", -5),
    ]
    found = clocks(store)
    assert found["contact"]["ended_ms"] == NOW - 20 * MINUTE
    assert found["close"]["ended_ms"] == NOW - 5 * MINUTE
    assert found["close"]["area_id"] == "0200101"


def test_a_dispatch_is_noted_once_and_not_forgotten(store: Store) -> None:
    sent = NOW - 20 * MINUTE
    put(store, ticket(), ticket(state="handling", dispatched_ms=sent))
    assert [(step[0], step[3]) for step in steps(store)] == [("receive", -30), ("dispatch", -20), ("sign", 0)]
    put(store, ticket(state="received"))  # given back, and the source no longer says when it was sent
    assert the_case(store)["dispatched_ms"] == sent
    put(store, ticket(state="closed", dispatched_ms=sent, closed_ms=NOW + MINUTE))
    assert [step[0] for step in steps(store)][3:] == ["return", "close"]


def test_clocks_start_with_the_case_and_end_with_its_states(store: Store) -> None:
    put(store, ticket(urgent=True))
    found = clocks(store)
    assert {name: (clock["due_ms"] - NOW) // MINUTE for name, clock in found.items()} == {
        "contact": 30,
        "arrive": 90,
        "close": 3 * 24 * 60 + 3 * 60 + 30,
    }
    assert the_case(store)["due_ms"] == found["close"]["due_ms"]
    assert {clock["ended_ms"] for clock in found.values()} == {None}
    put(store, ticket(urgent=True, state="handling"), now_ms=NOW + 10 * MINUTE)
    assert {name: clock["ended_ms"] for name, clock in clocks(store).items()} == {
        "contact": None,  # this city's type ends it on dispatched or closed
        "arrive": NOW + 10 * MINUTE,
        "close": None,
    }


def test_a_ticket_that_becomes_urgent_changes_its_clocks(store: Store) -> None:
    put(store, ticket())
    assert set(clocks(store)) == {"close"}
    put(store, ticket(urgent=True))
    assert set(clocks(store)) == {"contact", "arrive", "close"}
    put(store, ticket(urgent=False, title="不再紧急"))
    assert set(clocks(store)) == {"close"}


def test_the_due_time_of_the_source_counts(store: Store) -> None:
    put(store, ticket(due_ms=NOW + MINUTE))
    assert the_case(store)["due_ms"] == NOW + MINUTE
    assert clocks(store)["close"]["due_ms"] == NOW + MINUTE


def test_a_case_opened_again_runs_on(store: Store) -> None:
    put(store, ticket(), ticket(state="closed", closed_ms=NOW))
    put(store, ticket(state="handling"), now_ms=NOW + MINUTE)
    assert clocks(store)["close"]["ended_ms"] is None
    assert the_case(store)["closed_ms"] is None
    assert steps(store)[-1] == ("report", "closed", "handling", 1), "no action of the type leads there: as reported"


def test_a_corrected_closing_time_moves_the_end_of_the_clock(store: Store) -> None:
    put(store, ticket(state="closed", closed_ms=NOW))
    put(store, ticket(state="closed", closed_ms=NOW - MINUTE))
    assert clocks(store)["close"]["ended_ms"] == the_case(store)["closed_ms"] == NOW - MINUTE


def test_closed_without_a_time_is_taken_when_it_was_heard_first(store: Store) -> None:
    put(store, ticket())
    put(store, ticket(state="closed"), now_ms=NOW + MINUTE)
    put(store, ticket(state="closed", category="road"), now_ms=NOW + 2 * MINUTE)
    row = the_case(store)
    assert (row["closed_ms"], row["remarks"]) == (NOW + MINUTE, "closed_time_observed")
    assert clocks(store)["close"]["ended_ms"] == NOW + MINUTE


@pytest.mark.parametrize("state", ["resolved", "closed", "rejected"])
def test_done_without_a_time_is_done_for_counts_and_clocks_alike(store: Store, state: str) -> None:
    tell(store, ticket(created_ms=NOW - 20 * DAY, state=state))
    tell(store, ticket("2", created_ms=NOW - 20 * DAY, state=state, closed_ms=NOW - 19 * DAY))
    assert sorted(row["closed_ms"] for row in rows(store, schema.case)) == [NOW - 19 * DAY, NOW]
    assert sorted(row["ended_ms"] for row in rows(store, schema.case_clock)) == [NOW - 19 * DAY, NOW]
    trend = ask(store, FACTS, NOW + MINUTE, TicketTrend(days=30)).value
    assert (trend.open_now, trend.overdue_now, trend.due_n, trend.on_time_n) == (0, 0, 2, 1)


def test_of_done_and_then_closed_the_first_counts(store: Store) -> None:
    tell(store, ticket())
    tell(store, ticket(state="resolved"), now_ms=NOW + MINUTE)
    tell(store, ticket(state="closed"), now_ms=NOW + 3 * MINUTE)
    assert the_case(store)["closed_ms"] == clocks(store)["close"]["ended_ms"] == NOW + MINUTE
    assert steps(store)[1:] == [("resolve", "received", "resolved", 1), ("close", "resolved", "closed", 3)]
    tell(store, ticket(state="closed", closed_ms=NOW + 2 * MINUTE), now_ms=NOW + 4 * MINUTE)
    assert the_case(store)["closed_ms"] == clocks(store)["close"]["ended_ms"] == NOW + 2 * MINUTE, "the source knows"
    assert the_case(store)["remarks"] == ""


def test_done_and_opened_again_runs_on(store: Store) -> None:
    tell(store, ticket(state="resolved"), now_ms=NOW)
    tell(store, ticket(state="dispatched"), now_ms=NOW + MINUTE)
    assert (the_case(store)["closed_ms"], clocks(store)["close"]["ended_ms"]) == (None, None)
    tell(store, ticket(state="resolved"), now_ms=NOW + 2 * MINUTE)
    assert the_case(store)["closed_ms"] == clocks(store)["close"]["ended_ms"] == NOW + 2 * MINUTE


def test_closed_before_created_is_kept_with_a_remark(store: Store) -> None:
    put(store, ticket(state="closed", closed_ms=NOW - 40 * MINUTE, remarks=("no_coordinates",)))
    row = the_case(store)
    assert row["closed_ms"] == NOW - 40 * MINUTE
    assert row["remarks"] == "no_coordinates closed_before_created"
    assert clocks(store)["close"]["ended_ms"] == row["created_ms"]


def test_closed_though_its_state_was_not_told_ends_the_clocks(store: Store) -> None:
    put(store, ticket(closed_ms=NOW))
    assert the_case(store)["state"] == "received"
    assert clocks(store)["close"]["ended_ms"] == NOW
    assert [step[2] for step in steps(store)] == ["received"], "no event is made up"


def test_an_unpublished_year_is_marked(store: Store) -> None:
    late = NOW + 6 * 365 * 86_400_000
    put(store, ticket(created_ms=late), now_ms=late)
    assert clocks(store)["close"]["provisional"] is True


# --- personal data -----------------------------------------------------------------------------------------------
SECRETS = ("李小红", "13800138000", "440106199001011234", "东渡路5号301室", "半夜施工，请回电", "113.05123", "22.05987")


def opened(store: Store) -> PrivatePart:
    (row,) = rows(store, schema.case_private)
    return SEAL.decrypt_private(row["case_id"], row["sealed"])


def everything(store: Store) -> str:
    with store.read() as conn:
        return repr([conn.execute(select(table)).all() for table in schema.metadata.sorted_tables])


def test_personal_data_is_only_there_sealed(store: Store) -> None:
    put(
        store, ticket(title="李小红在东渡路5号301室被打，电话13800138000", category="张先生的事", unit="联系人：王小明")
    )
    dump = everything(store)
    assert not any(secret in dump for secret in (*SECRETS, "张先生", "王小明"))
    assert the_case(store)["title"] == "***在***被打，电话***"
    kept = opened(store)
    assert replace(kept, text="") == replace(PRIVATE, text="")
    assert kept.text == "李小红在东渡路5号301室被打，电话13800138000\n半夜施工，请回电"


def test_the_fingerprint_tells_nothing_without_the_key(store: Store) -> None:
    put(store, ticket())
    put(store, ticket(), seal=Seal(b"x" * 32))
    assert the_case(store)["version"] == 2, "with another key the same content has another fingerprint"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"state": "李小红 13800138000"}, "its state is none of received, dispatched"),
        ({"area_id": "李小红"}, "its area is not one of this city"),
        ({"area_id": None}, "its area is not one of this city"),
        ({"number": ""}, "its number must have 1 to 64 printable characters"),
        ({"number": "李小红" * 30}, "its number must have"),
        ({"number": "1\x00"}, "its number must have"),
        ({"channel": "李小红" * 30}, "its channel must have"),
    ],
)
def test_a_ticket_that_cannot_be_stored_says_why_and_nothing_else(
    sqlite_store: Store, change: dict[str, Any], problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad = ticket(source_row="a.csv:7", **change)
    with pytest.raises(BadTicket) as caught:
        put(sqlite_store, ticket("2"), bad)
    assert problem in str(caught.value)
    assert "(a.csv:7)" in str(caught.value)
    told = f"{caught.value!r} {caplog.text}"
    assert not any(secret in told for secret in SECRETS)
    assert rows(sqlite_store, schema.case) == [], "nothing of the batch is written"


def test_an_error_of_the_database_shows_nothing_personal(store: Store) -> None:
    store.write(lambda conn: conn.execute(text("DROP TABLE case_private"))).result()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        put(store, ticket())
    told = f"{caught.value!s} {caught.value!r} {caught.value.__cause__!r}"
    assert not any(secret in told for secret in SECRETS)


@pytest.mark.parametrize(
    "title",
    ["坏\ud83d字", "a\x00b", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\u202e反", "長" * 3000, "👨‍👩‍👧"],
)
def test_hostile_text_is_stored_as_text(store: Store, title: str) -> None:
    put(store, ticket(title=title, category=title, unit=title, private=replace(PRIVATE, text=title)))
    row = the_case(store)
    assert row["title"].isprintable()
    assert len(row["title"]) <= 120
    assert len(row["category"]) <= 96
    assert len(row["unit"]) <= 64
    assert title in opened(store).text


def test_remarks_are_codes_only(store: Store) -> None:
    put(store, ticket(remarks=("no_coordinates", "李小红 13800138000", "x" * 300, "no_coordinates", "late_row")))
    assert the_case(store)["remarks"] == "no_coordinates late_row"


# --- properties and several workers ------------------------------------------------------------------------------
CHANGES = st.fixed_dictionaries(
    {
        "number": st.sampled_from(["1", "2", "3"]),
        "state": st.sampled_from(["received", "dispatched", "handling", "resolved", "closed"]),
        "closed_ms": st.sampled_from([None, None, NOW, NOW - 60 * MINUTE]),
        "dispatched_ms": st.sampled_from([None, NOW - 10 * MINUTE]),
        "urgent": st.booleans(),
        "area_id": st.sampled_from(["0200101", "0200201"]),
    }
)


def wipe(store: Store) -> None:
    for table in (schema.case, schema.case_private, schema.case_event, schema.case_clock):
        store.write(lambda conn, table=table: conn.execute(table.delete())).result()  # type: ignore[misc]


def dump(store: Store) -> Iterable[Any]:
    return [rows(store, table) for table in (schema.case, schema.case_event, schema.case_clock)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(CHANGES, min_size=1, max_size=8), st.integers(0, 8))
def test_batches_of_any_size_store_the_same(sqlite_store: Store, changes: list[dict[str, Any]], at: int) -> None:
    tickets = [ticket(**change) for change in changes]
    wipe(sqlite_store)
    tell(sqlite_store, *tickets)
    whole = dump(sqlite_store)
    wipe(sqlite_store)
    for batch in (tickets[:at], tickets[at:]):
        tell(sqlite_store, *batch)
    assert dump(sqlite_store) == whole


def test_workers_that_bring_the_same_tickets_store_them_once(postgres_url: str) -> None:
    tickets = [ticket(str(n)) for n in range(30)]
    closed = [replace(each, state="closed", closed_ms=NOW) for each in tickets]
    barrier = threading.Barrier(4)
    results: list[TicketResult] = []
    with open_store(postgres_url) as opened_store:

        def bring(batch: list[Ticket]) -> None:
            barrier.wait()
            results.append(put(opened_store, *batch))

        threads = [
            threading.Thread(target=bring, args=(batch,))
            for batch in (tickets, tickets[::-1], [*tickets, *closed], [*tickets[::-1], *closed])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        put(opened_store, *closed)
        assert sum(result.new for result in results) == 30
        stored = rows(opened_store, schema.case)
        assert [row["state"] for row in stored] == ["closed"] * 30
        assert [row["closed_ms"] for row in stored] == [NOW] * 30
        assert len(rows(opened_store, schema.case_private)) == 30


def test_no_tickets_are_no_work(sqlite_store: Store) -> None:
    assert put(sqlite_store) == TicketResult(0, 0, 0)


def test_the_calendar_of_the_city_counts(sqlite_store: Store) -> None:
    calendar = WorkCalendar(tz="Asia/Shanghai", rule=lambda day: True)
    facts = replace(FACTS, calendar=calendar)
    friday = ticket(created_ms=NOW + 4 * 86_400_000)
    sqlite_store.write(lambda conn: store_tickets(conn, facts, [friday], SEAL, "hotline", NOW)).result()
    assert clocks(sqlite_store)["close"]["due_ms"] == NOW + 7 * 86_400_000 + 210 * MINUTE
