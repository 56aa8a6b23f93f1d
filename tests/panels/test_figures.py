"""Numbers on the panels: as published, with their period; trends with n and interval; troubled feeds stay in sight."""

from dataclasses import replace

import pytest

from brain.model.query.feeds import FeedRow
from brain.model.query.tickets import Trend
from dashboard.panel import Screen
from tests.panels import samples
from tests.panels.shown import by_class, figures, show, text_of, view_of, with_value


def _cells(lang: str = "zh") -> list[str]:
    return [text_of(c) for c in by_class(show(view_of("headline_numbers", Screen.LARGE, lang)), "fact")]


def test_published_figures_keep_precision_scale_and_qualifier() -> None:
    cells = _cells()
    assert cells[0].startswith("12345 受理诉求90.36万件次2021 上半年 · 日均 4,992 · 派单 10.29 万件次")
    assert "99.99%" in cells[1]
    assert "超1,401万张截至 2021-06" in cells[5]


def test_english_has_no_wan() -> None:
    cells = _cells("en")
    assert "903,600requests" in cells[0]
    assert "6.95billion" in cells[4]
    assert "over14.01million" in cells[5]


def test_the_first_total_is_the_hero() -> None:
    section = show(view_of("headline_numbers", Screen.LARGE))
    assert len(by_class(section, "size-hero")) == 1
    assert len(by_class(section, "size-total")) == 5


def test_a_doubtful_figure_says_so() -> None:
    assert "存疑" in _cells()[3]


def test_an_inherited_figure_says_whose_it_is() -> None:
    from tests.panels.shown import city

    section = show(view_of("headline_numbers", Screen.MEDIUM, area=city().areas.get("02001")))
    assert text_of(by_class(section, "card-head")[0]).startswith("澄州 12345 受理诉求")


def test_a_figure_that_is_not_published_is_a_dash() -> None:
    view = view_of("headline_numbers", Screen.LARGE)
    first = replace(view.value("figures")[0], value=None, companions=())
    section = show(with_value(view, "figures", (first,)))
    assert text_of(by_class(section, "figure-value")[0]) == "—"
    assert "尚未公布" in text_of(section)


def test_today_is_compared_with_the_same_weekday_up_to_the_same_time() -> None:
    section = show(view_of("hotline_today"))
    assert text_of(by_class(section, "delta")[0]) == "比上周三同时 ▲ 3.8 %"
    assert "flat" in by_class(section, "delta")[0].className  # more calls are neither good nor bad


def test_nothing_to_compare_with_says_nothing() -> None:
    view = view_of("hotline_today")
    day = replace(view.value("day"), before_same_time=None, before_by_hour=None, before_day_ms=None)
    day = replace(day, usual=(None,) * 24)
    section = show(with_value(view, "day", day))
    assert by_class(section, "delta") == []
    assert "上周三" not in str(figures(section))


def test_the_day_compared_with_is_said_by_its_name() -> None:
    said = {}
    for compare in ("yesterday", "year", "none"):
        section = show(view_of("hotline_today", Screen.MEDIUM, options={"compare": compare}))
        said[compare] = text_of(section) + str(figures(section))
    assert "比昨日同时 ▲ 3.8 %" in said["yesterday"]
    assert "比去年同日同时 ▲ 3.8 %" in said["year"]
    assert "一为工作日、一为休息日" in said["year"]
    assert "一为工作日" not in said["yesterday"]
    assert "比" not in said["none"]


def test_days_in_a_row_are_compared_as_far_as_there_are_data() -> None:
    view = view_of("hotline_trend", Screen.MEDIUM, options={"days": 7, "compare": "week"})
    section = show(view)
    assert "同期合计比上周同日" in text_of(section)
    (figure,) = figures(section)
    dotted = [trace for trace in figure["data"] if trace.get("name") == "上周同日"]
    assert [len(trace["x"]) for trace in dotted] == [6]  # the first day has none
    assert text_of(by_class(section, "panel-title")) == "近 7 天受理与办结"
    assert "上周同日" not in text_of(show(view_of("hotline_trend", Screen.MEDIUM)))


def test_a_month_and_a_quarter_of_days_have_ticks_that_can_be_read() -> None:
    for days in (1, 30, 90):
        (figure,) = figures(show(view_of("hotline_trend", Screen.MEDIUM, options={"days": days, "compare": "none"})))
        ticks = figure["layout"]["xaxis"]["tickvals"]
        assert 1 <= len(ticks) <= 16
        assert ticks[-1] == days - 1  # today is named


def test_the_running_hour_is_not_drawn_as_a_fall() -> None:
    (figure,) = figures(show(view_of("hotline_today")))
    live = figure["data"][-2]
    assert live["x"][-1] == 13.5  # it is 14:26: hour 13 is the last whole one
    assert len(live["y"]) == 14


