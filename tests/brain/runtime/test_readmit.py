"""After a step of the server's clock: what was refused for its time is let in, once, and judged."""

from dataclasses import replace

from sqlalchemy import select, update

from brain.model.clock import WallClock
from brain.runtime.acceptance import Window
from brain.runtime.readmit import Readmission, Readmitted, reading_of
from brain.store import schema
from brain.store.engine import Store
from tests.brain.runtime.desk import NOW_MS, SEAL, WEEK, Kitchen, device, kitchen, reading, ticket
from tests.small_city import small_city

HOUR_MS = 3_600_000
MENDED = WallClock(lambda: NOW_MS + HOUR_MS)


def again(made: Kitchen, try_only: bool = False) -> Readmitted:
    return Readmission(made.store, small_city(), MENDED, SEAL, 100).run({"iot": WEEK}, try_only=try_only)["iot"]


def test_what_was_refused_by_a_wrong_clock_is_let_in_once(store: Store) -> None:
    with kitchen(store) as made:  # its clock is an hour behind
        late = reading(-3500, 9.0)
        assert made.offer([device(), reading(0), late, late, reading(-7300), reading(8 * 86_400)])
        assert made.offer([replace(reading(-3000), device_id="stranger"), ticket(created_ms=NOW_MS + HOUR_MS)])
        assert made.count(schema.dead_letter) == 6
        assert again(made, try_only=True) == Readmitted(3, 0, 1 + 1, 0)
        assert made.count(schema.reading) == 1
        assert again(made) == Readmitted(2, 1, 2, 0)
        assert [row.at_ms for row in made.rows(schema.reading)] == [NOW_MS, NOW_MS + 3500 * 1000]
        assert made.count(schema.alert) > 0
        assert [row.id for row in made.rows(schema.waiting_device)] == ["stranger"]
        alerts = made.rows(schema.alert_event)
        assert again(made) == Readmitted(0, 0, 2, 0)
        assert made.rows(schema.alert_event) == alerts
        assert [row.sealed for row in made.rows(schema.dead_letter)].count(True) == 1  # the ticket stays


def test_letters_of_a_feed_that_has_another_name_now_are_let_in_too(sqlite_store: Store) -> None:
    with kitchen(sqlite_store) as made:
        assert made.offer([device(), reading(-3500), reading(-3400)])
        for feed, letters in (("iot-north", 1), ("before", 1)):
            some = select(schema.dead_letter.c.id).where(schema.dead_letter.c.feed == "iot").limit(letters)
            renamed = update(schema.dead_letter).where(schema.dead_letter.c.id.in_(some)).values(feed=feed)
            sqlite_store.write(lambda conn: conn.execute(renamed)).result()  # noqa: B023
        shards = {"iot-south": WEEK, "hotline": Window(1, 1)}
        counts = Readmission(sqlite_store, small_city(), MENDED, SEAL, 100).run(shards)
    nothing, one = Readmitted(), Readmitted(1)
    assert counts == {"iot-south": nothing, "hotline": nothing, "before": one, "iot-north": one}
    assert made.count(schema.reading) == 2


def test_letters_of_before_and_letters_of_other_things() -> None:
    once = reading_of(b"water-1 water_level_m 1700 0.25")
    assert once is not None
    assert (once.device_id, once.metric, once.at_ms, once.value) == ("water-1", "water_level_m", 1700, 0.25)
    bad = reading_of(b"water-1 water_level_m 1700 None")
    assert bad is not None
    assert bad.value is None
    for other in (b"", b"{", b"[1]", b'{"device_id": "x"}', b"a b c", b"a b c d", b"\xff \xff 1 1 1"):
        assert reading_of(other) is None
