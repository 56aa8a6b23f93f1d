"""Ingest over real databases: stored before told, nothing lost, nothing doubled, nothing bad let in."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

import brain.runtime.ingest as ingest_module
import brain.runtime.transaction as transaction_module
from brain.feed import Cursor, Item, Rejected
from brain.model.case import Ticket
from brain.model.clock import ReplayClock
from brain.model.reading import Reading
from brain.model.reason import Reason
from brain.runtime.acceptance import Window
from brain.runtime.transaction import write_batch
from brain.store import schema
from brain.store.engine import Store, open_store
from brain.store.errors import StoreUnavailable
from brain.store.write.feeds import load_cursor
from brain.store.write.readings import store_devices
from tests.brain.runtime.desk import NOW_MS, SEAL, WEEK, Faulty, Kitchen, device, kitchen, reading, ticket
from tests.services.postgresql import PostgresServer
from tests.services.waiting import wait_until
from tests.small_city import small_city


def reasons(made: Kitchen) -> dict[str, int]:
    return {row.reason: row.n for row in made.rows(schema.refusal_count)}


def test_done_is_told_after_the_commit(store: Store) -> None:
    with kitchen(store) as made:
        seen: list[int] = []
        settled = threading.Event()

        def done(stored: bool) -> None:
            seen.append(made.count(schema.reading) if stored else -1)
            settled.set()

        made.ingest.sink("iot", WEEK)([device(), reading(2), reading(1), reading(0)], done)
        assert settled.wait(20)
    assert seen == [3]


def test_what_comes_twice_is_stored_once_and_counted_apart(store: Store) -> None:
    with kitchen(store) as made:
        items: list[Item] = [device(), reading(2), reading(1)]
        assert made.offer(items)
        assert made.offer([*items, reading(1), reading(0)])
        made.health.flush()
        wait_until(lambda: [row.accepted for row in made.rows(schema.feed_state) if row.feed == "iot"] == [3], "counts")
        row = next(row for row in made.rows(schema.feed_state) if row.feed == "iot")
    assert made.count(schema.reading) == 3
    assert (row.accepted, row.repeated, row.refused, row.last_item_ms) == (3, 3, 0, NOW_MS)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (reading(-301), Reason.FUTURE),
        (reading(7 * 86_400 + 1), Reason.TOO_OLD),
        (replace(reading(), metric="depth"), Reason.UNKNOWN_METRIC),
        (replace(device(2), area_id="999"), Reason.UNKNOWN_AREA),
        (ticket(area_id="999"), Reason.UNKNOWN_AREA),
        (ticket(created_ms=NOW_MS + 301_000), Reason.FUTURE),
        (ticket(created_ms=NOW_MS - 8 * 86_400_000), Reason.TOO_OLD),
        (ticket(closed_ms=NOW_MS + 301_000), Reason.FUTURE),
        (ticket(state="dispatched", dispatched_ms=NOW_MS + 301_000), Reason.FUTURE),
        (ticket(area_id=None, closed_ms=NOW_MS + 301_000), Reason.FUTURE),
        (ticket(area_id=None, state="lost"), Reason.BAD_FIELD),
        (ticket(state="lost"), Reason.BAD_FIELD),
        (ticket(number=""), Reason.BAD_FIELD),
        (Rejected(Reason.MALFORMED, "not JSON", "t", b"{"), Reason.MALFORMED),
    ],
)
def test_what_does_not_fit_is_refused_and_the_rest_stored(sqlite_store: Store, item: Item, reason: Reason) -> None:
    with kitchen(sqlite_store) as made:
        assert made.offer([device(), reading(1), item, reading(0)])
        letter = made.rows(schema.dead_letter)[0]
    assert made.count(schema.reading) == 2
    assert reasons(made) == {reason: 1}
    assert letter.reason == reason
    assert letter.detail
    assert letter.payload, "so that a person can see what it was"
    assert bool(letter.sealed) == isinstance(item, Ticket)


def test_a_refused_ticket_is_kept_whole_and_encrypted(sqlite_store: Store) -> None:
    with kitchen(sqlite_store) as made:
        assert made.offer([ticket(state="lost")], "hotline")
        letter = made.rows(schema.dead_letter)[0]
    kept = orjson.loads(SEAL.decrypt(letter.payload, letter.id))
    assert (kept["number"], kept["state"], kept["private"]["phone"]) == ("T-1", "lost", "13900000001")


def test_readings_of_an_area_that_the_city_dropped_are_the_citys(sqlite_store: Store) -> None:
    with kitchen(sqlite_store) as made:
        assert made.offer([device(), reading(1)])
        sqlite_store.write(lambda conn: conn.execute(update(schema.device).values(area_id="999"))).result()
    before = sqlite_store.versions()
    with kitchen(sqlite_store) as made:
        assert made.offer([reading(0)])
        assert (made.count(schema.reading), reasons(made)) == (2, {})
    after = sqlite_store.versions()
    assert {key for key in after if key[0] == "readings" and after[key] > before[key]} == {("readings", "020")}


def test_the_window_is_measured_on_the_citys_clock(sqlite_store: Store) -> None:
    replay = ReplayClock(from_ms=1_451_577_600_000, anchor_ms=0, read=lambda: 0)  # 2016, whatever the year is
    at = replay.now_ms()
    old = [Reading("water-1", "water_level_m", ms, 0.1, at) for ms in (at, at - 6 * 86_400_000, at - 8 * 86_400_000)]
    with kitchen(sqlite_store, clock=replay) as made:
        assert made.offer([device(), *old, reading()])
    assert made.count(schema.reading) == 2
    assert reasons(made) == {Reason.TOO_OLD: 1, Reason.FUTURE: 1}


def test_a_value_out_of_bounds_is_measured_but_bad(sqlite_store: Store) -> None:
    with kitchen(sqlite_store) as made:
        assert made.offer([device(), reading(3, 20.01), reading(2, -0.01), reading(1, 20.0), reading(0, 0.0)])
        assert [row.value for row in made.rows(schema.reading)] == [None, None, 20.0, 0.0]
    assert reasons(made) == {}


def test_a_device_is_known_within_its_batch_and_after_a_restart(sqlite_store: Store) -> None:
    with kitchen(sqlite_store) as made:
        assert made.ingest.known_device("water-1") is None
        assert made.offer([device(), reading(1)])
        assert made.ingest.known_device("water-1") == device()
    with kitchen(sqlite_store) as made:
        assert made.ingest.known_device("water-1") == device()
        assert made.offer([reading(0)])
    assert made.count(schema.reading) == 2


def test_what_people_imported_gets_the_feed_that_brings_it_and_its_mark(store: Store) -> None:
    mine = replace(device(), name="一号泵站", feed="", simulated=False, kept=True)
    tree = small_city().tree
    store.write(lambda conn: store_devices(conn, tree, [mine], NOW_MS, by_people=True)).result()
    with kitchen(store) as made:
        assert made.offer([reading(1, 9.0)], "before")  # no feed of this city
        assert made.rows(schema.device)[0].feed == ""
        moved = replace(mine, area_id="0200201")  # meanwhile, and ingest has not heard of it
        store.write(lambda conn: store_devices(conn, tree, [moved], NOW_MS, by_people=True)).result()
        before = store.versions()
        assert made.offer([reading(0, 9.0)])
        row = made.rows(schema.device)[0]
        assert (row.feed, row.simulated, row.kept, row.name, row.area_id) == ("iot", True, True, "一号泵站", "0200201")
        assert store.versions()["readings", "02002"] > before["readings", "02002"]
        known = made.ingest.known_device("water-1")
        assert known is not None
        assert (known.feed, known.simulated) == ("iot", True)
        assert made.offer([reading(-1)], "hotline")  # the first to bring it is its feed
        assert made.rows(schema.device)[0].feed == "iot"


def test_a_ticket_without_a_place_belongs_to_the_whole_city(sqlite_store: Store) -> None:
    with kitchen(sqlite_store) as made:
        assert made.offer([ticket(area_id=None)], "hotline")
        row = made.rows(schema.case)[0]
    assert (row.area_id, row.remarks) == ("020", "no_area")


@pytest.mark.parametrize(
    ("lon", "grid_lon", "remarks"), [(112.76, 112.76, ""), (112.74, None, "far_away"), (116.4, None, "far_away")]
)
def test_a_place_that_cannot_be_of_this_city_is_not_taken(
    sqlite_store: Store, lon: float, grid_lon: float | None, remarks: str
) -> None:
    with kitchen(sqlite_store) as made:
        assert made.offer([ticket(private=replace(ticket().private, lon=lon))], "hotline")
        (row,) = made.rows(schema.case)
    assert (row.area_id, row.grid_lon, row.remarks) == ("02001", grid_lon, remarks)


def test_nothing_personal_is_stored_in_clear(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store, kitchen(store) as made:
        letter = Rejected(Reason.BAD_FIELD, "row 3", "f.csv:3", "赵某测 13900000002".encode(), personal=True)
        assert made.offer([ticket(), ticket("T-2", state="lost"), letter], "hotline")
        sealed = made.rows(schema.dead_letter)[-1]
        assert "赵某测" in SEAL.decrypt(sealed.payload, sealed.id).decode()
    stored = b"".join(path.read_bytes() for path in Path(sqlite_url.removeprefix("sqlite:///")).parent.iterdir())
    for secret in ("王小测", "赵某测", "13900000001", "13900000002"):
        assert secret.encode() not in stored


def test_a_cursor_is_stored_with_the_items_before_it(store: Store) -> None:
    with kitchen(store) as made:
        assert made.offer([ticket(), Cursor("17")], "hotline")
        with store.read() as conn:
            assert load_cursor(conn, "hotline") == "17"


# --- poison ------------------------------------------------------------------------------------------------------
@pytest.fixture
def poisonous(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store refuses every batch with a reading of 6.66."""
    real = write_batch

    def refuses(conn: Any, batch: Any, *rest: Any) -> Any:
        values = [item.value for share in batch.shares.values() for item in share.readings]
        written = real(conn, batch, *rest)
        if 6.66 in values:
            raise ValueError("13900000003 is poison")
        return written

    monkeypatch.setattr(transaction_module, "write_batch", refuses)


