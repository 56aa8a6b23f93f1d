"""Periods in the words of tables become published periods."""

from datetime import date, datetime

import pytest

from brain.model.period import BadPeriod
from feeds.payloads.figure_periods import DatesMean, table_period


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("2021年", "2021"),
        ("2021年度", "2021"),
        (2021, "2021"),
        (2021.0, "2021"),
        ("2021年上半年", "2021H1"),
        ("2021 下半年", "2021H2"),
        ("2021年第二季度", "2021Q2"),
        ("2021年3季度", "2021Q3"),
        ("2021Q4", "2021Q4"),
        ("2021年前三季度", "2021-01..2021-09"),
        ("２０２１年６月份", "2021-06"),
        ("2021.6", "2021-06"),
        ("2021/12", "2021-12"),
        (202106, "2021-06"),
        ("2021年1—6月", "2021-01..2021-06"),
        ("2021年1-6月", "2021-01..2021-06"),
        ("2021年1月至6月", "2021-01..2021-06"),
        ("2021年6月30日", "2021-06-30"),
        ("20210630", "2021-06-30"),
        ("截至2021年6月底", "as of 2021-06"),
        ("截止到2021年6月", "as of 2021-06"),
        ("2021年末", "as of 2021"),
        ("as of 2021-06", "as of 2021-06"),
        ("by 2021-12", "by 2021-12"),
    ],
)
def test_periods(cell: object, text: str) -> None:
    assert table_period(cell, "Asia/Shanghai", "day").text == text


@pytest.mark.parametrize(("mean", "text"), [("day", "2021-06-01"), ("month", "2021-06"), ("year", "2021")])
def test_a_true_date_counts_for_what_the_settings_say(mean: DatesMean, text: str) -> None:
    assert table_period(datetime(2021, 6, 1), "Asia/Shanghai", mean).text == text  # noqa: DTZ001 - Excel has no zone
    assert table_period(date(2021, 6, 1), "Asia/Shanghai", mean).text == text


@pytest.mark.parametrize("cell", ["", "合计", "2021年13月", "6月", "2021年5季度", True, 1.5, [2021], "2021-06-31"])
def test_what_is_no_period_is_refused(cell: object) -> None:
    with pytest.raises(BadPeriod):
        table_period(cell, "Asia/Shanghai", "day")
