"""Today's tickets, counted in the database, against the same rows counted by pandas."""

from typing import Any

import pandas as pd
import pytest

from brain.model.clock import ReplayClock
from brain.model.query.answer import Query
from brain.model.query.categories import CategoryRanking
from brain.model.query.map import AreaMap
from brain.model.query.shares import AreaRanking
from brain.model.query.tickets import Compare, DayOfTickets, TicketsToday, TicketTrend
from brain.model.scope import Role, Scope
from brain.store import schema
from brain.store.engine import Store
from brain.store.read.answers import Answers
from tests.brain.store.read.filling import (
    DAY,
    HOUR,
    MINUTE,
    ask,
    feed_row,
    fill,
    inside,
    ms,
    random_tickets,
    ticket_row,
)
from tests.small_city import CITY, small_city

ZONES = ("Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York")


def frame_of(rows: list[dict[str, Any]], areas: set[str], tz: str, now_ms: int) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame = frame[(frame.type == "ticket") & frame.area_id.isin(areas) & (frame.created_ms <= now_ms)].copy()
    for moment in ("created", "closed", "due"):
        frame[f"{moment}_at"] = pd.to_datetime(frame[f"{moment}_ms"], unit="ms", utc=True).dt.tz_convert(tz)
    return frame


def expected(rows: list[dict[str, Any]], areas: set[str], tz: str, now_ms: int) -> DayOfTickets:
    frame = frame_of(rows, areas, tz, now_ms)
    now_at = pd.Timestamp(now_ms, unit="ms", tz="UTC").tz_convert(tz)
    today = now_at.date()
    first_at = frame_of(rows, set(pd.DataFrame(rows).area_id), tz, now_ms).created_at.min()
    first_day, first_hour = first_at.date(), first_at.hour if first_at.date() == today else 0

    def hours(weeks: int) -> list[int]:
        day = (pd.Timestamp(today) - pd.Timedelta(weeks=weeks)).date()
        counted = frame[frame.created_at.dt.date == day].created_at.dt.hour.value_counts()
        return [int(counted.get(hour, 0)) for hour in range(24)]

    weeks = [n for n in range(1, 5) if (pd.Timestamp(today) - pd.Timedelta(weeks=n)).date() > first_day]
    last_week = (pd.Timestamp(today) - pd.Timedelta(weeks=1)).date()
    same_time = frame[(frame.created_at.dt.date == last_week) & (frame.created_at.dt.time <= now_at.time())]
    closed = frame[frame.closed_ms <= now_ms]
    return DayOfTickets(
        total=sum(hours(0)),
        by_hour=tuple(n if first_hour <= hour <= now_at.hour else None for hour, n in enumerate(hours(0))),
        before_by_hour=tuple(hours(1)) if 1 in weeks else None,
        before_same_time=len(same_time) if 1 in weeks else None,
        usual=tuple(
            (float(min(hour)), float(max(hour))) if len(weeks) > 1 else None
            for hour in zip(*(hours(n) for n in weeks or [0]), strict=True)
        ),
        closed_today=int((closed.closed_at.dt.date == today).sum()),
        open_now=len(frame) - len(closed),
        day_ms=int(pd.Timestamp(today).tz_localize(tz).timestamp() * 1000),
        before_day_ms=int(pd.Timestamp(last_week).tz_localize(tz).timestamp() * 1000) if 1 in weeks else None,
    )


@pytest.mark.parametrize("tz", ZONES)
def test_counts_are_those_of_pandas(store: Store, tz: str):
    facts = small_city(tz)
    middle_ms = ms("2021-07-14 14:26:08", tz)
    rows = random_tickets(1, middle_ms - 20 * DAY, middle_ms + DAY)
    fill(store, schema.case, rows)
    midnight_ms = ms("2021-07-14 00:00", tz)
    moments = (
        middle_ms,
        midnight_ms,
        midnight_ms - 1,
        midnight_ms + 1,
        midnight_ms + HOUR,
        ms("2021-07-14 23:59:59", tz),
    )
    for now_ms in moments:
        for area_id in (CITY, "02001", "0200202"):
            answer = ask(store, facts, now_ms, TicketsToday(), area_id)
            assert answer.value == expected(rows, inside(facts, area_id), tz, now_ms)


@pytest.mark.parametrize(
    ("tz", "day"),
    [("America/New_York", "2021-11-07"), ("America/New_York", "2021-03-14"), ("Australia/Lord_Howe", "2021-04-04")],
)
def test_days_of_23_and_25_hours(sqlite_store: Store, tz: str, day: str):
    facts = small_city(tz)
    now_ms = ms(f"{day} 23:59", tz)
    rows = random_tickets(2, now_ms - 25 * HOUR, now_ms)
    fill(sqlite_store, schema.case, rows)
    answer = ask(sqlite_store, facts, now_ms, TicketsToday())
    if tz == "Australia/Lord_Howe":  # pandas and we agree on half-hour shifts too
        assert answer.value.total == expected(rows, inside(facts, CITY), tz, now_ms).total
    assert answer.value == expected(rows, inside(facts, CITY), tz, now_ms)


def test_usual_needs_two_days_and_the_first_day_of_the_data_is_none(sqlite_store: Store):
    facts = small_city()
    now_ms = ms("2021-07-14 10:00")
    fill(sqlite_store, schema.case, [ticket_row("a", ms("2021-07-07 00:00")), ticket_row("b", now_ms)])
    first_week = ask(sqlite_store, facts, now_ms, TicketsToday()).value
    assert (first_week.before_by_hour, first_week.before_same_time) == (None, None)
    second_week = ask(sqlite_store, facts, now_ms + 7 * DAY, TicketsToday()).value
    assert second_week.before_by_hour == (0,) * 10 + (1,) + (0,) * 13
    assert second_week.before_same_time == 1
    assert second_week.usual == (None,) * 24
    third_week = ask(sqlite_store, facts, now_ms + 14 * DAY, TicketsToday()).value
    assert third_week.before_by_hour == (0,) * 24
    assert third_week.usual[10] == (0.0, 1.0)