@pytest.mark.usefixtures("poisonous")
@pytest.mark.parametrize("where", [[0], [49], [98], [3, 4, 77]])
def test_a_poisonous_item_is_found_and_stops_nobody(
    sqlite_store: Store, where: Sequence[int], caplog: pytest.LogCaptureFixture
) -> None:
    items = [reading(100 - n, 6.66 if n in where else 0.1) for n in range(99)]
    with kitchen(sqlite_store) as made:
        assert made.offer([device()])
        assert made.offer([*items, Cursor("all")])
        with sqlite_store.read() as conn:
            assert load_cursor(conn, "iot") == "all"
    assert made.count(schema.reading) == 99 - len(where)
    assert reasons(made) == {Reason.STORE: len(where)}
    assert "13900000003" not in caplog.text
    assert caplog.text.count("the store refuses a Reading: ValueError") == len(where)


def test_an_item_that_breaks_the_checks_is_poison_too(sqlite_store: Store) -> None:
    broken = replace(reading(), at_ms="soon")  # type: ignore[arg-type]
    with kitchen(sqlite_store) as made:
        assert made.offer([device(), reading(1), broken, "no item at all", reading(0)])  # type: ignore[list-item]
    assert made.count(schema.reading) == 2
    assert reasons(made) == {Reason.STORE: 2}


