"""The calls of a simulated day: how many, when, in which order, and that nothing personal is left after masking."""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import groupby

import pytest

from brain.model.case import PrivatePart, Ticket
from brain.model.privacy import split
from feeds.payloads.demo_tickets import HOURLY, WEEKEND_SHARE, Callers, Row, Subject
from tests.small_city import VILLAGES, small_tree

MONDAY = date(2026, 3, 2)
SUBJECTS = (
    Subject("noise", "夜间邻里噪音", 3, urgent=False),
    Subject("road", "路面破损", 1, urgent=False),
    Subject("gas", "燃气异味", 1, urgent=True),
)
FINAL = "closed"
ORDER = ("received", "dispatched", "contacted", "handling", FINAL)


def callers(per_day: int = 600, seed: int = 1, tz: str = "Asia/Shanghai", subjects=SUBJECTS) -> Callers:
    return Callers(small_tree(), subjects, seed, tz, per_day)


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
    events = Counter((row.fields["number"], row.fields["state"]) for row in rows)
    assert set(events.values()) == {1}


def test_every_call_is_received_goes_forward_and_is_closed():
    for number, rows in calls(callers().rows(MONDAY)).items():
        states = [row.fields["state"] for row in rows]
        assert states[0] == "received", number
        assert states[-1] == FINAL
        assert states == sorted(states, key=ORDER.index)
        created = {row.fields["created"] for row in rows}
        assert len(created) == 1
        assert datetime.fromisoformat(created.pop()).timestamp() * 1000 == pytest.approx(rows[0].at_ms, abs=1000)
        assert [row.fields["closed"] is not None for row in rows] == [state == FINAL for state in states]


def test_the_number_of_calls_is_what_was_asked_for_with_fewer_at_weekends():
    made = callers(1000)
    working = [len(received(made.rows(MONDAY + timedelta(days=n)))) for n in range(5)]
    weekend = [len(received(made.rows(MONDAY + timedelta(days=n)))) for n in (5, 6)]
    assert all(930 <= count <= 1070 for count in working)
    assert all(930 * WEEKEND_SHARE - 1 <= count <= 1070 * WEEKEND_SHARE + 1 for count in weekend)
    assert callers(0).rows(MONDAY) == []


def test_the_hours_of_a_day_follow_its_rhythm():
    made = callers(2000)
    hours = Counter(
        datetime.fromisoformat(row.fields["created"]).hour
        for n in range(3)
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


def test_urgent_calls_are_few_and_of_urgent_subjects():
    rows = [row for n in range(5) for row in received(callers(2000).rows(MONDAY + timedelta(days=n)))]
    urgent = [row for row in rows if row.fields["urgent"]]
    assert 0.006 * len(rows) < len(urgent) < 0.02 * len(rows)
    assert {row.fields["category"] for row in urgent} == {"gas"}
    assert {row.fields["category"] for row in rows if not row.fields["urgent"]} == {"noise", "road"}


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
