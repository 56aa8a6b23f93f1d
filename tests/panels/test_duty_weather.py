"""Weather, duty and system state: what is said first, what is said to whom, and what time alone changes."""

from dataclasses import replace

import pytest

from brain.model.query.duty import DutyPost
from brain.model.query.warnings import WarningRows
from brain.model.warning import Wording
from dashboard.kit.face import changes_from_ms
from dashboard.panel import Screen
from dashboard.push.panel_body import _until_ms
from tests.panels.samples import HOUR, NOW_MS
from tests.panels.shown import SCREENS, attributes, by_class, panels, show, text_of, view_of, with_value


@pytest.mark.parametrize("screen", SCREENS)
def test_each_warning_has_its_square_its_subject_its_place_and_its_end(screen: Screen) -> None:
    section = show(view_of("weather", screen))
    rows = by_class(section, "roll-row")
    assert [row.children[0].className for row in rows] == ["level l-orange", "level l-blue", "level l-none"]
    assert [text_of(row.children[0]) for row in rows] == ["橙", "蓝", "—"]
    first = text_of(rows[0])
    for words in ("暴雨", "东渡、柳湾、石桥", "至 15:26"):
        assert words in first
    assert ("注意防范" in first) == (screen is not Screen.LARGE)
    assert "3 条生效" in text_of(section)


def test_the_language_that_is_there_is_shown() -> None:
    view = view_of("weather", Screen.MEDIUM, "en")
    warnings: WarningRows = view.value("warnings")
    only_chinese = [row for row in warnings.rows if row.zh.event == "暴雨"]
    rows = WarningRows(tuple(replace(row, en=Wording()) for row in only_chinese), 1)
    assert "暴雨" in text_of(show(with_value(view, "warnings", rows)))
    assert "Rainstorm" in text_of(show(view))


def test_a_calm_sky_is_said_and_measured_values_stay() -> None:
    section = show(view_of("weather", kind="empty"))
    assert "face-empty" in section.className
    assert "没有生效的气象预警" in text_of(section)


def test_the_line_in_the_band_is_the_gravest_and_how_many_more() -> None:
    said = text_of(show(view_of("weather_line")))
    assert said.startswith("橙暴雨另 2 条")
    assert "臭氧" in said


def test_walls_see_posts_and_a_vacant_one_is_told() -> None:
    section = show(view_of("duty_staff", Screen.LARGE))  # whoever is logged in there
    said = text_of(section)
    assert "**" not in said
    for words in ("空岗", "2 人", "19/20 岗在岗 · 下次交接 15:26", "另 4 个岗位"):
        assert words in said
    assert len(by_class(section, "duty-gap")) == 1
    assert "张**" in text_of(show(view_of("duty_staff", Screen.MEDIUM)))


def test_those_who_get_no_names_see_how_many() -> None:
    view = view_of("duty_staff", Screen.MEDIUM)
    posts: tuple[DutyPost, ...] = view.value("posts")
    bare = tuple(replace(post, people=("",) * len(post.people), next_people=("",)) for post in posts)
    said = text_of(show(with_value(view, "posts", bare)))
    assert "**" not in said
    assert "1 人" in said


def test_each_trouble_says_what_to_do() -> None:
    section = show(view_of("system_state", Screen.MEDIUM))
    (listed,) = by_class(section, "troubles")
    lines = [text_of(line) for line in listed.children]
    assert [line.split(" ")[0] for line in lines[:2]] == ["停车", "证照库"]
    assert all(line.endswith("。") for line in lines)
    assert len(lines) == 8
    assert "没有需要处理的事项" in text_of(show(view_of("system_state", kind="empty")))


def test_what_time_alone_changes_is_marked_for_the_browser_and_ends_the_kept_bytes() -> None:
    view = view_of("weather")
    (body,) = by_class(show(view), "panel-body")
    assert attributes(body)["data-again-at"] == str(NOW_MS + HOUR)
    assert changes_from_ms(view.answers.values()) == NOW_MS + HOUR
    assert _until_ms({"w": view.answers["warnings"]}, NOW_MS) == NOW_MS + 888_000  # stale before that
    later = NOW_MS + 2 * 888_000
    assert _until_ms({"w": view.answers["warnings"]}, later) == NOW_MS + HOUR - 1
    (plain,) = by_class(show(view_of("environment")), "panel-body")
    assert "data-again-at" not in attributes(plain)
    assert panels()["weather"].interval_s == 10.0
