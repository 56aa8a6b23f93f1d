"""The calls of a simulated day: how many, when, in which order, and that nothing personal is left after masking."""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest

from brain.model.case import PrivatePart, Ticket
from brain.model.privacy import split
from feeds.payloads.demo_events import HOUR_MS, Events
from feeds.payloads.demo_path import LONGEST_CASE_DAYS
from feeds.payloads.demo_places import Places
from feeds.payloads.demo_tickets import (
    DISPATCHED_SHARE,
    HOLIDAY_SHARE,
    HOURLY,
    MONDAY_SHARE,
    WEEKEND_SHARE,
    WORKDAY_SHARE,
    Callers,
    Row,
    Subject,
    share_of,
)
from tests.small_city import VILLAGES, small_tree

MONDAY = date(2026, 3, 2)
SUBJECTS = (
    Subject("noise", "夜间邻里噪音", 3, unit="police"),
    Subject("road", "路面破损", 1, unit="urban_management"),
    Subject("gas", "燃气异味", 1, urgent=True, unit="gas_supply"),
)
IN_EVENTS = (Subject("noise", "夜间邻里噪音", 99), Subject("pipe", "水管爆裂", 1, during="burst"))
FINAL = ("closed", "rejected")
PLACES = Places(small_tree(), 1)


def callers(per_day: int = 600, seed: int = 1, tz: str = "Asia/Shanghai", subjects=SUBJECTS) -> Callers:
    return Callers(small_tree(), PLACES, subjects, seed, tz, per_day, Events(VILLAGES, seed))


def received(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.fields["state"] == "received"]


def calls(rows: list[Row]) -> dict[str, list[Row]]:
    ordered = sorted(rows, key=lambda row: row.fields["number"])  # stable: the order in time stays
    return {number: list(found) for number, found in groupby(ordered, lambda row: row.fields["number"])}


def test_a_day_is_a_function_of_the_seed_and_the_date():
    """What a fresh start tells of a day is what a program that ran through it has told."""
    fresh, old = callers(), callers()
    later = [old.rows(MONDAY + timedelta(days=n)) for n in range(2)]
    assert fresh.rows(MONDAY) == later[0] == old.rows(MONDAY)
    assert later[0] != later[1]
    assert callers(seed=2).rows(MONDAY) != later[0]


def test_rows_come_in_the_order_they_are_written_and_each_event_once():
    rows = callers().rows(MONDAY)
    assert rows == sorted(rows, key=lambda row: row.at_ms)
    events = Counter((row.fields["number"], row.fields["seq"]) for row in rows)
    assert set(events.values()) == {1}


def test_every_call_is_received_goes_its_way_and_is_closed():
    made, last_days = callers(2500), 0.0
    ways: Counter[tuple[str, ...]] = Counter()
    for number, rows in calls([row for n in range(3) for row in made.rows(MONDAY + timedelta(days=n))]).items():
        states = [row.fields["state"] for row in rows]
        ways[tuple(states)] += 1
        assert [row.fields["seq"] for row in rows] == list(range(len(rows))), number
        assert [row.at_ms for row in rows] == sorted(row.at_ms for row in rows)
        created = {row.fields["created"] for row in rows}
        assert len(created) == 1
        assert datetime.fromisoformat(created.pop()).timestamp() * 1000 == pytest.approx(rows[0].at_ms, abs=1000)
        assert ["closed" in row.fields for row in rows] == [state in FINAL for state in states]
        sent = [row.fields.get("dispatched") for row in rows]
        first = states.index("dispatched") if "dispatched" in states else len(states)
        assert sent[:first] == [None] * first
        assert len(set(sent[first:])) <= 1
        last_days = max(last_days, (rows[-1].at_ms - rows[0].at_ms) / 86_400_000)
    assert LONGEST_CASE_DAYS - 2 < last_days < LONGEST_CASE_DAYS
    at_once = ways["received", "closed"] + ways["received", "rejected"]
    assert 1 - at_once / ways.total() == pytest.approx(DISPATCHED_SHARE, abs=0.015)
    assert set(ways) == {
        ("received", "closed"),
        ("received", "rejected"),
        ("received", "dispatched", "handling", "closed"),
        ("received", "dispatched", "returned", "dispatched", "handling", "closed"),
        ("received", "dispatched", "contacted", "handling", "closed"),
    }


def test_the_number_of_calls_follows_weekends_and_holidays():
    made = callers(1000)

    def count(day: date) -> int:
        return len(received(made.rows(day)))

    assert count(MONDAY) == pytest.approx(1000 * MONDAY_SHARE, rel=0.08)
    assert count(date(2026, 3, 4)) == pytest.approx(1000 * WORKDAY_SHARE, rel=0.08)
    assert count(date(2026, 3, 8)) == pytest.approx(1000 * WEEKEND_SHARE, rel=0.08)
    assert count(date(2025, 10, 2)) == pytest.approx(1000 * HOLIDAY_SHARE, rel=0.08)  # a Thursday, 国庆节
    assert share_of(date(2025, 9, 28)) == WORKDAY_SHARE  # a Sunday that was worked
    assert share_of(date(2090, 3, 4)) in (WEEKEND_SHARE, WORKDAY_SHARE)  # not published: weekends only
    week = sum(share_of(MONDAY + timedelta(days=n)) for n in range(7))
    assert week / 7 == pytest.approx(1, abs=0.01)
    assert callers(0).rows(MONDAY) == []
    assert callers(subjects=()).rows(MONDAY) == []


