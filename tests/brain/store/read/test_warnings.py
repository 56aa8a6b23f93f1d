"""Warnings in force: by city time, by area, without those replaced or cancelled; weather measured beside them."""

from dataclasses import replace
from typing import Any

from brain.model.alert import Level
from brain.model.facts import FeedFacts, Name
from brain.model.query.answer import Answer
from brain.model.query.warnings import WarningRows, WeatherMeasured, WeatherWarnings
from brain.model.warning import WeatherWarning
from brain.store import schema
from brain.store.engine import Store
from brain.store.retention import sweep
from brain.store.write.warnings import store_warnings
from tests.brain.store.read.filling import DAY, HOUR, ask, device_rows, feed_row, fill, latest_row
from tests.brain.store.write.test_warnings import END, FIRST, SECOND, SENT_MS, warning
from tests.small_city import CITY, TOWNS, VILLAGES, small_city, small_devices

FACTS = small_city()


def put(store: Store, *messages: Any) -> None:
    store.write(lambda conn: store_warnings(conn, FACTS.tree, messages)).result()


def at(store: Store, hours: float, area_id: str = CITY) -> list[str]:
    answer = ask(store, FACTS, SENT_MS + round(hours * HOUR), WeatherWarnings(), area_id)
    return [] if answer.value is None else [row.identifier for row in answer.value.rows]


def test_in_force_from_beginning_to_end_by_city_time(store: Store) -> None:
    put(store, warning("later", effective_ms=SENT_MS + HOUR), FIRST)
    assert at(store, -0.01) == []
    assert at(store, 0) == ["1"]
    assert at(store, 1) == ["later", "1"]  # the newest first
    assert at(store, 5.99) == ["later", "1"]
    assert at(store, 6) == []
    answers = [ask(store, FACTS, SENT_MS + h * HOUR, WeatherWarnings()) for h in (-1, 0, 1, 6)]
    assert [answer.changes_ms for answer in answers] == [SENT_MS, SENT_MS + HOUR, SENT_MS + 6 * HOUR, None]


def test_gravest_first_and_no_more_than_asked(sqlite_store: Store) -> None:
    levels = {"blue": Level.BLUE, "red": Level.RED, "none": None, "yellow": Level.YELLOW}
    put(sqlite_store, *(warning(name, level=level) for name, level in levels.items()))
    assert at(sqlite_store, 1) == ["red", "yellow", "blue", "none"]
    answer: Answer[WarningRows] = ask(sqlite_store, FACTS, SENT_MS, WeatherWarnings(limit=1))
    assert answer.value is not None
    assert ([row.level for row in answer.value.rows], answer.value.total) == ([Level.RED], 4)


def test_what_is_replaced_or_cancelled_is_over(sqlite_store: Store) -> None:
    put(sqlite_store, SECOND)
    put(sqlite_store, FIRST)  # came late
    assert at(sqlite_store, 2) == ["2"]
    put(sqlite_store, END)
    assert at(sqlite_store, 2) == []


def test_an_area_sees_its_own_warnings_and_those_around_it(sqlite_store: Store) -> None:
    put(sqlite_store, warning("city", area_ids=(CITY,)), warning("two", area_ids=TOWNS[:2]))
    assert at(sqlite_store, 1) == ["city", "two"]
    assert at(sqlite_store, 1, TOWNS[1]) == at(sqlite_store, 1, VILLAGES[2]) == ["city", "two"]
    assert at(sqlite_store, 1, TOWNS[2]) == ["city"]
    rows = ask(sqlite_store, FACTS, SENT_MS, WeatherWarnings(), TOWNS[1]).value.rows
    assert [row.area_ids for row in rows] == [(CITY,), (TOWNS[1],)]


def test_no_feed_no_answer_and_a_lost_one_makes_it_old(sqlite_store: Store) -> None:
    assert ask(sqlite_store, FACTS, SENT_MS, WeatherWarnings()).value is None
    facts = replace(FACTS, feeds={"cap": FeedFacts(Name("气象", "Weather"), "warnings", 900.0, True)})
    assert ask(sqlite_store, facts, SENT_MS, WeatherWarnings()).value == WarningRows((), 0)
    fill(sqlite_store, schema.feed_state, [feed_row("cap", "warnings", since_ms=SENT_MS - DAY)])
    well = ask(sqlite_store, facts, SENT_MS, WeatherWarnings())
    assert (well.as_of_ms, well.stale_after_s) == (SENT_MS, 900.0)  # quiet for a day, and still as of now
    lost = {"status": "lost", "since_ms": SENT_MS - HOUR}
    sqlite_store.write(lambda conn: conn.execute(schema.feed_state.update().values(lost)) and None).result()
    assert ask(sqlite_store, facts, SENT_MS, WeatherWarnings()).as_of_ms == SENT_MS - HOUR


def test_retention_takes_what_expired_long_ago(store: Store) -> None:
    put(store, FIRST, SECOND, END, warning("young", expires_ms=SENT_MS + 3 * DAY))
    now_ms = SENT_MS + 4 * DAY
    assert sweep(store, FACTS, {"weather_warning": 2}, now_ms, now_ms) == {"weather_warning": 2}
    assert at(store, 30) == ["young"]
    sweep(store, FACTS, {"weather_warning": 2}, now_ms, now_ms)
    with store.read() as conn:
        assert conn.execute(schema.warning_end.select()).all() == []


def test_weather_measured_leaves_out_what_is_old(sqlite_store: Store) -> None:
    query = WeatherMeasured(("air_temperature_c", "air_pm25_ugm3", "no_such"))
    assert ask(sqlite_store, FACTS, SENT_MS, query).value == ()
    (device,) = (known for known in small_devices() if known.id == "air-1")
    fill(sqlite_store, schema.device, device_rows([device], {"air-1": SENT_MS}))
    fill(sqlite_store, schema.latest, [latest_row("air-1", "air_pm25_ugm3", SENT_MS, 31.0)])
    (now,) = ask(sqlite_store, FACTS, SENT_MS + 1000, query).value
    assert (now.metric.id, now.mean) == ("air_pm25_ugm3", 31.0)
    assert ask(sqlite_store, FACTS, SENT_MS + DAY, query).value == ()


def test_a_message_of_several_parts(sqlite_store: Store) -> None:
    parts: list[WeatherWarning] = [warning("m", part=n, level=Level(n + 1)) for n in range(3)]
    put(sqlite_store, *parts)
    rows = ask(sqlite_store, FACTS, SENT_MS, WeatherWarnings()).value.rows
    assert [row.part for row in rows] == [2, 1, 0]
