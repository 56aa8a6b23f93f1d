"""The state of the program, told from the database alone."""

from typing import Any

from sqlalchemy import update

from brain.model.query.system import SystemNow, SystemState
from brain.model.scope import Role, Scope
from brain.model.system_trouble import troubles_of
from brain.store import migrate, schema
from brain.store.engine import Store
from brain.store.meta import note_started
from brain.store.read.answers import Answers
from brain.store.row_counts import count_rows
from tests.brain.store.read.filling import DAY, HOUR, MINUTE, StillClock, feed_row, fill, latest_row, ms, ticket_row
from tests.small_city import CITY, small_city

NOW = ms("2021-07-14 14:26:08")
REAL = NOW + 700 * DAY  # a replay: jobs and processes run on real time
FACTS = small_city()
IDLE = {"due_ms": NOW - HOUR, "created_ms": NOW - HOUR, "kind": "k", "body": "b"}


def state(store: Store) -> SystemNow:
    answers = Answers(store, FACTS, StillClock(NOW), StillClock(REAL))
    value = answers.answer(SystemState(), Scope("duty", Role.OPERATOR, CITY), CITY).value
    assert isinstance(value, SystemNow)
    return value


def kinds(store: Store) -> list[str]:
    return [trouble.kind for trouble in troubles_of(state(store), NOW)]


def letter(number: int, reason: str, at_ms: int) -> dict[str, Any]:
    return {"feed": "iot", "id": f"{number:036}", "at_ms": at_ms, "reason": reason, "detail": "", "place": ""}


def test_flow_and_refusals(store: Store) -> None:
    minute = ms("2021-07-14 14:26")
    rows = [("iot", -1, 100, 2), ("hotline", -5, 50, 0), ("iot", 0, 7, 1), ("iot", -6, 9, 30), ("iot", -90, 9, 500)]
    names = ("feed", "minute_ms", "accepted", "refused")
    fill(
        store,
        schema.feed_minute,
        [dict(zip(names, (feed, minute + at * MINUTE, *n), strict=True)) for feed, at, *n in rows],
    )
    days = [letter(1, "future", NOW - HOUR), letter(2, "malformed", NOW), letter(3, "malformed", NOW)]
    fill(store, schema.dead_letter, [*days, letter(4, "future", NOW - DAY)])
    now = state(store)
    assert (now.items_per_minute, now.readings_per_minute) == (30, 20)
    assert (now.accepted_hour, now.refused_hour) == (166, 33)
    assert now.letters == (("malformed", 2), ("future", 1))
    assert "refused" in kinds(store)


def test_the_store_itself(store: Store) -> None:
    assert state(store).started_ms is None
    store.write(lambda conn: note_started(conn, 5, "0.1.0")).result()
    now = state(store)
    assert (now.started_ms, now.version, now.schema_revision) == (5, "0.1.0", migrate.HEAD)
    assert now.database == store.dialect
    assert now.database_bytes > 100_000
    assert (now.counted_ms, now.tables) == (None, ())
    count_rows(store, REAL)
    assert [size.table for size in state(store).tables][:4] == ["reading", "reading_rollup", "area_rollup", "case"]


def test_rows_are_counted_up_to_a_limit_and_remembered(sqlite_store: Store) -> None:
    fill(sqlite_store, schema.case, [ticket_row(str(n), NOW) for n in range(3)])
    fill(sqlite_store, schema.latest, [latest_row("d", "m", NOW, 1.0)])
    for most, wanted in ((10, (3, "")), (2, (2, "≥"))):
        count_rows(sqlite_store, REAL, most)
        now = state(sqlite_store)
        assert now.counted_ms == REAL
        assert [(size.rows, size.sign) for size in now.tables if size.table == "case"] == [wanted]


def test_a_job_is_late_by_its_own_rhythm(store: Store) -> None:
    slots = {"fast": (10, 20, 200), "slow": (3600, 7200), "new": (9000,)}  # seconds ago
    rows = [{"job": job, "slot_ms": REAL - s * 1000, "claimed_by": "w"} for job, ago in slots.items() for s in ago]
    rows.append({"job": "stuck", "slot_ms": REAL - 300_000, "claimed_by": "w"})
    rows.append({"job": "stuck", "slot_ms": REAL - 310_000, "claimed_by": "w"})
    fill(store, schema.job_claim, rows)
    runs = {run.job: (run.slot_ms, run.late) for run in state(store).jobs}
    assert runs == {
        "fast": (REAL - 10_000, False),
        "new": (REAL - 9_000_000, False),
        "slow": (REAL - 3_600_000, False),
        "stuck": (REAL - 300_000, True),
    }
    assert kinds(store) == ["job_late"]


def test_sources_outbox_and_rollups(sqlite_store: Store) -> None:
    assert kinds(sqlite_store) == []  # sources that have not begun are no trouble yet
    fill(
        sqlite_store,
        schema.feed_state,
        [
            feed_row("iot", "readings", "lost", since_ms=NOW),
            feed_row("hotline", "tickets", last_item_ms=NOW - DAY),
            feed_row("letters", "tickets", last_item_ms=NOW),
        ],
    )
    assert kinds(sqlite_store) == ["source_lost", "source_old"]
    fill(sqlite_store, schema.outbox, [{"id": "a", **IDLE, "sent_ms": None}])
    assert state(sqlite_store).outbox == 1
    assert "outbox" not in kinds(sqlite_store)  # no channel is set up: nobody is late
    fill(sqlite_store, schema.outbox, [{"id": "b", **IDLE, "sent_ms": NOW - HOUR}])
    assert "outbox" in kinds(sqlite_store)
    bucket = {"area_id": CITY, "metric": "m", "span_s": 300}
    fill(sqlite_store, schema.dirty_bucket, [bucket | {"end_ms": NOW - n * MINUTE} for n in range(3)])
    now = state(sqlite_store)
    assert (now.buckets, now.oldest_bucket_ms) == (3, NOW - 2 * MINUTE)
    assert (now.well, now.starting, [source.status for source in now.trouble]) == (2, 1, ["lost"])


def test_a_source_that_never_brought_anything_is_silent_for_too_long(sqlite_store: Store) -> None:
    """It is well, as its broker lets us in; only nobody speaks there."""
    stale_ms = round(FACTS.feeds["iot"].stale_after_s * 1000)
    fill(sqlite_store, schema.feed_state, [feed_row("iot", "readings", since_ms=NOW - stale_ms)])
    assert kinds(sqlite_store) == []
    earlier = update(schema.feed_state).values(since_ms=NOW - stale_ms - 1)
    sqlite_store.write(lambda conn: conn.execute(earlier) and None).result()
    assert kinds(sqlite_store) == ["source_old"]


def test_files_that_cannot_be_read_need_somebody_though_the_source_is_well(sqlite_store: Store) -> None:
    told = feed_row("hotline", "tickets", last_item_ms=NOW, cause="note.unread n=1: a.csv: missing columns")
    fill(sqlite_store, schema.feed_state, [told, feed_row("iot", "readings", last_item_ms=NOW, cause="note.drops n=2")])
    assert kinds(sqlite_store) == ["source_unread_files"]
    assert state(sqlite_store).unread[0].feed == "hotline"


def test_content_that_cannot_be_read_is_no_bug_of_the_feed(sqlite_store: Store) -> None:
    unread = feed_row("figures", "indicators", "broken", since_ms=NOW, cause="cause.content a.csv:1: not a table")
    fill(sqlite_store, schema.feed_state, [unread])
    assert kinds(sqlite_store) == ["source_unread"]  # nothing that the developers could mend