def test_calls_that_were_over_before_may_be_left_out_and_no_other():
    made = callers(600)
    since_ms = made.rows(MONDAY)[0].at_ms + 20 * HOUR_MS
    wanted = [row for row in made.rows(MONDAY) if row.at_ms > since_ms]
    fewer = made.rows(MONDAY, since_ms)
    assert [row for row in fewer if row.at_ms > since_ms] == wanted
    assert len(fewer) < 0.5 * len(made.rows(MONDAY))


def test_a_broken_pipe_is_heard_of_from_where_it_is_and_while_it_is():
    """As the pressure gauges, which ask the same events."""
    made, events = callers(3000, subjects=IN_EVENTS), Events(VILLAGES, 1)
    start_ms = round(datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() * 1000)
    event = next(e for e in events.beginning(start_ms, start_ms + 10 * 24 * HOUR_MS) if e.kind == "burst")
    day = datetime.fromtimestamp(event.start_ms / 1000, ZoneInfo("Asia/Shanghai")).date()
    pipe = [row for row in received(made.rows(day)) if row.fields["category"] == "pipe"]
    during = [row for row in pipe if event.start_ms <= row.at_ms <= event.end_ms]
    assert len(during) > 10
    assert len(during) > 5 * (len(pipe) - len(during)) / 20
    here = sum(row.fields["area"] == event.area_id for row in during)
    assert here > 0.5 * len(during)


def test_the_hours_of_a_day_follow_its_rhythm():
    made = callers(2000)
    hours = Counter(
        datetime.fromisoformat(row.fields["created"]).hour
        for n in range(2)
        for row in received(made.rows(MONDAY + timedelta(days=n)))
    )
    total, weight = hours.total(), sum(HOURLY)
    for hour, share in enumerate(HOURLY):
        expected = total * share / weight
        assert hours[hour] == pytest.approx(expected, abs=5 * expected**0.5)


@pytest.mark.parametrize("tz", ["Asia/Shanghai", "Asia/Kolkata", "America/New_York"])
def test_all_calls_of_a_day_are_received_on_it(tz):
    for day in (MONDAY, date(2026, 3, 8)):  # the second has 23 hours in New York
        for row in received(callers(tz=tz).rows(day)):
            assert datetime.fromisoformat(row.fields["created"]).date() == day


def test_urgent_calls_are_few_and_of_urgent_subjects_and_sent_to_their_unit():
    rows = [row for n in range(5) for row in callers(2000).rows(MONDAY + timedelta(days=n))]
    urgent = [row for row in received(rows) if row.fields["urgent"]]
    assert 5 < len(urgent) < 50
    assert {row.fields["category"] for row in urgent} == {"gas"}
    assert {row.fields["category"] for row in received(rows) if not row.fields["urgent"]} == {"noise", "road"}
    units = {(row.fields["category"], row.fields["unit"]) for row in rows if "dispatched" in row.fields}
    assert units == {("noise", "police"), ("road", "urban_management"), ("gas", "gas_supply")}


def test_calls_come_from_everywhere_and_more_from_where_more_people_live():
    found = Counter(row.fields["area"] for row in received(callers(2000).rows(MONDAY)))
    assert set(found) == set(VILLAGES)
    assert found["0200101"] > 2 * found["0200202"]  # 60,000 and 20,000 people


def planted(seed: int) -> list[Row]:
    rows = callers(200, seed).rows(MONDAY)
    return random.Random(seed).sample(rows, 60)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("titled", ["subject", "text", "nothing"])
def test_no_name_number_or_address_survives_masking(seed, titled):
    """Also where a source has the caller's words in the title, or no title at all."""
    for row in planted(seed):
        fields = row.fields
        private = PrivatePart(
            name=fields["name"],
            phone=fields["phone"],
            address=fields["address"],
            text=fields["text"],
            lon=fields["lon"],
            lat=fields["lat"],
        )
        title = {"subject": fields["title"], "text": fields["text"], "nothing": ""}[titled]
        ticket = Ticket("12345", fields["number"], row.at_ms, fields["category"], title, "received", None, private)
        masked, sealed = split(ticket)
        for secret in (fields["name"], fields["phone"], fields["address"], fields["phone"][3:]):
            assert secret in f"{sealed}{sealed.name}{sealed.phone}{sealed.address}{sealed.text}"
            assert secret not in f"{masked}"
        assert masked.title == fields["title"] if titled == "subject" else fields["title"] in masked.title
        assert (masked.grid_lon, masked.grid_lat) == (round(fields["lon"], 3), round(fields["lat"], 3))


def test_invented_people_look_invented():
    for row in callers(200).rows(MONDAY):
        assert row.fields["name"].startswith("模拟")
        assert row.fields["phone"].startswith("100")
        assert len(row.fields["phone"]) == 11
        assert row.fields["number"].startswith("SIM")
