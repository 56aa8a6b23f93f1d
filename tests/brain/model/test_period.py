"""Periods as published: every known form, and the bounds it does and does not give."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.period import MAX_TEXT, BadPeriod, PeriodKind, parse_period

TZ = "Asia/Shanghai"


def day(ms: int | None) -> str | None:
    """The local date on whose first moment `ms` falls; fails when it is not a midnight."""
    if ms is None:
        return None
    local = datetime.fromtimestamp(ms / 1000, ZoneInfo(TZ))
    assert (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    return local.date().isoformat()


@pytest.mark.parametrize(
    ("text", "kind", "start", "end", "as_of"),
    [
        ("2021", "year", "2021-01-01", "2022-01-01", None),
        ("2021H1", "half", "2021-01-01", "2021-07-01", None),
        ("2021H2", "half", "2021-07-01", "2022-01-01", None),
        ("2021Q1", "quarter", "2021-01-01", "2021-04-01", None),
        ("2021Q4", "quarter", "2021-10-01", "2022-01-01", None),
        ("2021-02", "month", "2021-02-01", "2021-03-01", None),
        ("2021-12", "month", "2021-12-01", "2022-01-01", None),
        ("2020-02-29", "day", "2020-02-29", "2020-03-01", None),
        ("2020-01..2020-10", "range", "2020-01-01", "2020-11-01", None),
        ("2019-06..2020-10-19", "range", "2019-06-01", "2020-10-20", None),
        ("2020..2021H1", "range", "2020-01-01", "2021-07-01", None),
        ("launch..2021-06", "range", None, "2021-07-01", None),
        ("2022-05..reply (2022, undated)", "range", "2022-05-01", None, None),
        ("since 2021-12", "since", "2021-12-01", None, None),
        ("from 2022-03", "since", "2022-03-01", None, None),
        ("2022 batch 1", "batch", "2022-01-01", "2023-01-01", None),
        ("as of 2021-06", "as_of", None, None, "2021-07-01"),
        ("as of 2020-08-30", "as_of", None, None, "2020-08-31"),
        ("as of 2022", "as_of", None, None, "2023-01-01"),
        ("by 2021-12", "by", None, "2022-01-01", None),
        ("planned from 2020-10", "planned", "2020-10-01", None, None),
        ("suggested 2022-02", "suggested", None, None, "2022-03-01"),
        ("under way 2022", "under_way", None, None, "2023-01-01"),
        ("before reform", "event", None, None, None),
    ],
)
def test_each_form_is_read(text, kind, start, end, as_of):
    period = parse_period(text, TZ)
    assert (period.kind, period.text) == (PeriodKind(kind), text)
    assert (day(period.start_ms), day(period.end_ms), day(period.as_of_ms)) == (start, end, as_of)


def test_every_kind_has_a_form():
    forms = test_each_form_is_read.pytestmark[0].args[1]
    assert {kind for _, kind, *_ in forms} == {kind.value for kind in PeriodKind}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "soon",
        "2021H3",
        "2021Q0",
        "2021-13",
        "2021-02-29",
        "0000",
        "9999",
        "21-06",
        "as of",
        "as of soon",
        "since launch",
        "2021..",
        "..2021",
        "2021..2020",
        "2021-06..2021-05",
        "2022 batch",
        "2022 batch first",
        "before ",
        "2" * (MAX_TEXT + 1),
    ],
)
def test_what_is_no_form_is_refused_with_the_known_ones(text):
    with pytest.raises(BadPeriod, match="known forms: 2021, 2021H1"):
        parse_period(text, TZ)


def span_of(text: str, tz: str) -> tuple[int, int]:
    period = parse_period(text, tz)
    assert period.start_ms is not None
    assert period.end_ms is not None
    return period.start_ms, period.end_ms


def test_midnight_is_the_citys():
    assert span_of("2021", "UTC")[0] - span_of("2021", TZ)[0] == 8 * 3600 * 1000
    start_ms, end_ms = span_of("2021-03-14", "America/New_York")  # a day of 23 hours
    assert end_ms - start_ms == 23 * 3600 * 1000


def test_the_latest_moment_sorts():
    texts = ["before reform", "planned from 2020-10", "2020", "2021H1", "as of 2021-08", "by 2021-12"]
    latest = [parse_period(text, TZ).latest_ms for text in texts]
    assert latest[0] is None
    known = [ms for ms in latest if ms is not None]
    assert len(known) == 5
    assert known == sorted(known)


@given(st.dates(date(1000, 1, 1), date(9998, 12, 31)))
def test_any_day_is_inside_its_month_half_and_year(one):
    start_ms, end_ms = span_of(one.isoformat(), "UTC")
    half = 1 if one.month <= 6 else 2
    for text in (f"{one:%Y-%m}", f"{one.year:04}H{half}", f"{one.year:04}Q{(one.month + 2) // 3}", f"{one.year:04}"):
        wide = span_of(text, "UTC")
        assert wide[0] <= start_ms < end_ms <= wide[1]


@given(st.text(max_size=80))
def test_any_text_is_a_period_or_refused(text):
    try:
        period = parse_period(text, TZ)
    except BadPeriod:
        return
    assert period.text == text.strip()
