"""The headline sentence: written by rules, grave things first, at most three clauses."""

from dataclasses import replace
from typing import Any

import pytest
from dash import html

from brain.model.alert import Level
from brain.model.query.situation import SituationNow
from dashboard.panel import Screen, View
from panels.situation import build
from tests.panels import samples
from tests.panels.shown import attributes, by_class, city, components, show, text_of, view_of, with_value

CALM = SituationNow({}, 0, 0, 0, 0, None)


def _said(lang: str = "zh", **more: Any) -> str:
    return text_of(build(with_value(view_of("situation", lang=lang), "now", replace(CALM, **more))))


@pytest.mark.parametrize(
    ("more", "zh", "en"),
    [
        ({}, "全市平稳：没有生效的预警", "The city is calm: no alerts"),
        (
            {"by_level": {Level.ORANGE: 1}, "urgent_running": 3},
            "全市平稳：1 条橙色预警生效，3 宗紧急求助均在时限内",
            "The city is calm: 1 orange alert, 3 urgent calls all in time",
        ),
        (
            {"by_level": {Level.ORANGE: 1, Level.BLUE: 2}, "unacknowledged": 2, "overdue": 1},
            "全市有待确认预警：1 条橙色预警生效（另有 2 条较低），2 条待确认，1 件工单超时",
            "The city has alerts to confirm: 1 orange alert (2 lower), 2 to confirm, 1 ticket late",
        ),
        (
            {"by_level": {Level.ORANGE: 3}, "feeds_lost": 2},
            "全市需要关注：3 条橙色预警生效，2 路数据中断",
            "The city needs attention: 3 orange alerts, 2 sources lost",
        ),
        (
            {"urgent_overdue": 1, "running": 40},
            "全市需要关注：没有生效的预警，1 宗紧急求助超时",
            "The city needs attention: no alerts, 1 urgent call late",
        ),
    ],
)
def test_sentences(more: dict[str, Any], zh: str, en: str) -> None:
    assert _said(**more) == zh
    assert _said("en", **more) == en


def test_a_red_alert_is_named_with_its_place() -> None:
    red = samples.red_row(city())
    said = _said(by_level={Level.RED: 1}, gravest=red, unacknowledged=1)
    assert said.startswith("东渡 城区内涝红色预警：1 条红色预警生效")


def test_one_breath() -> None:
    said = _said(by_level={Level.BLUE: 1}, unacknowledged=1, overdue=3, feeds_lost=2)
    assert said.count("，") == 2


def test_a_part_of_the_city_is_named() -> None:
    view = replace(view_of("situation"), area=city().areas.get("02001"))
    assert text_of(build(with_value(view, "now", CALM))).startswith("东渡镇平稳")


def test_a_figure_and_its_measure_word_stay_on_one_line() -> None:
    view = view_of("situation")
    section = show(with_value(view, "now", replace(CALM, unacknowledged=3)))
    assert "3 条待确认" in text_of(section)
    assert [text_of(each) for each in by_class(section, "text-nowrap")] == ["3 条"]


def _links(view: View) -> list[Any]:
    return [each for each in components(show(view)) if isinstance(each, html.A)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_late_leads_to_the_list_of_it(lang: str) -> None:
    view = view_of("situation", Screen.MEDIUM, lang=lang)
    late = with_value(view, "now", replace(CALM, overdue=13))
    links = _links(late)
    assert [attributes(link)["data-go"] for link in links] == [f"/medium/late/{view.area.id}"]
    assert text_of(links) == ("13 件工单超时" if lang == "zh" else "13 tickets late")
    urgent = _links(with_value(view, "now", replace(CALM, overdue=13, urgent_overdue=1)))
    assert text_of(urgent) == ("1 宗紧急求助超时" if lang == "zh" else "1 urgent call late")
    assert not _links(with_value(view, "now", replace(CALM, running=5)))