def test_zero_calls_are_zero_and_the_source_is_well() -> None:
    section = show(view_of("hotline_today", kind="empty"))
    assert text_of(by_class(section, "figure-value")[0]) == "0"
    assert "数据源正常" in text_of(section)


def test_the_share_closed_in_time_has_n_interval_and_what_is_not_due() -> None:
    said = text_of(show(view_of("hotline_trend")))
    assert "按时办结率99.0%n = 58,204 · 区间 98.9–99.1 · 未到期 2,310 件不计" in said


def test_no_share_below_the_least_n() -> None:
    view = view_of("hotline_trend")
    trend: Trend = replace(view.value("trend"), due_n=29, on_time_n=29)
    said = text_of(show(with_value(view, "trend", trend)))
    assert "样本少 n = 29" in said
    assert "100" not in said.split("按时办结率")[1]


def test_feeds_in_trouble_stay_on_the_strip() -> None:
    section = show(view_of("feed_health", Screen.LARGE))
    said = text_of(section)
    assert len(by_class(section, "feed")) == 6
    assert "另 2 路" in said
    for name in ("停车", "证照库", "空气站"):
        assert name in said


@pytest.mark.parametrize("screen", Screen)
@pytest.mark.parametrize(("since_s", "quiet", "marked"), [(299, False, False), (301, False, True), (301, True, False)])
def test_a_feed_that_never_brought_anything_is_marked_in_time(
    screen: Screen, since_s: int, quiet: bool, marked: bool
) -> None:
    """Warnings and rosters may be quiet for days."""
    view = view_of("feed_health", screen)
    row: FeedRow = view.value("feeds")[0]
    since_ms = view.now_ms - since_s * 1000
    state = replace(row.state, status="well", last_item_ms=None, since_ms=since_ms, stale_after_s=300, quiet=quiet)
    section = show(with_value(view, "feeds", (replace(row, state=state),)))
    assert bool(by_class(section, "old")) == marked
    assert ("尚无数据" in text_of(section)) == (marked or screen is not Screen.MEDIUM)


def test_the_table_gives_cause_and_reasons() -> None:
    said = text_of(show(view_of("feed_health", Screen.MEDIUM)))
    assert "连不上，或连接已断开 · 原文：连接被拒绝" in said
    assert "拒收原因 时间在未来 9、格式错误 3" in said


def test_a_feed_that_tells_its_past_says_how_far_it_is() -> None:
    """In the view's language; what no catalogue can say stays away, as does what the feed said before it failed."""
    view = view_of("feed_health", Screen.MEDIUM)
    rows: tuple[FeedRow, ...] = view.value("feeds")
    well = next(n for n, row in enumerate(rows) if row.state.status == "well" and row.state.last_item_ms is not None)

    def said(screen: Screen, cause: str, status: str = "well") -> str:
        state = replace(rows[well].state, cause=cause, status=status, last_item_ms=view.now_ms - 1000)
        changed = (replace(rows[well], state=state), *rows[:well], *rows[well + 1 :])
        return text_of(show(with_value(view_of("feed_health", screen), "feeds", changed)))

    for screen in Screen:
        assert "历史回填 34/90 天" in said(screen, "note.history done=34 days=90")
        assert "note." not in said(screen, "note.history done=<b>34 days=90")
    assert "历史回填" not in said(Screen.LARGE, "note.history done=34 days=90", "lost")


def test_a_feed_that_is_well_may_have_something_to_say() -> None:
    view = view_of("feed_health", Screen.MEDIUM)
    row = view.value("feeds")[0]
    waits = replace(row, state=replace(row.state, cause="note.file: no file matches *.csv; see files"))
    said = text_of(by_class(show(with_value(view, "feeds", (waits,))), "feed-remark"))
    assert "还没有可读的文件 · 原文：no file matches *.csv" in said


def test_environment_shows_the_unit_the_metric_is_read_in() -> None:
    """Kept 0 to 1, read in per cent."""
    from brain.model.reading import Metric

    view = view_of("environment")
    row = replace(
        view.value("now")[0], metric=Metric("parking_ratio", "泊位占用", "Parking", "%", 0), mean=0.853, worst=1.0
    )
    section = show(with_value(view, "now", (row,)))
    assert text_of(by_class(section, "figure")[0]) == "85%"
    assert "100" in text_of(by_class(section, "env-note")[0])


def test_legend_and_title_say_what_the_colour_means() -> None:
    section = show(view_of("city_map", Screen.MEDIUM))
    assert "诉求密度" in text_of(section)
    assert "件次/万人" in text_of(section)
    metric = samples.WATER.id
    shown = show(view_of("city_map", Screen.MEDIUM, options={"colour": metric, "devices": False}))
    assert "积水深度" in text_of(shown)