# --- a database that goes away -----------------------------------------------------------------------------------
def outage() -> Exception:
    return StoreUnavailable("the database does not answer: gone for lunch")


def test_a_lost_database_is_waited_for_and_everything_stored_once(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "LONGEST_WAIT_S", 0.01)
    with kitchen(store) as made:
        assert made.offer([device()])
        faulty = Faulty(store, outage, times=5)
        made.ingest._store = faulty  # type: ignore[assignment]
        assert made.offer([reading(n) for n in range(50)])
        assert faulty.left == 0
    assert made.count(schema.reading) == 50
    assert reasons(made) == {}
    assert caplog.text.count("the store is lost") == 1
    assert caplog.text.count("the store is back") == 1
    assert made.health.store_trouble == ""


def test_an_alert_is_raised_once_although_the_first_commit_failed(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "LONGEST_WAIT_S", 0.01)
    with kitchen(sqlite_store) as made:
        assert made.offer([device()])
        made.ingest._store = Faulty(sqlite_store, outage, times=2)  # type: ignore[assignment]
        assert made.offer([reading(3, 0.1), reading(2, 0.35), reading(1, 0.36)])
        assert made.offer([reading(3, 0.1), reading(2, 0.35), reading(1, 0.36), reading(2.5, 0.9)])
    alerts = made.rows(schema.alert)
    assert [(row.rule_id, row.target_id, row.times) for row in alerts] == [("water_yellow", "water-1", 2)]


