"""The trend and the share closed in time against pandas."""

from typing import Any

import pandas as pd
import pytest

from brain.model.query.tickets import Compare, TicketTrend, Trend, TrendDay
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import DAY, HOUR, ask, fill, inside, ms, random_tickets, ticket_row
from tests.small_city import CITY, small_city


def expected(rows: list[dict[str, Any]], areas: set[str], tz: str, now_ms: int, days: int, is_workday) -> Trend:
    every = pd.DataFrame(rows)
    every = every[(every.type == "ticket") & (every.created_ms <= now_ms)]
    day_of = lambda column: pd.to_datetime(column, unit="ms", utc=True).dt.tz_convert(tz).dt.date  # noqa: E731
    today = pd.Timestamp(now_ms, unit="ms", tz="UTC").tz_convert(tz).date()
    first = day_of(every.created_ms).min()
    span = [day.date() for day in pd.date_range(today - pd.Timedelta(days=days - 1), today) if day.date() >= first]
    frame = every[every.area_id.isin(areas)]
    received, closed = day_of(frame.created_ms), day_of(frame.closed_ms[frame.closed_ms <= now_ms])
    cohort = frame[received.isin(span)]
    is_closed = cohort.closed_ms <= now_ms
    impossible = is_closed & (cohort.closed_ms < cohort.created_ms)
    with_deadline = ~impossible & cohort.due_ms.notna()
    decided = with_deadline & (is_closed | (cohort.due_ms < now_ms))
    still_open = frame[~(frame.closed_ms <= now_ms)]
    return Trend(
        days=tuple(
            TrendDay(
                day_ms=int(pd.Timestamp(day).tz_localize(tz).timestamp() * 1000),
                received=int((received == day).sum()),
                closed=int((closed == day).sum()),
                workday=is_workday(day)[0],
                whole=first < day < today,
            )
            for day in span
        ),
        open_now=len(still_open),
        overdue_now=int((still_open.due_ms < now_ms).sum()),
        due_n=int(decided.sum()),
        on_time_n=int((decided & is_closed & (cohort.closed_ms <= cohort.due_ms)).sum()),
        not_yet_due_n=int((with_deadline & ~decided).sum()),
        no_deadline_n=int((~impossible & cohort.due_ms.isna()).sum()),
        excluded_n=int(impossible.sum()),
    )


@pytest.mark.parametrize("tz", ["Asia/Shanghai", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_trend_is_that_of_pandas(store: Store, tz: str):
    facts = small_city(tz)
    middle_ms = ms("2021-04-10 14:26", tz)
    rows = random_tickets(3, middle_ms - 20 * DAY, middle_ms + DAY)
    fill(store, schema.case, rows)
    midnight_ms = ms("2021-04-10 00:00", tz)
    for now_ms in (middle_ms, midnight_ms, midnight_ms - 1):
        for area_id, days in ((CITY, 14), (CITY, 30), ("02002", 7), ("0200301", 1)):
            trend = ask(store, facts, now_ms, TicketTrend(days=days), area_id).value
            assert trend == expected(rows, inside(facts, area_id), tz, now_ms, days, facts.calendar.is_workday)
            classes = trend.due_n + trend.not_yet_due_n + trend.no_deadline_n + trend.excluded_n
            assert classes == sum(day.received for day in trend.days)


def test_days_before_the_data_are_absent(sqlite_store: Store):
    facts = small_city()
    now_ms = ms("2021-07-14 10:00")
    fill(sqlite_store, schema.case, [ticket_row("a", now_ms - 2 * DAY)])
    days = ask(sqlite_store, facts, now_ms, TicketTrend(days=14)).value.days
    assert [(day.received, day.whole) for day in days] == [(1, False), (0, True), (0, False)]


def test_make_up_saturday_is_a_workday(sqlite_store: Store):
    facts = small_city()
    fill(sqlite_store, schema.case, [ticket_row("a", ms("2021-09-01 10:00"))])
    days = ask(sqlite_store, facts, ms("2021-09-21 10:00"), TicketTrend(days=4)).value.days
    # Saturday 18 September was worked for the Mid-Autumn holiday, which ran from the 19th to the 21st.
    assert [day.workday for day in days] == [True, False, False, False]


def test_share_has_an_honest_denominator(sqlite_store: Store):
    facts = small_city()
    now_ms = ms("2021-07-14 10:00")
    created_ms = now_ms - DAY
    fill(
        sqlite_store,
        schema.case,
        [
            ticket_row("in time", created_ms, due_ms=now_ms - HOUR, closed_ms=now_ms - HOUR),
            ticket_row("early", created_ms, due_ms=now_ms + HOUR, closed_ms=now_ms - HOUR),
            ticket_row("late", created_ms, due_ms=now_ms - 2 * HOUR, closed_ms=now_ms - HOUR),
            ticket_row("overdue", created_ms, due_ms=now_ms - 1),
            ticket_row("due now", created_ms, due_ms=now_ms),
            ticket_row("to be closed", created_ms, due_ms=now_ms + HOUR, closed_ms=now_ms + 1),
            ticket_row("no deadline", created_ms),
            ticket_row("impossible", created_ms, due_ms=now_ms, closed_ms=created_ms - 1),
        ],
    )
    answer = ask(sqlite_store, facts, now_ms, TicketTrend(days=2))
    trend = answer.value
    assert (trend.due_n, trend.on_time_n, trend.not_yet_due_n) == (4, 2, 2)
    assert (trend.no_deadline_n, trend.excluded_n) == (1, 1)
    assert (trend.open_now, trend.overdue_now) == (4, 1)
    share = answer.provenance[0]
    assert (share.numerator, share.denominator) == (2, 4)
    assert share.excluded == (("excluded.closed_before_created", 1),)
    assert ask(sqlite_store, facts, now_ms, TicketTrend(days=1)).value.due_n == 0


def test_no_tickets_no_trend(sqlite_store: Store):
    answer = ask(sqlite_store, small_city(), ms("2021-07-14 10:00"), TicketTrend())
    assert (answer.value, answer.as_of_ms) == (None, None)


def test_each_day_has_the_day_it_is_compared_with(sqlite_store: Store):
    facts = small_city()
    now_ms = ms("2024-03-01 10:00")
    moments = ("2023-01-01 08:00", "2023-02-28 09:00", "2023-03-01 09:00", "2023-03-01 11:00", "2024-02-22 12:00")
    fill(sqlite_store, schema.case, [ticket_row(at, ms(at)) for at in moments])

    def before(compare: Compare, days: int = 3) -> tuple[int | None, ...]:
        trend: Trend = ask(sqlite_store, facts, now_ms, TicketTrend(days=days, compare=compare)).value
        return trend.before

    assert before(Compare.YEAR) == (1, 1, 1)  # 28 and 29 February are both compared with the 28th; today up to 10:00
    assert before(Compare.WEEK) == (0, 1, 0)
    assert before(Compare.YESTERDAY) == (0, 0, 0)
    assert before(Compare.NONE) == ()
    assert before(Compare.YEAR, 430)[:2] == (None, None)  # before the data
