"""Values of indicators: shown as published, ids that say domain, what and unit."""

import pytest

from brain.model.indicator import Good, IndicatorDef, IndicatorValue, ValueKind, is_indicator_id
from brain.model.period import parse_period


def value(number: float | None, text: str, unit: str) -> IndicatorValue:
    return IndicatorValue(
        indicator_id="hotline_on_time_ratio",
        area_id="442000",
        period=parse_period("2021H1", "Asia/Shanghai"),
        kind=ValueKind.RATIO,
        value=number,
        value_text=text,
        unit=unit,
        source="test",
        received_ms=0,
    )


@pytest.mark.parametrize("good", ["hotline_on_time_ratio", "data_collected_total", "a_b_c", "iot_pm25_ugm3"])
def test_ids_that_are_ids(good):
    assert is_indicator_id(good)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "hotline",
        "hotline_total",
        "Hotline_on_time",
        "hotline__on_time",
        "热线_总量_次",
        "a_b_c ",
        "_a_b_c",
        "a_b_" + "c" * 96,
    ],
)
def test_ids_that_are_none(bad):
    assert not is_indicator_id(bad)


def test_a_ratio_is_kept_from_0_to_1_and_shown_in_percent():
    assert value(0.9999, "99.99", "%").shown == 99.99
    assert value(0.9837, "98.37", "%").shown == 98.37


def test_a_value_that_arrived_bad_shows_nothing():
    assert value(None, "n/a", "%").shown is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("90.36万", ("90.36", "万")),
        ("69.5亿", ("69.5", "亿")),
        ("671", ("671", "")),
        ("-3.5", ("-3.5", "")),
        ("约3", None),
        ("", None),
    ],
)
def test_digits_and_scale_are_as_published(text, parts):
    assert value(1.0, text, "件次").figure_and_scale == parts


def test_the_label_is_short_where_there_is_a_short_name():
    plain = IndicatorDef("a_b_c", "12345 日均受理诉求", "Requests per day", "件次/日", Good.NONE, "a")
    short = IndicatorDef("a_b_c", "12345 日均受理诉求", "Requests per day", "件次/日", Good.NONE, "a", short="日均")
    assert (plain.label("zh"), short.label("zh"), short.label("en")) == (
        "12345 日均受理诉求",
        "日均",
        "Requests per day",
    )
