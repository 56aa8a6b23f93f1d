"""Deltas, intervals, figures, lengths of time, periods: what stands beside a number."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.indicator import Good
from brain.model.period import parse_period
from dashboard.kit.delta import change_ratio, delta
from dashboard.kit.figure import figure
from dashboard.kit.interval import wilson
from dashboard.kit.moment import age, day_text, length_text, moment_text, span_text, weekday_text
from dashboard.kit.period import period_text
from tests.panels.samples import DAY_MS, HOUR, MINUTE, NOW_MS
from tests.panels.shown import attributes, bare_view, text_of, texts

VIEW = bare_view("hotline_today")
ENGLISH = bare_view("hotline_today", lang="en")


@pytest.mark.parametrize(
    ("amount", "good", "face", "text"),
    [
        (0.49, Good.UP, "good", "比目标 ▲ 0.49 百分点 好转"),
        (-5.2, Good.UP, "bad", "比目标 ▼ 5.20 百分点 转差"),
        (-5.2, Good.DOWN, "good", "比目标 ▼ 5.20 百分点 好转"),
        (3.8, Good.NONE, "flat", "比目标 ▲ 3.80 百分点"),
        (0.0, Good.UP, "flat", "比目标 = 0.00 百分点"),
        (0.001, Good.UP, "flat", "比目标 = 0.00 百分点"),
    ],
)
def test_the_triangle_is_direction_the_word_is_judgement(amount: float, good: Good, face: str, text: str) -> None:
    said = delta(VIEW, amount, "百分点", "比目标", good, 2)
    assert attributes(said)["className"] == f"delta {face}"
    assert text_of(said) == text


def test_no_base_says_nothing() -> None:
    assert delta(VIEW, None, "%", "比上周") is None
    assert change_ratio(5, 0) is None
    assert change_ratio(5, None) is None
    assert change_ratio(None, 5) is None
    assert change_ratio(103.8, 100) == pytest.approx(3.8)
    assert change_ratio(-3, -2) == pytest.approx(-50)


def test_wilson_against_published_values() -> None:
    """Nothing of ten, all of ten, eight of ten: the values textbooks give."""
    for hits, expected in ((0, (0.0, 0.2775)), (10, (0.7225, 1.0)), (8, (0.4902, 0.9433))):
        low, high = wilson(hits, 10)
        assert (round(low, 4), round(high, 4)) == expected


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_ratio(pair: tuple[int, int]) -> None:
    hits, n = pair
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= high <= 1


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_no_ratio_has_no_interval(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="no ratio"):
        wilson(hits, n)


def test_a_figure_knows_its_sizes() -> None:
    assert attributes(figure("5", "件", "hero"))["className"] == "figure size-hero"
    with pytest.raises(ValueError, match="no such size"):
        figure("5", "件", "huge")


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 秒", "0 s"),
        (59, "59 秒", "59 s"),
        (60, "1 分", "1 min"),
        (347, "5 分 47 秒", "5 min 47 s"),
        (7200, "2 小时", "2 h"),
        (7260, "2 小时 1 分", "2 h 1 min"),
        (154_800, "1 天 19 小时", "1 d 19 h"),
    ],
)
def test_lengths_have_two_units_at_most(seconds: float, zh: str, en: str) -> None:
    assert length_text(seconds, VIEW) == zh
    assert length_text(seconds, ENGLISH) == en


def test_moments_stand_in_city_time() -> None:
    assert moment_text(NOW_MS, VIEW, seconds=True) == "14:26:08"
    assert moment_text(DAY_MS - MINUTE, VIEW) == "7 月 13 日 23:59"
    assert moment_text(DAY_MS - MINUTE, ENGLISH) == "13 Jul 23:59"
    assert weekday_text(NOW_MS, VIEW) == "周三"
    assert day_text(date(2021, 12, 31), ENGLISH) == "31 Dec"
    assert span_text(25 * 3600 + 61) == "25:01:01"


def test_an_age_is_kept_going_by_the_browser() -> None:
    span = age(NOW_MS - HOUR, VIEW)
    assert attributes(span)["data-at"] == str(NOW_MS - HOUR)
    assert text_of(span) == "13:26"


@pytest.mark.parametrize(
    ("published", "zh", "en"),
    [
        ("2021H1", "2021 上半年", "H1 2021"),
        ("2021H2", "2021 下半年", "H2 2021"),
        ("2021Q3", "2021 三季度", "Q3 2021"),
        ("2021", "2021 年", "2021"),
        ("2021-06", "2021-06", "2021-06"),
        ("as of 2021-06", "截至 2021-06", "as of 2021-06"),
        ("launch..2021-06", "上线 至 2021-06", "launch to 2021-06"),
        ("2021-01..2021-06", "2021-01 至 2021-06", "2021-01 to 2021-06"),
        ("by 2021-12", "2021-12 前完成", "by 2021-12"),
        ("since 2021-12", "2021-12 起", "since 2021-12"),
        ("from 2022-03", "2022-03 起", "since 2022-03"),
        ("planned from 2020-10", "计划 2020-10 起", "planned from 2020-10"),
        ("suggested 2022-02", "2022-02 建议", "suggested 2022-02"),
        ("under way 2022", "2022 年 推进中", "under way 2022"),
        ("2022 batch 1", "2022 年第 1 批", "2022, batch 1"),
        ("before reform", "before reform", "before reform"),
    ],
)
def test_published_periods_have_words(published: str, zh: str, en: str) -> None:
    period = parse_period(published, "Asia/Shanghai")
    assert period_text(period, texts().translate("zh")) == zh
    assert period_text(period, texts().translate("en")) == en
