"""The smaller parts: colours, sparks, meters, rails, ranks, rolls, woven sentences, trends."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from dash import html
from hypothesis import given
from hypothesis import strategies as st

from brain.model.alert import Level
from brain.model.query.alerts import ClockRow
from brain.model.query.tickets import TrendDay
from dashboard.kit.chart import nice_range, nice_top, room_for
from dashboard.kit.meter import device_cells, minute_cells
from dashboard.kit.rail import clock_rows, rail
from dashboard.kit.rank import RankRow, rank
from dashboard.kit.spark import columns, spark
from dashboard.kit.theme import palette
from dashboard.kit.trend import against_limits, days_in_a_row
from dashboard.kit.weave import weave
from dashboard.panel import Theme
from tests.panels.samples import DAY, DAY_MS, HOUR, MINUTE, NOW_MS
from tests.panels.shown import attributes, bare_view, by_class, text_of

VIEW = bare_view("hotline_trend")
TOKENS = Path(__file__).resolve().parents[3] / "assets" / "css" / "tokens.css"
NAMES = {"ground": "ground", "card": "raise"} | {
    name: name for name in ("t1", "t2", "t3", "line", "line2", "acc", "acc2", "accd", "nodata", "usual", "track")
}


@pytest.mark.parametrize("theme", tuple(Theme))
def test_colours_are_those_of_the_style_sheet(theme: Theme) -> None:
    block = re.search(rf'\[data-bs-theme="{theme.value}"\] \{{(.*?)\n\}}', TOKENS.read_text(encoding="utf-8"), re.S)
    assert block is not None
    tokens = dict(re.findall(r"--([a-z0-9-]+): (#[0-9A-F]{6});", block[1]))
    colours = palette(theme)
    for field, token in NAMES.items():
        assert getattr(colours, field) == tokens[token], field
    assert colours.ramp == tuple(tokens[f"ramp{i}"] for i in range(1, 6))
    assert (colours.stale_line, colours.stale_ground) == (tokens["stale-line"], tokens["stale-ground"])
    for level in Level:
        assert colours.level[level] == tokens[level.word]
        assert colours.level_ink[level] == tokens[f"on-{level.word}"]
        assert colours.level_text[level] == tokens[f"{level.word}-text"]


def _svg(spark: html.Span) -> ElementTree.Element:
    frame, *parts = json.loads(attributes(spark)["data-spark"])
    drawn = ElementTree.Element("svg", frame)
    drawn.extend(ElementTree.Element(name, shape) for name, shape in parts)
    return drawn


@given(st.lists(st.none() | st.floats(-1e9, 1e9, allow_nan=False), max_size=40))
def test_a_spark_is_a_picture_within_its_box(values: list[float | None]) -> None:
    picture = _svg(spark(values, "#86D0BB", fill="#1B2528"))
    for line in picture.iter("polyline"):
        for point in line.attrib["points"].split():
            x, y = (float(part) for part in point.split(","))
            assert 0 <= x <= 120
            assert 0 <= y <= 32


def test_gaps_stay_gaps() -> None:
    picture = _svg(spark([1, 2, None, 3, 4], "#fff"))
    assert len(list(picture.iter("polyline"))) == 2


def test_columns_stand_on_one_line_and_zero_is_a_hairline() -> None:
    picture = _svg(columns([0, 5, 10], "#111111", "#222222", hot=1, height=48))
    heights = [float(r.attrib["height"]) for r in picture]
    assert heights == [1.5, 24.0, 48.0]
    assert [r.attrib["fill"] for r in picture] == ["#222222", "#222222", "#111111"]


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400), st.integers(3, 30))
def test_no_silent_device_is_hidden_by_many_good_ones(fresh: int, old: int, never: int, room: int) -> None:
    cells = device_cells(fresh, old, never, room)
    assert len(cells) <= room
    assert ("old" in cells) == (old > 0)
    assert ("none" in cells) == (never > 0)
    assert ("ok" in cells) == (fresh > 0)


def test_minutes_show_trouble_at_the_newest_end() -> None:
    recent = (3, 0, 2, 4)
    assert minute_cells(recent, "well", stale=False) == ["ok", "some", "ok", "ok"]
    assert minute_cells(recent, "well", stale=True) == ["ok", "some", "ok", "old"]
    assert minute_cells(recent, "lost", stale=False) == ["ok", "some", "ok", "none"]


def _clock(due_in: int, ended_in: int | None = None, provisional: bool = False) -> ClockRow:
    ended = None if ended_in is None else NOW_MS + ended_in
    return ClockRow("close", "办结", "Close", NOW_MS - HOUR, NOW_MS + due_in, ended, provisional)


@pytest.mark.parametrize(
    ("clock", "segment", "said"),
    [
        (_clock(HOUR), "run", "剩 01:00:00"),
        (_clock(2 * DAY, provisional=True), "run", "剩 2 天"),
        (_clock(-5 * MINUTE), "run over", "超时 00:05:00"),
        (_clock(HOUR, -MINUTE), "done", "按时完成，用时 59 分"),
        (_clock(-10 * MINUTE, -MINUTE), "over", "超时完成，用时 59 分"),
    ],
)
def test_a_clock_says_what_is_left_or_over(clock: ClockRow, segment: str, said: str) -> None:
    assert rail([clock], NOW_MS).children[0].className == segment
    rows = clock_rows([clock], VIEW)
    assert text_of(by_class(rows, "clock-left")) == said
    assert ("暂定" in text_of(rows)) == clock.provisional


def test_a_running_clock_has_its_tick_at_now() -> None:
    run = rail([_clock(3 * HOUR)], NOW_MS).children[0]
    assert run.children.style == {"width": "25.0%"}


def test_of_the_clocks_in_time_the_first_runs_and_the_rest_are_to_come() -> None:
    ended, late, first, second = _clock(HOUR, -MINUTE), _clock(-MINUTE), _clock(HOUR), _clock(2 * HOUR)
    names = [each.className for each in rail([ended, late, first, None, second, late], NOW_MS, Level.ORANGE).children]
    assert names == ["done", "run over l-orange", "run", "todo", "todo", "run over l-orange"]


def test_what_stands_behind_a_spark_is_thin_and_on_the_same_scale() -> None:
    picture = _svg(spark([1, 2, None, None], "#fff", behind=[None, None, 2, 4], quiet="#84939A", low=0))
    behind, line = [each for each in picture if each.tag.endswith("polyline")]
    assert (behind.get("stroke"), behind.get("stroke-width"), line.get("stroke")) == ("#84939A", "1", "#fff")
    heights = [float(point.split(",")[1]) for each in (behind, line) for point in (each.get("points") or "").split()]
    assert heights[3] == heights[0]  # 2 and 2
    assert min(heights) == heights[1]
    assert len(_svg(spark([None, None], "#fff", behind=[1, 2], quiet="#84939A"))) == 1


def test_a_stretched_spark_keeps_the_shape_of_its_strokes() -> None:
    picture = _svg(spark([1, 2, 3], "#fff", stretch=True))
    assert picture.attrib["preserveAspectRatio"] == "none"
    strokes = [part for part in picture if "stroke" in part.attrib]
    assert [part.attrib["vector-effect"] for part in strokes] == ["non-scaling-stroke"] * 2
    assert not list(picture.iter("circle"))


def test_a_ranking_shows_the_n_and_the_change_there_is() -> None:
    drawn = rank(
        [RankRow("甲", 1.5, 0.25, "area:1", n=9), RankRow("乙", 2.0, None, "/x/y", n=4)], 1, ["", "", "", "值"]
    )
    assert attributes(drawn)["className"] == "rank with-n"
    assert [text_of(row) for row in by_class(drawn, "rank-row")] == ["1乙2.04—", "2甲1.59+0.3"]
    assert [type(row).__name__ for row in drawn.children] == ["Div", "A", "Button"]
    assert attributes(rank([RankRow("甲", 1)]))["className"] == "rank no-delta"


def test_ranks_are_sorted_and_the_unranked_stand_last_without_a_place() -> None:
    rows = [RankRow("甲", 5), RankRow("乙", 9, go="/x"), RankRow("丙", 40, ranked=False), RankRow("丁", None)]
    drawn = by_class(rank(rows), "rank-row")
    assert [text_of(row.children[1]) for row in drawn] == ["乙", "甲", "丙", "丁"]
    assert [text_of(row.children[0]) for row in drawn] == ["1", "2", "—", "—"]
    assert [row.className for row in drawn] == ["rank-row", "rank-row", "rank-row off", "rank-row nodata"]


def test_components_stand_where_the_language_wants_them() -> None:
    def tr(key: str, **holes: Any) -> str:
        return {"a": "{x} 后 {y}", "b": "{y} after {x}!"}[key].format(**holes)

    bold = html.B("5")
    assert weave(tr, "a", x=bold, y="词") == [bold, " 后 词"]
    assert weave(tr, "b", x=bold, y="word") == ["word after ", bold, "!"]


@given(st.floats(0, 1e9))
def test_the_top_of_an_axis_holds_the_value(value: float) -> None:
    top = nice_top(value)
    assert top >= value * (1 - 1e-9)
    assert top <= max(2.0, value * 2 * (1 + 1e-9))


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_a_cut_axis_holds_the_data(low: float, span: float) -> None:
    bottom, top, ticks = nice_range(low, low + span)
    slack = 1e-6 * max(1.0, abs(low), span)
    assert bottom <= low + slack
    assert top >= low + span - slack
    assert 2 <= len(ticks) <= 5


def test_wider_numbers_get_more_room() -> None:
    assert room_for([0, 500, 1000]) > room_for([0, 5, 10])


def test_days_that_are_not_whole_are_outlined_and_the_line_leaves_them_out() -> None:
    days = [TrendDay(DAY_MS - (2 - i) * DAY, 10 + i, 8 + i, i != 1, i < 2) for i in range(3)]
    figure = days_in_a_row(days, VIEW, "受理", "办结")
    bars, line = figure["data"][0], figure["data"][1]
    colours = palette(VIEW.theme)
    assert bars["marker"]["color"] == [colours.acc2, colours.accd, "rgba(0,0,0,0)"]
    assert line["x"] == [0.0, 1.0]


def test_no_days_is_still_a_figure() -> None:
    assert days_in_a_row([], VIEW, "受理", "办结")["layout"]


def test_limits_wear_their_level_and_gaps_stay_gaps() -> None:
    series = [(NOW_MS - 2 * MINUTE, 0.2), (NOW_MS - MINUTE, None), (NOW_MS, 0.7)]
    figure = against_limits(series, [(Level.RED, 0.6)], VIEW, "水位", 2, NOW_MS - MINUTE)
    assert figure["data"][0]["y"] == [0.2, None, 0.7]
    assert figure["data"][0]["connectgaps"] is False
    assert figure["layout"]["annotations"][0]["text"] == "红 0.60"
    assert figure["layout"]["shapes"][0]["line"]["color"] == palette(VIEW.theme).level[Level.RED]
    low, high = figure["layout"]["yaxis"]["range"]
    assert low <= 0.2
    assert high >= 0.7
