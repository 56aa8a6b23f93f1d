"""Warnings and rosters pass the gate, are stored with their feed's counts, and are refused like everything else."""

from dataclasses import replace

from brain.feed import Cursor
from brain.model.duty import DutyRoster, DutyShift
from brain.model.reason import Reason
from brain.store import schema
from brain.store.engine import Store
from tests.brain.runtime.desk import NOW_MS, kitchen
from tests.brain.store.write.test_warnings import warning
from tests.small_city import CITY


def test_warnings_and_rosters_go_through(sqlite_store: Store) -> None:
    fresh = warning("1", sent_ms=NOW_MS, effective_ms=NOW_MS, expires_ms=NOW_MS + 1000)
    shift = DutyShift("水务局", "值班长", CITY, NOW_MS, NOW_MS + 1000, "张**")
    with kitchen(sqlite_store) as made:
        assert made.offer([fresh, replace(fresh, identifier="2"), DutyRoster("a", (shift,)), Cursor("x")])
        assert made.offer([fresh, DutyRoster("a", (shift,))])
        made.health.flush()
        made.health.close()
        assert [row.identifier for row in made.rows(schema.weather_warning)] == ["1", "2"]
        assert [row.unit for row in made.rows(schema.duty_shift)] == ["water"]
        (iot,) = (row for row in made.rows(schema.feed_state) if row.feed == "iot")
        assert (iot.accepted, iot.repeated, iot.refused, iot.last_item_ms) == (3, 2, 0, NOW_MS)


def test_what_does_not_fit_is_refused(sqlite_store: Store) -> None:
    fresh = warning("1", sent_ms=NOW_MS, effective_ms=NOW_MS, expires_ms=NOW_MS + 1000)
    with kitchen(sqlite_store) as made:
        shift = DutyShift("water", "p", "nowhere", 0, 1)
        assert made.offer(
            [
                replace(fresh, sent_ms=NOW_MS + 3_600_000),
                replace(fresh, sent_ms=NOW_MS - 30 * 86_400_000),
                replace(fresh, area_ids=(CITY, "nowhere")),
                DutyRoster("a", (shift,)),
            ]
        )
        assert made.count(schema.weather_warning) == made.count(schema.duty_shift) == 0
        reasons = {row.reason: row.n for row in made.rows(schema.refusal_count)}
        assert reasons == {Reason.FUTURE: 1, Reason.TOO_OLD: 1, Reason.UNKNOWN_AREA: 2}