def test_a_commit_whose_answer_is_lost_is_not_done_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_module, "LONGEST_WAIT_S", 0.01)
    with kitchen(store) as made:
        assert made.offer([device(), reading(4, 0.1), reading(3, 0.35), reading(2, 0.36)])
        made.ingest._store = Faulty(store, outage, times=2, committed=True)  # type: ignore[assignment]
        assert made.offer([reading(1, 0.37), Rejected(Reason.MALFORMED, "not JSON", "t", b"{")])
        assert made.offer([reading(0, 0.38)])
        made.health.flush()
        wait_until(
            lambda: (5, 1, 0) in [(r.accepted, r.refused, r.repeated) for r in made.rows(schema.feed_state)], "counts"
        )
    assert [(row.rule_id, row.times) for row in made.rows(schema.alert)] == [("water_yellow", 4)]
    assert reasons(made) == {Reason.MALFORMED: 1}
    assert made.count(schema.dead_letter) == 1


def test_stopping_while_the_database_is_away_tells_that_nothing_is_stored(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "LONGEST_WAIT_S", 0.01)
    answers: list[bool] = []
    with kitchen(sqlite_store) as made:
        made.ingest._store = Faulty(sqlite_store, outage, times=10**9)  # type: ignore[assignment]
        made.ingest.sink("iot", WEEK)([device(), reading(), Cursor("x")], answers.append)
        wait_until(lambda: made.health.store_trouble, "the loss to be noticed")
        made.ingest.stop()
        made.ingest.sink("iot", WEEK)([reading()], answers.append)
    assert answers == [False, False]
    assert made.count(schema.reading) == 0


def test_a_full_intake_holds_the_feed_back_until_there_is_room(sqlite_store: Store) -> None:
    with kitchen(sqlite_store, capacity=10, batch=5) as made:
        assert made.offer([device()])
        release = threading.Event()
        held = sqlite_store.write(lambda _conn: release.wait(20))
        answers: list[bool] = []
        sink = made.ingest.sink("iot", WEEK)
        through = threading.Event()

        def feed() -> None:
            for n in range(10):
                sink([reading(10 * n + k) for k in range(5)], answers.append)
            through.set()

        thread = threading.Thread(target=feed)
        thread.start()
        wait_until(lambda: made.ingest.waiting == 10, "the intake to fill")
        assert not through.is_set()
        assert answers == []
        release.set()
        held.result()
        thread.join(20)
        wait_until(lambda: len(answers) == 10, "everything stored")
    assert answers == [True] * 10
    assert made.count(schema.reading) == 50


@pytest.mark.postgres
def test_a_postgresql_that_crashes_and_comes_back_loses_nothing(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with open_store(postgres_url) as store, kitchen(store) as made:
        assert made.offer([device()])
        answers: list[bool] = []
        sink = made.ingest.sink("iot", WEEK)
        for n in range(100):
            sink([reading(n)], answers.append)
            if n == 30:
                postgres_server.crash()
        wait_until(lambda: made.health.store_trouble, "the loss to be noticed")
        postgres_server.start()
        wait_until(lambda: len(answers) == 100, "everything stored", deadline_s=60)
        assert answers == [True] * 100
        assert made.count(schema.reading) == 100
        assert reasons(made) == {}


def test_a_done_that_fails_does_not_stop_ingest(sqlite_store: Store, caplog: pytest.LogCaptureFixture) -> None:
    def breaks(_stored: bool) -> None:
        raise RuntimeError("a bug in a feed")

    with kitchen(sqlite_store) as made:
        made.ingest.sink("iot", WEEK)([device()], breaks)
        assert made.offer([reading()])
    assert "what it does after a commit failed" in caplog.text


def test_feeds_have_windows_of_their_own(sqlite_store: Store) -> None:
    day = Window(86_400_000, 0)
    with kitchen(sqlite_store) as made:
        assert made.offer([device(), reading(2 * 86_400)])
        assert made.offer([reading(3 * 86_400)], "hotline", window=day)
        with sqlite_store.read() as conn:
            refused = conn.execute(select(schema.dead_letter.c.feed)).scalars().all()
    assert refused == ["hotline"]