def test_zero_is_not_absent(sqlite_store: Store):
    facts = small_city()
    now_ms = ms("2021-07-14 10:00")
    assert ask(sqlite_store, facts, now_ms, TicketsToday()).value is None
    fill(sqlite_store, schema.case, [ticket_row("later", now_ms + 1)])
    assert ask(sqlite_store, facts, now_ms, TicketsToday()).value is None
    fill(sqlite_store, schema.case, [ticket_row("then", now_ms - 3 * DAY, "0200101")])
    quiet = ask(sqlite_store, facts, now_ms, TicketsToday(), "0200302")
    assert quiet.value.total == 0
    assert quiet.value.by_hour == (0,) * 11 + (None,) * 13
    assert quiet.as_of_ms == now_ms - 3 * DAY


def test_a_count_is_as_new_as_its_feeds(sqlite_store: Store):
    facts = small_city()
    now_ms = ms("2021-07-14 10:00")
    fill(sqlite_store, schema.case, [ticket_row("a", now_ms - HOUR)])
    fill(
        sqlite_store,
        schema.feed_state,
        [
            feed_row("hotline", "tickets", last_item_ms=now_ms - MINUTE),
            feed_row("letters", "tickets", "lost", last_item_ms=now_ms - 2 * DAY, cause="no answer"),
            feed_row("iot", "readings", last_item_ms=now_ms),
        ],
    )
    answer = ask(sqlite_store, facts, now_ms, TicketsToday())
    assert answer.as_of_ms == now_ms - MINUTE
    assert [(source.feed, source.status) for source in answer.sources] == [("letters", "lost"), ("hotline", "well")]
    assert answer.sources[0].cause == "no answer"
    assert answer.stale_after_s == 900.0
    assert answer.provenance[0].numerator == 1
    assert answer.provenance[0].sources == ("letters", "hotline")
    earlier = ask(sqlite_store, facts, now_ms - HOUR, TicketsToday())
    assert earlier.as_of_ms == now_ms - HOUR  # what comes later than now makes nothing newer than now


@pytest.mark.parametrize("query", [TicketsToday(), TicketTrend(), AreaMap("tickets"), AreaRanking(), CategoryRanking()])
def test_what_counts_tickets_counts_all_its_feeds(sqlite_store: Store, query: Query):
    now_ms = ms("2021-07-14 10:00")
    fill(sqlite_store, schema.case, [ticket_row("a", now_ms - HOUR)])
    assert ask(sqlite_store, small_city(), now_ms, query).counts_all


def test_one_simulated_ticket_marks_the_count(sqlite_store: Store):
    facts = small_city()
    now_ms = ms("2021-07-14 10:00")
    fill(sqlite_store, schema.case, [ticket_row("real", now_ms, "0200101")])
    assert not ask(sqlite_store, facts, now_ms, TicketsToday()).simulated
    fill(sqlite_store, schema.case, [ticket_row("made", now_ms, "0200201", simulated=True)])
    assert ask(sqlite_store, facts, now_ms, TicketsToday()).simulated
    assert not ask(sqlite_store, facts, now_ms, TicketsToday(), "02001").simulated


def test_today_is_the_day_of_the_replay(sqlite_store: Store):
    facts = small_city()
    replayed_ms = ms("2016-03-01 08:00")
    fill(
        sqlite_store,
        schema.case,
        [
            ticket_row("a", replayed_ms - HOUR),
            ticket_row("b", replayed_ms + HOUR),
            ticket_row("c", ms("2021-07-14 10:00")),
        ],
    )
    real_ms = [1_000_000]
    clock = ReplayClock(from_ms=replayed_ms, anchor_ms=1_000_000, speed=3600.0, read=lambda: real_ms[0])
    answers = Answers(sqlite_store, facts, clock)

    def asked() -> Any:
        return answers.answer(TicketsToday(), Scope("duty", Role.OPERATOR, CITY), CITY)

    assert asked().value.total == 1
    real_ms[0] += 1_000  # one hour of the replay
    later = asked()
    assert later.value.total == 2
    assert later.value.day_ms == ms("2016-03-01 00:00")
    assert later.as_of_ms == replayed_ms + HOUR


def test_the_day_compared_with_is_the_one_asked_for(sqlite_store: Store):
    facts = small_city()
    now_ms = ms("2021-09-18 10:30")  # a Saturday worked for the Mid-Autumn holiday
    moments = ("2020-01-01 08:00", "2020-09-18 09:00", "2020-09-18 11:00", "2021-09-11 10:00", "2021-09-17 10:29:59")
    fill(sqlite_store, schema.case, [ticket_row(at, ms(at)) for at in moments])

    def compared(compare: Compare) -> tuple[int | None, int | None, bool]:
        day = ask(sqlite_store, facts, now_ms, TicketsToday(compare=compare)).value
        assert (day.before_by_hour is None) == (day.before_day_ms is None)
        return day.before_day_ms, day.before_same_time, day.same_kind

    assert compared(Compare.WEEK) == (ms("2021-09-11"), 1, False)  # an ordinary Saturday: nobody worked
    assert compared(Compare.YESTERDAY) == (ms("2021-09-17"), 1, True)
    assert compared(Compare.YEAR) == (ms("2020-09-18"), 1, True)
    assert compared(Compare.NONE) == (None, None, True)
    assert ask(sqlite_store, facts, now_ms, TicketsToday(compare=Compare.YEAR)).value.before_by_hour[11] == 1
