from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.payloads.times import BadTime, TimeForm, device_time, table_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = 1_772_161_394_000  # 2026-02-27T03:03:14Z, 11:03:14 in Shanghai


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        (1_772_161_394, TimeForm.AUTO),
        (1_772_161_394, TimeForm.SECONDS),
        (1_772_161_394_000, TimeForm.AUTO),
        (1_772_161_394_000, TimeForm.MILLISECONDS),
        ("1772161394", TimeForm.AUTO),
        ("1772161394.0", TimeForm.SECONDS),
        ("2026-02-27T03:03:14Z", TimeForm.AUTO),
        ("2026-02-27T11:03:14+08:00", TimeForm.ISO),
        ("2026-02-27T11:03:14", TimeForm.ISO),
        ("2026-02-27 11:03:14", TimeForm.AUTO),
    ],
)
def test_device_times(raw: object, form: TimeForm) -> None:
    assert device_time(raw, form, SHANGHAI) == AT


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        ("yesterday", TimeForm.AUTO),
        (True, TimeForm.AUTO),
        (1_772_161_394, TimeForm.ISO),
        ("2026-02-27T03:03:14Z", TimeForm.SECONDS),
        (1e300, TimeForm.AUTO),
        (float("nan"), TimeForm.AUTO),
        (-1, TimeForm.SECONDS),
        ("9" * 30, TimeForm.AUTO),
        ("0001-01-01", TimeForm.ISO),
        ([], TimeForm.AUTO),
        ({}, TimeForm.AUTO),
        ("2026-02-27T03:03:14Z" + " " * 100, TimeForm.ISO),
    ],
)
def test_bad_device_times(raw: object, form: TimeForm) -> None:
    with pytest.raises(BadTime):
        device_time(raw, form, SHANGHAI)


@pytest.mark.parametrize(
    ("raw", "forms"),
    [
        ("2026-02-27 11:03:14", ()),
        ("2026/2/27 11:03:14", ()),
        ("2026年2月27日 11时3分14秒", ()),
        ("2026.2.27 11:3:14", ()),
        ("2026-02-27T11:03:14.000", ()),
        ("2026-02-27 03:03:14+00:00", ()),
        ("27/02/2026 11:03:14", ("%d/%m/%Y %H:%M:%S",)),
        (datetime(2026, 2, 27, 11, 3, 14), ()),  # noqa: DTZ001 - what a spreadsheet gives
        (datetime(2026, 2, 27, 3, 3, 14, tzinfo=UTC), ()),
        (46080.46057870371, ()),  # the same moment as Excel counts days
    ],
)
def test_table_times(raw: object, forms: tuple[str, ...]) -> None:
    assert table_time(raw, forms, SHANGHAI) == AT


def test_a_declared_form_goes_before_a_guess() -> None:
    assert table_time("2026/02/03", ("%Y/%d/%m",), ZoneInfo("UTC")) == 1_772_409_600_000  # 2 March


@pytest.mark.parametrize("raw", [None, "", "   "])
def test_an_empty_cell_is_no_time(raw: object) -> None:
    assert table_time(raw, (), SHANGHAI) is None


@pytest.mark.parametrize(
    "raw", ["soon", "2026-02-30", "2026/13/1", "25:00", 3, 1e9, True, [], "1".zfill(99), "2026-02-27 25:00"]
)
def test_bad_table_times(raw: object) -> None:
    with pytest.raises(BadTime):
        table_time(raw, (), SHANGHAI)


@given(st.datetimes(datetime(1980, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - times of a table have no zone
def test_text_and_excel_day_of_one_moment_agree(at: datetime) -> None:
    whole = at.replace(microsecond=0)
    days = (whole - datetime(1899, 12, 30)).total_seconds() / 86_400  # noqa: DTZ001
    text = f"{whole.year}/{whole.month}/{whole.day} {whole.hour}:{whole.minute}:{whole.second}"
    assert table_time(text, (), SHANGHAI) == table_time(days, (), SHANGHAI) == table_time(whole, (), SHANGHAI)
