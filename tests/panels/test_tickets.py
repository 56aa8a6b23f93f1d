"""The panels of tickets: ranked by what, judged by what, what a wall may show, where a click leads."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from brain.model.alert import Level
from brain.model.query.areas_day import DayOfAreas
from brain.model.query.clocks import UrgentNow
from brain.model.query.shares import By, Judged, Units, UnitShare
from brain.model.scope import Role
from dashboard.kit.theme import palette
from dashboard.panel import Screen, Table, View
from tests.panels import samples
from tests.panels.shown import attributes, by_class, city, components, panels, show, text_of, view_of, with_value


def _rows(node: Any, name: str = "rank-row") -> list[str]:
    return [text_of(row) for row in by_class(node, name)]


def test_categories_stand_beside_the_same_weekday() -> None:
    section = show(view_of("category_ranking"))
    assert text_of(by_class(section, "panel-sub")) == "今日前 6 · 件次 · 比上周三"
    assert _rows(section)[:3] == ["1噪音扰民412+38", "2消费维权355−21", "3交通出行298+9"]
    assert [text_of(each) for each in by_class(section, "rank-delta")][-1] == "0"
    medium = show(view_of("category_ranking", Screen.MEDIUM))
    assert text_of(by_class(medium, "rank-head")) == "件次比上周三"


def test_categories_without_a_week_before_say_no_change() -> None:
    view = view_of("category_ranking", Screen.MEDIUM)
    found = view.value("ranking")
    section = show(with_value(view, "ranking", replace(found, rows=tuple(replace(r, before=None) for r in found.rows))))
    assert "比" not in text_of(section)
    assert not by_class(section, "rank-delta")


def _urgent(view: View, *cases: Any) -> Any:
    now: UrgentNow = view.value("now")
    return show(with_value(view, "now", replace(now, rows=cases, total=len(cases), overdue=0)))


def _segments(row: Any) -> list[str]:
    return [segment.className for segment in by_class(row, "rail")[0].children]


def test_a_clock_says_which_where_and_what_is_left() -> None:
    section = _urgent(view_of("urgent_clocks"), samples.urgent_case(city(), 0), samples.urgent_case(city(), 2))
    first, second = by_class(section, "clock-row")
    assert text_of(first) == "独居老人失联东渡联系群众剩 00:18:00"
    assert [attributes(c)["data-due"] for c in by_class(first, "due")] == [str(samples.NOW_MS + 18 * samples.MINUTE)]
    assert _segments(first) == ["run", "todo", "todo"]
    assert text_of(second) == "路面塌陷东渡 · 暂定办结剩 2日20时"  # no seconds above a day
    assert _segments(second) == ["done", "done", "run"]
    assert text_of(by_class(section, "clock-heads")) == "联系群众 1 小时到达现场 2 小时办结 3 个工作日"
    assert text_of(by_class(section, "panel-sub")) == "2 项"


def test_days_off_do_not_count_in_what_is_left() -> None:
    case = samples.urgent_case(city(), 2, left_s=17.5 * 3600)
    assert "办结剩 17时" in text_of(_urgent(view_of("urgent_clocks"), case))


def test_late_by_days_is_said_in_days() -> None:
    case = samples.urgent_case(city(), 3)
    late = replace(case.running, due_ms=samples.NOW_MS - 15 * samples.DAY - 7 * samples.HOUR)
    case = replace(case, running=late, left_s=(late.due_ms - samples.NOW_MS) / 1000)
    assert "超时 15日7时" in text_of(_urgent(view_of("urgent_clocks"), case))


def test_past_due_is_bold_and_coloured_by_an_alert_alone() -> None:
    plain = samples.urgent_case(city(), 3)
    about = replace(plain, alert_id="alert-6", alert_level=Level.ORANGE)
    first, second = by_class(_urgent(view_of("urgent_clocks"), plain, about), "clock-row")
    assert text_of(first).endswith("联系群众超时 00:05:00")
    assert _segments(first) == ["run over", "run", "todo"]
    assert "data-go" not in attributes(first)
    assert _segments(second)[0] == "run over l-orange"
    assert text_of(by_class(second, "level")) == "橙"  # never colour alone
    assert attributes(second)["data-go"] == "/large/alert/alert-6"


def test_of_many_clocks_the_first_are_shown_and_all_counted() -> None:
    section = show(view_of("urgent_clocks"))
    assert len(by_class(section, "clock-row")) == 3
    assert text_of(by_class(section, "panel-sub")) == "21 项 · 超时 1 · 先到期 3 项"


def test_the_number_of_a_case_stands_on_no_wall() -> None:
    assert "2021071400" not in text_of(show(view_of("urgent_clocks", Screen.LARGE)))
    assert "2021071400000" in text_of(show(view_of("urgent_clocks", Screen.MEDIUM)))


def _units(published: float | None, *judged: Judged, options: Mapping[str, Any] | None = None) -> Any:
    view = view_of("unit_performance", Screen.MEDIUM)
    rows = tuple(UnitShare(f"u{i}", f"单位{i}", f"Unit {i}", each) for i, each in enumerate(judged))
    total = sum(judged, Judged())
    view = with_value(
        replace(view, options={**view.options, **(options or {})}), "units", Units(rows, total, published)
    )
    return show(view)


def test_units_are_judged_by_the_interval() -> None:
    section = _units(0.9, Judged(200, 198), Judged(200, 182), Judged(200, 140), Judged(19, 19), Judged(0, 0, 7))
    assert _rows(section) == [
        "1单位099.0 %200高于",
        "2单位191.0 %200相当",  # above the target, but not beyond doubt
        "3单位270.0 %200低于",
        "—单位3不排名19样本少",  # all in time, and still no rank
        "—单位4—0",
    ]
    assert [row.className for row in by_class(section, "rank-row")][2:] == ["rank-row", "rank-row off", "rank-row off"]
    assert "n < 20 不排名" in text_of(section)
    assert "未到期 7 件不计入" in text_of(section)


@pytest.mark.parametrize(
    ("published", "target", "said"),
    [(None, 0.0, "平均 95.0"), (0.9, 0.0, "目标 90.0"), (0.9, 99.5, "目标 99.5"), (0.0, 0.0, "平均 95.0")],
)
def test_the_line_is_the_target_of_options_then_of_the_city_then_the_mean(
    published: float | None, target: float, said: str
) -> None:
    section = _units(published, Judged(100, 90), Judged(100, 100), options={"target": target})
    assert said in text_of(by_class(section, "interval-scale"))
    assert f"比{said[:2]}" in text_of(by_class(section, "rank-head"))


def test_every_mark_of_an_interval_lies_on_its_scale() -> None:
    section = _units(0.3, Judged(50, 50), Judged(50, 10), Judged(3, 0))
    for part in components(by_class(section, "interval")):
        for name, size in (getattr(part, "style", None) or {}).items():
            assert 0 <= float(size.removesuffix("%")) <= 100, name
    first, second = by_class(section, "interval")[:2]
    assert first.children[1].style == {"left": "100.0%"}
    assert float(second.children[0].style["left"].removesuffix("%")) > 0  # no ranked interval is cut off


def test_all_in_time_is_not_below_a_line_at_100() -> None:
    section = _units(None, *(Judged(n, n) for n in range(20, 400, 7)), options={"limit": 99})
    assert {text_of(each) for each in by_class(section, "rank-verdict")} == {"相当"}


def test_the_scale_begins_where_the_shares_can_be_told_apart() -> None:
    scale = by_class(_units(0.98, Judged(900, 880), Judged(900, 890)), "interval-scale")
    assert text_of(scale) == "95目标 98.0100"


def test_units_nobody_knows_are_counted_apart() -> None:
    assert "未明承办单位 31 件" in text_of(show(view_of("unit_performance")))


def test_units_with_most_tickets_where_there_are_too_many() -> None:
    section = _units(None, *(Judged(30 + i, 30) for i in range(5)), options={"limit": 2})
    assert sorted(text_of(each) for each in by_class(section, "rank-name")) == ["单位3", "单位4"]
    assert "件数最多 2 个" in text_of(by_class(section, "panel-sub"))


@pytest.mark.parametrize(
    ("by", "said", "first"),
    [
        (By.TICKETS, "今日诉求", "1东渡15.6140+0.4"),
        (By.ON_TIME, "按时办结率 · 近 30 天", "1东渡99.1 %216+6.1高于"),
        (By.ALERTS, "在办预警", "1东渡160"),
    ],
)
def test_towns_are_ranked_by_what_is_asked(by: By, said: str, first: str) -> None:
    view = view_of("area_ranking", Screen.MEDIUM)
    view = view_of("area_ranking", Screen.MEDIUM, options={**view.options, "by": by.value})
    section = show(view)
    assert text_of(by_class(section, "panel-sub")) == said
    assert _rows(section)[0] == first
    if by is By.ALERTS:
        assert text_of(by_class(section, "panel-age")) == "即时"


@pytest.mark.parametrize(("panel", "name"), [("area_ranking", "rank-row"), ("towns_day", "sm")])
def test_a_click_opens_the_town(panel: str, name: str) -> None:
    rows = by_class(show(view_of(panel)), name)
    assert {attributes(row)["data-go"] for row in rows} == {"area:02001", "area:02002", "area:02003"}
    assert {type(row).__name__ for row in rows} == {"Button"}, "reachable by keyboard"
    (alone,) = by_class(show(view_of(panel, area=city().areas.get("0200101"))), name)
    assert "data-go" not in attributes(alone)  # one is there already


def test_small_multiples_share_one_scale_and_keep_what_never_came_apart() -> None:
    section = show(view_of("towns_day"))
    cells = by_class(section, "sm")
    assert [text_of(each) for each in cells] == ["东渡11", "柳湾9", "石桥—"]
    assert [each.className for each in cells] == ["sm", "sm", "sm none"]
    curves = [attributes(each.children[2]).get("data-spark") for each in cells]
    assert curves[0] != curves[1]
    assert curves[2] is None


def test_after_midnight_the_hours_to_come_show_the_day_before() -> None:
    view = view_of("towns_day")
    day: DayOfAreas = view.value("day")
    rows = tuple(replace(row, by_hour=(None,) * 24) for row in day.rows)
    cells = by_class(show(with_value(view, "day", replace(day, rows=rows))), "sm")
    drawn = [json.loads(attributes(each.children[2])["data-spark"])[1:] for each in cells[:2]]
    assert [[name for name, _ in shapes] for shapes in drawn] == [["polyline"], ["polyline"]]
    assert {shape["stroke"] for shapes in drawn for _, shape in shapes} == {palette(view.theme).t3}


def test_titles_say_what_the_parts_are() -> None:
    def title(panel: str, area_id: str) -> str:
        return text_of(by_class(show(view_of(panel, area=city().areas.get(area_id))), "panel-title"))

    assert (title("towns_day", "020"), title("towns_day", "02001")) == ("各镇街 24 小时", "各区域 24 小时")
    assert (title("area_ranking", "020"), title("area_ranking", "02001")) == ("镇街排名", "区域排名")


def _table(name: str, **options: Any) -> Table:
    view = view_of(name, Screen.MEDIUM)
    made = panels()[name].rows
    assert made is not None
    return made(view_of(name, Screen.MEDIUM, options={**view.options, **options}) if options else view)


def test_the_numbers_behind_a_share_make_it_up() -> None:
    table = _table("unit_performance")
    names = [column.name for column in table.columns]
    assert len(table.rows) == 9  # also those of no known unit
    for row in table.rows:
        cells = dict(zip(names, row, strict=True))
        due, in_time, share = (cells[name] for name in ("到期或办结", "其中按时办结", "按时办结率"))
        assert isinstance(due, int)
        assert isinstance(in_time, int)
        assert share == (in_time / due * 100 if due else None)
        assert (cells["比目标 95.0%"] == "样本少") == (due < 20)
    assert table.rows[-1][0] == "未明承办单位"


def test_tables_of_towns_hold_all_of_them() -> None:
    assert [row[0] for row in _table("area_ranking", limit=1).rows] == ["东渡", "柳湾", "石桥"]
    assert _table("area_ranking", by="on_time").rows[0][:2] == ("东渡", 214 / 216 * 100)
    day = _table("towns_day")
    assert (day.period, len(day.columns)) == ("2021-07-14", 26)
    assert day.rows[2][1:] == (None,) * 25


def test_the_table_of_clocks_has_no_number_of_a_case() -> None:
    table = _table("urgent_clocks")
    assert table.rows[0][:3] == ("电梯困人", "东渡", "联系群众")
    assert "2021071400" not in str(table)


def test_tickets_of_no_unit_alone_draw_no_line() -> None:
    view = view_of("unit_performance", Screen.MEDIUM)
    view = with_value(view, "units", Units((UnitShare("", "", "", Judged(30, 20)),), Judged(30, 20), 0.95))
    section = show(view)
    assert not by_class(section, "interval-scale")
    assert "95" not in text_of(section), "neither target nor interval"
    assert "未明承办单位 30 件" in text_of(section)


def test_late_tickets_say_which_where_with_whom_and_how_late() -> None:
    section = show(view_of("late_tickets", Screen.MEDIUM))
    first, second, *_ = by_class(section, "table")[0].children[1].children
    assert text_of(first).startswith("橙 独居老人失联 紧急2021071400000东渡市水务局办结")
    assert text_of(first).endswith("1 天 2 小时")
    assert "data-go" in attributes(first)
    assert "data-go" not in attributes(second), "what nobody was alerted of has no page"
    assert text_of(by_class(section, "panel-sub")) == "1,234 件 · 紧急 2 · 先列 100 件"


def test_late_tickets_on_a_phone_say_all_in_three_columns() -> None:
    row = by_class(show(view_of("late_tickets", Screen.SMALL)), "table")[0].children[1].children[4]
    assert len(row.children) == 3
    assert "未明承办单位" in text_of(row)
    assert "· 办结" in text_of(row)


def test_numbers_of_late_tickets_stand_on_no_wall_and_in_no_table() -> None:
    assert "2021071400" not in text_of(show(view_of("late_tickets", Screen.LARGE)))
    table = _table("late_tickets")
    assert (len(table.rows), table.beside) == (
        200,
        (("超时未结工单", "1,234"), ("其中紧急", "2"), ("表中列出", "200")),
    )
    assert "2021071400" not in str(table)


@pytest.mark.parametrize("total", [0, 1])
def test_late_tickets_of_unit_staff_are_said_to_be_their_units_alone(total: int) -> None:
    view = view_of("late_tickets", Screen.MEDIUM)
    view = replace(view, scope=replace(view.scope, role=Role.UNIT, unit="water"))
    now = replace(view.value("now"), rows=view.value("now").rows[:total], total=total, urgent=0)
    assert text_of(by_class(show(with_value(view, "now", now)), "panel-sub")) == f"{total} 件 · 仅本单位"


def test_late_for_less_than_a_day_is_counted_on() -> None:
    view = view_of("late_tickets", Screen.MEDIUM)
    now = view.value("now")
    section = show(with_value(view, "now", replace(now, rows=now.rows[1:2])))
    assert [attributes(each)["data-since"] for each in by_class(section, "since")] == [str(now.rows[1].running.due_ms)]


def test_towns_without_a_call_today_are_drawn_as_the_day_before_or_not_at_all() -> None:
    view = view_of("towns_day")
    day: DayOfAreas = view.value("day")
    quiet = tuple(replace(row, total=0.0, by_hour=(0.0,) * 14 + (None,) * 10) for row in day.rows)
    drawn = show(with_value(view, "day", replace(day, rows=tuple(replace(row, before=(1.0,) * 24) for row in quiet))))
    assert by_class(drawn, "small-mult")
    assert "没有来电" not in text_of(drawn), "the word would lie over the names"
    bare = show(with_value(view, "day", replace(day, rows=tuple(replace(row, before=()) for row in quiet))))
    assert not by_class(bare, "small-mult")
    assert "没有来电" in text_of(bare)
