"""Retention: by the city's days, in small portions, never what is still open."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, event, func, insert, select, update

from brain.model.clock import utc_ms
from brain.model.reading import Reading
from brain.store import audit, schema
from brain.store.engine import Store
from brain.store.forget import ROWS_AT_ONCE
from brain.store.retention import RETAINED, cutoff_ms, sweep
from brain.store.write.feeds import keep_rejected
from brain.store.write.readings import store_devices, store_readings
from brain.store.write.rollups import make_area_rollups
from tests.brain.store.write.test_feeds import SEAL, Refused
from tests.small_city import TOWNS, small_city, small_devices

FACTS = small_city()
NOW_MS = utc_ms(datetime(2024, 5, 10, 3, tzinfo=UTC))  # 11:00 in the city
MIDNIGHT_MS = utc_ms(datetime(2024, 5, 7, 16, tzinfo=UTC))  # the 8th begins in the city
HOUR_MS = 3_600_000
KEPT_MS = MIDNIGHT_MS - 16 * HOUR_MS  # of devices, by days of UTC: what was stamped later
EVERYTHING = dict.fromkeys(RETAINED, 2)


def _sweep(store: Store, **days: int) -> dict[str, int]:
    return sweep(store, FACTS, days, NOW_MS, NOW_MS)


def _insert(store: Store, table: Table, *rows: dict[str, Any]) -> None:
    store.write(lambda conn: conn.execute(insert(table), list(rows))).result()


def _ids(store: Store, column: Any) -> list[Any]:
    with store.read() as conn:
        return list(conn.scalars(select(column).order_by(column)))


def test_days_are_whole_days_of_the_city() -> None:
    assert cutoff_ms(NOW_MS, FACTS.tz, 2) == MIDNIGHT_MS
    assert cutoff_ms(MIDNIGHT_MS + 2 * 24 * HOUR_MS - 1, FACTS.tz, 1) == MIDNIGHT_MS


@pytest.fixture
def measured(store: Store) -> Store:
    """Two devices of different towns, a reading each hour around the border of what is kept."""
    devices = small_devices()[:1] + small_devices()[4:5]
    readings = [
        Reading(device.id, "air_pm25_ugm3", MIDNIGHT_MS + k * HOUR_MS, float(k), 0)
        for k in range(-40, 3)
        for device in devices
    ]

    def work(conn: Connection) -> None:
        store_devices(conn, FACTS.tree, devices, 0)
        store_readings(conn, FACTS.tree, readings, {d.id: d.area_id for d in devices}, tz=FACTS.tz)
        while make_area_rollups(conn, FACTS.tree):
            pass

    store.write(work).result()
    return store


def test_readings_up_to_a_midnight_go(measured: Store) -> None:
    by_rows = measured.dialect == "sqlite"  # days that PostgreSQL drops are not counted
    assert _sweep(measured, reading=2) == {"reading": 25 * 2 if by_rows else 0}
    kept = _ids(measured, schema.reading.c.at_ms)
    assert kept == sorted([KEPT_MS + k * HOUR_MS for k in range(1, 19)] * 2)
    assert _sweep(measured, reading=2) == {"reading": 0}
    assert len(_ids(measured, schema.latest.c.at_ms)) == 2
    _sweep(measured, reading=0)
    assert _ids(measured, schema.reading.c.at_ms) == []
    assert len(_ids(measured, schema.latest.c.at_ms)) == 2, "the newest value is known for ever"


def test_devices_of_a_kind_may_be_kept_for_other_days(measured: Store) -> None:
    """Longer or shorter; rollups of areas go by the days of all."""
    air, other = small_devices()[0].id, small_devices()[4].id
    as_water = update(schema.device).where(schema.device.c.id == other).values(kind="water")
    measured.write(lambda conn: conn.execute(as_water) and None).result()
    before = _spans(measured, schema.area_rollup)
    own = {"water": {"reading": 3, "rollup_5min": 1}, "noise": {"reading": 1}}
    done = sweep(measured, FACTS, {"reading": 2, "rollup_5min": 2}, NOW_MS, NOW_MS, own)
    dropped = 0 if measured.dialect == "sqlite" else 2  # the one day that nobody keeps
    assert done["reading"] == 25 + 1 - dropped
    oldest = _of_devices(measured, schema.reading, "at_ms")
    assert oldest == {air: KEPT_MS + HOUR_MS, other: KEPT_MS - 23 * HOUR_MS}
    assert _of_devices(measured, schema.reading_rollup, "end_ms") == {air: KEPT_MS + HOUR_MS}
    assert _spans(measured, schema.area_rollup) == before | {300: KEPT_MS + HOUR_MS}


def test_what_is_of_devices_is_looked_through_once_a_day(measured: Store) -> None:
    """Where a kind is kept long, days cannot be dropped, and looking for old rows takes PostgreSQL long."""
    own = {"water": {"reading": 9}}

    def delete_from(now_ms: int) -> list[str]:
        seen: list[str] = []

        def hear(*told: Any) -> None:
            seen.extend([told[2]] if told[2].startswith("DELETE FROM reading") else [])

        event.listen(Engine, "before_cursor_execute", hear)
        try:
            sweep(measured, FACTS, {"reading": 2, "rollup_hour": 2}, now_ms, now_ms, own)
        finally:
            event.remove(Engine, "before_cursor_execute", hear)
        return seen

    assert delete_from(NOW_MS)
    assert delete_from(NOW_MS + HOUR_MS) == []
    own["water"]["reading"] = 8
    assert {sql.split()[2] for sql in delete_from(NOW_MS)} == {"reading"}, "days were changed"
    assert {sql.split()[2] for sql in delete_from(NOW_MS + 24 * HOUR_MS)} == {"reading", "reading_rollup"}


def _of_devices(store: Store, table: Table, at: str) -> dict[str, int]:
    """The oldest of each device, of rollups those of five minutes."""
    only = table.c.span_s == 300 if "span_s" in table.c else table.c.device_id != ""
    query = select(table.c.device_id, func.min(table.c[at])).where(only).group_by(table.c.device_id)
    with store.read() as conn:
        return {row.device_id: row[1] for row in conn.execute(query)}


def test_days_of_a_kind_are_of_what_devices_bring(sqlite_store: Store) -> None:
    with pytest.raises(ValueError, match="audit"):
        sweep(sqlite_store, FACTS, {}, NOW_MS, NOW_MS, {"water": {"audit": 3}})


def _spans(store: Store, table: Table) -> dict[int, int]:
    with store.read() as conn:
        rows = conn.execute(select(table.c.span_s, func.min(table.c.end_ms).label("first_ms")).group_by(table.c.span_s))
        return {row.span_s: row.first_ms for row in rows}


@pytest.mark.parametrize("table", [schema.reading_rollup, schema.area_rollup])
def test_rollups_go_by_their_span_and_days_stay(measured: Store, table: Table) -> None:
    before = _spans(measured, table)
    assert set(before) == {300, 3600, 86400}
    _sweep(measured, rollup_5min=2)
    assert _spans(measured, table) == before | {300: KEPT_MS + HOUR_MS}
    _sweep(measured, rollup_hour=1)
    assert _spans(measured, table) == {300: KEPT_MS + HOUR_MS, 86400: before[86400]}


def _case(case_id: str, closed_ms: int | None) -> dict[str, Any]:
    texts = dict.fromkeys(("channel", "number", "category", "title", "feed", "fingerprint"), case_id)
    times = {"created_ms": 1, "closed_ms": closed_ms, "received_ms": 1}
    return {"id": case_id, "type": "ticket", "state": "x", "area_id": TOWNS[0], **texts, **times}


def _alert(alert_id: str, closed_ms: int | None, target: str = "t") -> dict[str, Any]:
    kinds = {"rule_id": "r", "rule_kind": "threshold", "target_kind": "device", "target_id": target}
    rest = {"area_id": TOWNS[0], "level": 1, "state": "x", "condition": "x", "opened_ms": 1, "last_ms": 1}
    return {"id": alert_id.ljust(36, "0"), **kinds, **rest, "closed_ms": closed_ms}


def test_closed_cases_go_with_all_that_is_theirs(store: Store) -> None:
    old, kept = MIDNIGHT_MS - 1, ["open", "running", "watched", "young"]
    cases = [_case("old", old), _case("open", None), _case("young", MIDNIGHT_MS + 1)]
    _insert(store, schema.case, *cases, _case("running", old), _case("watched", old))
    ids = ["old", *kept]
    _insert(store, schema.case_private, *({"case_id": i, "sealed": b"x"} for i in ids))
    event = {"seq": 1, "at_ms": 1, "actor": "a", "action": "a", "from_state": "a", "to_state": "a"}
    _insert(store, schema.case_event, *({"case_id": i, **event} for i in ids))
    clock = {"clock": "c", "area_id": TOWNS[0], "started_ms": 1, "due_ms": 1}
    ended = {i: None if i == "running" else 5 for i in ids}
    _insert(store, schema.case_clock, *({"case_id": i, "ended_ms": ended[i], **clock} for i in ids))
    _insert(store, schema.alert_open, {"rule_id": "r", "target_id": "watched", "alert_id": "a"})
    assert _sweep(store, closed_case=2) == {"closed_case": 1}
    assert _ids(store, schema.case.c.id) == kept
    for table in (schema.case_private, schema.case_event, schema.case_clock):
        assert _ids(store, table.c.case_id) == kept


def test_closed_alerts_go_with_their_events_and_sent_messages(store: Store) -> None:
    old = MIDNIGHT_MS - 1
    alerts = [_alert("old", old), _alert("open", None), _alert("young", MIDNIGHT_MS + 1), _alert("unsent", old)]
    _insert(store, schema.alert, *alerts, _alert("held", old, target="held"))
    _insert(store, schema.alert_open, {"rule_id": "r", "target_id": "held", "alert_id": "held".ljust(36, "0")})
    event = {"seq": 1, "at_ms": 1, "actor": "a", "action": "a", "from_state": "a", "to_state": "a", "level": 1}
    _insert(store, schema.alert_event, *({"alert_id": alert["id"], **event} for alert in alerts))
    message = {"kind": "k", "body": "b", "created_ms": 1, "due_ms": 1}
    sent = {"old": old, "unsent": None, "young": MIDNIGHT_MS + 1}
    _insert(
        store, schema.outbox, *({"id": f"{i.ljust(36, '0')}:1", "sent_ms": ms, **message} for i, ms in sent.items())
    )
    assert _sweep(store, closed_alert=2) == {"closed_alert": 1}
    assert [i.rstrip("0") for i in _ids(store, schema.alert.c.id)] == ["held", "open", "unsent", "young"]
    assert [i.rstrip("0") for i in _ids(store, schema.alert_event.c.alert_id)] == ["open", "unsent", "young"]
    assert [i.rstrip(":10") for i in _ids(store, schema.outbox.c.id)] == ["unsent", "young"]


def test_more_than_one_portion_is_taken(store: Store) -> None:
    _insert(store, schema.case, *(_case(f"{n:05}", MIDNIGHT_MS) for n in range(ROWS_AT_ONCE + 7)))
    assert _sweep(store, closed_case=2) == {"closed_case": ROWS_AT_ONCE + 7}


def test_dead_letters_go_and_their_counts_stay(store: Store) -> None:
    for at_ms in (MIDNIGHT_MS, MIDNIGHT_MS + 1):
        store.write(lambda conn, at=at_ms: keep_rejected(conn, "iot", [Refused()], SEAL, at, 10)).result()  # type: ignore[misc]
    assert _sweep(store, dead_letter=2) == {"dead_letter": 1}
    assert _ids(store, schema.dead_letter.c.at_ms) == [MIDNIGHT_MS + 1]
    assert _ids(store, schema.refusal_count.c.n) == [2]


def test_the_audit_trail_goes_by_real_time_and_stays_whole(store: Store) -> None:
    def record(conn: Connection) -> None:
        for at_ms in (MIDNIGHT_MS - 5, MIDNIGHT_MS, MIDNIGHT_MS + 1, MIDNIGHT_MS - 1, MIDNIGHT_MS + 2):
            audit.record(conn, audit.Deed("a", "operator", "x", "t", audit.Result.DONE, at_ms, 1))

    store.write(record).result()
    assert sweep(store, FACTS, {"audit": 2}, now_ms=1, real_ms=NOW_MS) == {"audit": 2}
    assert _ids(store, schema.audit.c.seq) == [3, 4, 5], "a row after a younger one stays, or the chain had a hole"
    with store.read() as conn:
        assert audit.verify(conn) is None
    store.write(record).result()
    with store.read() as conn:
        assert audit.verify(conn) is None
    store.write(lambda conn: conn.execute(schema.audit.delete().where(schema.audit.c.seq == 3))).result()
    with store.read() as conn:
        assert audit.verify(conn) == 3, "what retention did not take is missed"


def test_events_go_by_the_day_they_happened(store: Store) -> None:
    told = {"kind": "smoke", "id": "", "area_id": TOWNS[0], "picture": "", "text": "", "received_ms": 0}
    _insert(
        store,
        schema.device_event,
        *({"device_id": "cam-1", "at_ms": MIDNIGHT_MS + k, "simulated": False, **told} for k in (-1, 0, 1)),
    )
    assert _sweep(store, device_event=2) == {"device_event": 2}
    assert _ids(store, schema.device_event.c.at_ms) == [MIDNIGHT_MS + 1]


def test_old_claims_of_slots_go(store: Store) -> None:
    days = count(0, 24 * HOUR_MS)
    _insert(
        store, schema.job_claim, *({"job": "j", "slot_ms": NOW_MS - next(days), "claimed_by": "w"} for _ in range(40))
    )
    _sweep(store)
    # 11:00 of today and of the 29 days before, and of the day that the 30 whole days begin with
    assert len(_ids(store, schema.job_claim.c.slot_ms)) == 31


def test_a_name_nobody_knows_is_refused_before_anything_goes(measured: Store) -> None:
    before = _ids(measured, schema.reading.c.at_ms)
    with pytest.raises(ValueError, match="knows nothing of sessions, tickets; known are reading,"):
        _sweep(measured, reading=0, tickets=3, sessions=3)
    assert _ids(measured, schema.reading.c.at_ms) == before


def test_an_empty_store_has_nothing_to_forget(store: Store) -> None:
    assert sweep(store, FACTS, EVERYTHING, NOW_MS, NOW_MS) == dict.fromkeys(RETAINED, 0)
