"""Panels of published figures: what each row says, and which rows there are."""

from dataclasses import replace
from typing import Any

import pytest

from brain.model.indicator import Good, Quality, ValueKind
from brain.model.period import parse_period
from brain.model.query.indicators import Figure, Figures
from dashboard.kit import figurelist
from dashboard.kit.face import needs_of
from dashboard.panel import Screen, View
from tests.panels import samples
from tests.panels.shown import bare_view, by_class, city, panels, show, text_of, view_of, with_value

DOMAINS = {"government_services": "service", "data_resources": "data", "economy": "economy"}


def shown(*figures: Figure, screen: Screen = Screen.LARGE, **more: Any) -> Any:
    return show(with_value(view_of("government_services", screen, **more), "figures", figures))


def rows(section: Any) -> list[str]:
    return [text_of(row) for row in by_class(section, "fig-row")]


def figure(i: int = 0) -> Figure:
    """A sample: 0 requests, 1 closed on time (%), 3 doubtful, 5 with a qualifier."""
    found: Figure = view_of("economy").value("figures")[i]
    return replace(found, target=None, companions=())


def of_period(one: Figure, period: str, value: float) -> Any:
    assert one.value is not None
    return replace(one.value, period=parse_period(period, samples.TZ), value=value, value_text=str(value))


@pytest.mark.parametrize(("panel", "domain"), list(DOMAINS.items()))
def test_a_panel_asks_for_its_domain_or_for_what_is_named(panel: str, domain: str) -> None:
    assert needs_of(panels()[panel], bare_view(panel)) == {"figures": Figures((), True, (domain,))}
    view: View = bare_view(panel, options={"indicators": ("a_b_c",), "domains": ("x",), "limit": 3})
    assert needs_of(panels()[panel], view) == {"figures": Figures(("a_b_c",), True, ())}


def test_a_row_keeps_scale_and_qualifier_and_says_period_and_doubt() -> None:
    section = shown(figure(0), figure(3), figure(5))
    assert rows(section) == [
        "12345 受理诉求90.36万件次2021 上半年",
        "政务大厅办事53万人次2021 上半年 · 存疑",
        "电子证照超1,401万张截至 2021-06",
    ]
    assert text_of(by_class(section, "panel-sub")[0]) == "2021-07-01 收录"
    assert rows(shown(figure(5), lang="en")) == ["E-licencesover14.01millionas of 2021-06"]


def test_the_whole_name_stands_where_the_short_one_leans_on_another() -> None:
    one = replace(figure(), indicator=replace(figure().indicator, short="日均", name="日均受理诉求"))
    assert rows(shown(one))[0].startswith("日均受理诉求")


def test_what_came_in_earlier_says_so_itself() -> None:
    early = figure()
    assert early.value is not None
    early = replace(early, value=replace(early.value, received_ms=early.value.received_ms - 90 * samples.DAY))
    section = shown(figure(1), early)
    assert rows(section)[1].endswith("2021 上半年 · 2021-04-02 收录")


def test_previous_target_and_limit() -> None:
    ratio = figure(1)
    ratio = replace(
        ratio,
        indicator=replace(ratio.indicator, good=Good.UP),
        previous=of_period(ratio, "2020H2", 0.9),
        target=replace(of_period(ratio, "by 2021-12", 1.0), kind=ValueKind.TARGET, value_text="100"),
        limit=replace(of_period(ratio, "2021", 0.95), kind=ValueKind.LIMIT, value_text="95"),
    )
    section = shown(ratio)
    assert rows(section) == [
        "按时办结率99.99%2021 上半年 · 比上期 ▲ 9.99 百分点 好转 · 目标 100 % (2021-12 前完成) · 限 95 % (2021 年)"
    ]
    (bar,) = by_class(section, "bullet")
    assert [part.style for part in bar.children] == [{"width": "100.0%"}, {"left": "100.0%"}]


def test_a_target_without_value_is_a_dash_and_what_has_neither_is_left_out() -> None:
    target = replace(figure(), value=None, target=replace(of_period(figure(), "2021H2", 25.0), value_text="25"))
    section = shown(target, replace(figure(1), value=None))
    assert rows(section) == ["12345 受理诉求—件次尚未公布 · 目标 25 件次 (2021 下半年)"]
    assert by_class(section, "fig-row")[0].className == "fig-row none"


def test_a_course_has_a_gap_where_a_month_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(figurelist, "spark", lambda values, *_, **__: drawn.append(values))
    series = tuple(of_period(figure(), f"2021-{month:02d}", float(month)) for month in (2, 3, 5))
    shown(replace(figure(), value=series[-1], series=series))
    shown(replace(figure(), series=series[:2]))  # two points are no course
    assert drawn == [[2.0, 3.0, None, 5.0]]


def test_the_wall_says_how_many_more_there_are_and_the_desk_shows_them() -> None:
    options = {"indicators": (), "domains": (), "limit": 2}
    section = shown(*[figure()] * 5, options=options)
    assert len(rows(section)) == 2
    assert "另 3 项" in text_of(section)
    assert len(rows(shown(*[figure()] * 5, screen=Screen.MEDIUM, options=options))) == 5


def test_nothing_published_is_said_and_not_invented() -> None:
    view = view_of("economy", kind="empty")
    answer = replace(view.answers["figures"], value=None)
    section = show(replace(view, answers={"figures": answer}))
    assert "face-empty" in section.className
    assert "尚未接入数据源" in text_of(section)


def test_a_figure_from_above_says_whose_it_is_and_simulated_ones_are_marked() -> None:
    one = figure()
    assert one.value is not None
    made = replace(one, value=replace(one.value, simulated=True, quality=Quality.BAD, value=None))
    (row,) = rows(shown(made, area=city().areas.get("02001")))
    assert row == "澄州 12345 受理诉求—件次2021 上半年 · 存疑 · 模拟"
