"""The panels of alerts: order, addresses, turns, what each role may do, what the stage shows."""

from dataclasses import replace
from typing import Any

import pytest

from brain.model.alert import Level
from brain.model.query.alerts import AlertRows, EventRow, RedAlert
from brain.model.query.map import MapPin
from brain.model.scope import Role, Scope
from dashboard.kit.place import area_label
from dashboard.panel import Screen
from tests.panels import samples
from tests.panels.shown import (
    SCREENS,
    attributes,
    by_class,
    city,
    components,
    figures,
    show,
    text_of,
    view_of,
    with_value,
)


def _ids(node: Any) -> list[str]:
    return [attributes(c)["data-alert"] for c in components(node) if "data-alert" in attributes(c)]


def _gravity(alert_id: str) -> tuple[int, int]:
    row = samples.alert_row(city(), int(alert_id.removeprefix("alert-")))
    return -row.level, -row.opened_ms


@pytest.mark.parametrize("screen", SCREENS)
def test_the_roll_is_sorted_by_level_then_newest(screen: Screen) -> None:
    ids = _ids(show(view_of("alert_roll", screen)))
    assert len(ids) > 4
    assert ids == sorted(ids, key=_gravity)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_list_is_sorted_open_before_closed(screen: Screen) -> None:
    ids = _ids(show(view_of("alert_list", screen)))
    opened, closed = ids[:7], ids[7:]
    assert opened == sorted(opened, key=_gravity)
    assert closed == [f"alert-{i}" for i in range(len(closed))]  # the samples were closed in this order, newest first


@pytest.mark.parametrize("name", ["alert_roll", "alert_list"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_alert_is_one_click_from_its_page(name: str, screen: Screen) -> None:
    rows = [c for c in components(show(view_of(name, screen))) if "data-alert" in attributes(c)]
    assert rows
    for row in rows:
        assert attributes(row)["data-go"] == f"/{screen.value}/alert/{attributes(row)['data-alert']}"
        links = [c for c in components(row) if type(c).__name__ == "A"]
        assert links, "reachable by keyboard"


def test_beyond_five_the_wall_turns_pages() -> None:
    section = show(view_of("alert_roll", Screen.LARGE))
    (turning,) = by_class(section, "roll-pages")
    assert attributes(turning)["data-turn"] == "8"
    pages = by_class(section, "roll")
    assert [len(page.children) for page in pages] == [5, 2]
    assert [bool(getattr(page, "hidden", False)) for page in pages] == [False, True]


def test_five_stand_still() -> None:
    view = view_of("alert_roll", Screen.LARGE)
    rows = view.value("alerts").rows[:5]
    section = show(with_value(view, "alerts", AlertRows(rows, 5, {})))
    assert by_class(section, "roll-pages") == []
    assert len(by_class(section, "roll-row")) == 5


def test_colours_never_stand_without_their_character() -> None:
    for square in by_class(show(view_of("alert_roll", Screen.LARGE)), "level"):
        assert text_of(square) in {"红", "橙", "黄", "蓝"}


def test_a_closed_alert_has_lost_its_colour() -> None:
    closed = [s for s in by_class(show(view_of("alert_list", Screen.MEDIUM)), "level") if "closed" in s.className]
    assert len(closed) == 7
    assert not any("l-" in square.className.replace("level", "") for square in closed)


def test_no_stage_without_a_red_alert() -> None:
    section = show(view_of("red_stage", Screen.LARGE))
    assert "face-empty" in section.className
    assert section.children[0].children == []


def test_two_reds_take_turns() -> None:
    view = view_of("red_stage", Screen.LARGE)
    reds = (samples.red_alert(city(), id="r2"), samples.red_alert(city(), id="r1"))
    section = show(with_value(view, "reds", reds))
    assert _ids(section) == ["r2", "r1"]
    assert [text_of(c) for c in by_class(section, "stage-count")] == ["1/2", "2/2"]
    turns = [attributes(by_class(section, name)[0])["data-turn"] for name in ("stages", "stage-sides")]
    assert turns == ["20", "20"]  # stage and evidence keep step
    assert [bool(getattr(c, "hidden", False)) for c in by_class(section, "stage-side")] == [False, True]


def _without_events(red: RedAlert, *events: EventRow) -> RedAlert:
    return replace(red, detail=replace(red.detail, events=events))


def test_only_a_new_alert_comes_in_flashing() -> None:
    view = view_of("red_stage", Screen.LARGE)
    for age_ms, new in ((14_999, True), (15_000, False)):
        red = _without_events(samples.red_alert(city(), opened_ms=samples.NOW_MS - age_ms))
        (stage,) = by_class(show(with_value(view, "reds", (red,))), "stage")
        assert ("enter" in stage.className.split()) is new


def test_what_rose_to_red_comes_in_as_a_new_one_does() -> None:
    view = view_of("red_stage", Screen.LARGE)
    for age_ms, new in ((14_999, True), (15_000, False)):
        rise = EventRow(samples.NOW_MS - age_ms, "rule", "escalate", "open", "open", "", 0.7, Level.RED)
        red = _without_events(samples.red_alert(city(), opened_ms=samples.NOW_MS - 3_600_000), rise)
        (stage,) = by_class(show(with_value(view, "reds", (red,))), "stage")
        assert ("enter" in stage.className.split()) is new


def _facts(section: Any) -> dict[str, str]:
    """Label -> value and note of the stage's facts."""
    found = [[text_of(part) for part in fact.children] for fact in by_class(section, "fact")]
    return {label: f"{value} | {note}" for label, value, note in found}


def test_the_stage_says_who_by_when_and_how_far_it_reaches() -> None:
    view = view_of("red_stage", Screen.LARGE)
    facts = _facts(show(with_value(view, "reds", (samples.red_alert(city()),))))
    assert list(facts) == ["已持续", "谁在办", "下一时限", "影响"]
    assert facts["下一时限"].startswith("00:01:36 | ")
    assert facts["影响"].startswith("2镇街27来电0.59m | ")  # the newest, not what tripped


def test_without_a_deadline_of_its_own_it_names_the_next_of_a_call_from_there() -> None:
    red = samples.red_alert(city(), due_ms=None)
    view = view_of("red_stage", Screen.LARGE)
    facts = _facts(show(with_value(view, "reds", (red,))))
    assert facts["下一时限"].startswith("01:00:00 | 区内紧急诉求 到场")
    nothing = _facts(show(with_value(view, "reds", (replace(red, clock=None),))))
    assert nothing["下一时限"] == "— | 未设时限"


def test_beside_the_stage_stand_what_was_done_and_what_speaks_for_it() -> None:
    view = view_of("red_stage", Screen.LARGE)
    (side,) = by_class(show(with_value(view, "reds", (samples.red_alert(city()),))), "stage-side")
    said = text_of(side)
    assert "处置进程" in said
    assert "证据 · 积水深度" in said
    assert text_of(by_class(side, "stage-others")).endswith("0.48 m")
    assert len(by_class(side, "step")) <= 6


def _acts(role: Role, screen: Screen = Screen.MEDIUM, **row: Any) -> list[str]:
    view = view_of("alert_detail", screen, scope=Scope("", role, "020"))
    detail = samples.detail(city(), row=samples.red_row(city(), **row))
    section = show(with_value(view, "alert", detail))
    return [attributes(c)["data-act"] for c in components(section) if "data-act" in attributes(c)]


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        (Role.ADMINISTRATOR, ["alert.acknowledge", "alert.close"]),
        (Role.OPERATOR, ["alert.acknowledge", "alert.close"]),
        (Role.UNIT, ["alert.acknowledge"]),
        (Role.LEADER, []),
        (Role.WALL, []),
    ],
)
def test_a_role_sees_the_buttons_it_may_press(role: Role, acts: list[str]) -> None:
    assert _acts(role) == acts


def test_what_is_done_cannot_be_done_again() -> None:
    assert _acts(Role.OPERATOR, state="acknowledged", acknowledged_ms=samples.NOW_MS) == ["alert.close"]
    assert _acts(Role.OPERATOR, state="closed", closed_ms=samples.NOW_MS) == []


def test_nobody_acts_from_a_wall() -> None:
    assert _acts(Role.OPERATOR, Screen.LARGE) == []


def test_a_button_names_alert_version_and_the_second_tap() -> None:
    section = show(view_of("alert_detail", Screen.SMALL))
    (button,) = [c for c in components(section) if attributes(c).get("data-act") == "alert.acknowledge"]
    given = attributes(button)
    assert given["data-target"] == "alert-0"
    assert given["data-version"] == "4"
    assert given["data-armed"] == "再按一次 确认"
    assert "red" not in given["className"]


def test_the_page_of_an_alert_that_is_not_there_says_so() -> None:
    section = show(view_of("alert_detail", Screen.SMALL, kind="empty"))
    assert "没有这条预警" in text_of(section)


def test_a_deadline_that_passed_counts_up_and_says_so() -> None:
    view = view_of("alert_detail", Screen.MEDIUM)
    row = samples.red_row(city(), due_ms=samples.NOW_MS - 61_000)
    section = show(with_value(view, "alert", samples.detail(city(), row=row)))
    (value,) = [c for c in by_class(section, "fact-value") if "over" in c.className]
    assert text_of(value) == "00:01:01"
    assert "超时 · 时限 14:25" in text_of(section)


def _due_of(screen: Screen = Screen.MEDIUM, **row: Any) -> str:
    view = view_of("alert_detail", screen)
    section = show(with_value(view, "alert", samples.detail(city(), row=samples.red_row(city(), **row))))
    return text_of(by_class(section, "stage-owner")) if screen is Screen.SMALL else _facts(section)["下一时限"]


TAKEN_UP: dict[str, Any] = {"due_ms": None, "state": "acknowledged", "acknowledged_ms": samples.NOW_MS}


def test_what_was_taken_up_has_the_next_clock_of_its_ticket() -> None:
    late: dict[str, Any] = {
        **TAKEN_UP,
        "target_kind": "case",
    }  # its clocks: 联系 done, 回复 late, 到场 and 办结 to come
    assert _due_of(**late) == "00:05:00 | 回复超时 · 时限 14:21"
    assert _due_of(Screen.SMALL, **late).endswith("超时 00:05:00")
    assert _due_of(**late | {"due_ms": samples.NOW_MS + 96_000}).startswith("00:01:36 | "), "first its own"
    detail = samples.detail(city(), row=samples.red_row(city(), **late))
    detail = replace(detail, clocks=tuple(clock for clock in detail.clocks if clock.clock != "reply"))
    section = show(with_value(view_of("alert_detail", Screen.MEDIUM), "alert", detail))
    assert _facts(section)["下一时限"] == "01:00:00 | 到场时限 15:26"


def test_without_a_clock_it_says_why_none_is_shown() -> None:
    assert _due_of(due_ms=None) == "— | 未设时限"
    assert _due_of(**TAKEN_UP) == "— | 无后续时限"
    for state, word in (("closed", "已关闭"), ("false", "误报")):
        closed: dict[str, Any] = {"state": state, "closed_ms": samples.NOW_MS, "target_kind": "case"}
        assert _due_of(**closed) == f"— | {word}"
        assert "超时" not in _due_of(Screen.SMALL, **closed)


def test_what_rose_since_it_was_taken_up_is_to_be_confirmed_again() -> None:
    rose = TAKEN_UP | {"state": "open", "due_ms": samples.NOW_MS + 96_000}
    view = view_of("alert_detail", Screen.MEDIUM)
    section = show(with_value(view, "alert", samples.detail(city(), row=samples.red_row(city(), **rose))))
    assert _facts(section)["谁在办"].endswith("| 升级后待再确认 · 上次 14:26")
    assert _due_of(**rose).startswith("00:01:36 | ")
    assert _due_of(**rose | {"due_ms": None}) == "— | 未设时限"
    assert _due_of(Screen.SMALL, **rose | {"due_ms": None}).count("确认") == 1, "待确认, and not that it was once"
    assert text_of(by_class(section, "now")[0]).startswith("—待确认")
    (step, *_) = [step for step in by_class(section, "raise") if "升级" in text_of(step)]
    assert "红" in text_of(step), "the step says to which level"


def test_the_clock_of_its_own_ticket_comes_before_those_of_calls_from_there() -> None:
    red = samples.red_alert(city(), **TAKEN_UP, target_kind="case")
    facts = _facts(show(with_value(view_of("red_stage", Screen.LARGE), "reds", (red,))))
    assert facts["下一时限"] == "00:05:00 | 回复超时 · 时限 14:21"


def test_evidence_without_readings_is_not_drawn() -> None:
    view = view_of("alert_detail", Screen.MEDIUM)
    detail = replace(samples.detail(city()), series=((samples.NOW_MS, None),), device=None)
    section = show(with_value(view, "alert", detail))
    assert "证据 · 水位" not in text_of(section)
    assert "证据 · 来电" in text_of(section)


def test_the_wall_goes_to_the_place_of_a_red_alert_until_it_is_over() -> None:
    view = with_value(view_of("city_map", Screen.LARGE), "reds", (samples.red_alert(city()),))
    section = show(view)
    assert f"事发地 · {area_label(samples.red_row(city()).area_id, view)}" in text_of(section)
    assert "同类预警 红 1 处 橙 1 处市民来电 27 件次红色预警范围 1 个镇街" in text_of(by_class(section, "legend-rows"))
    over = samples.red_alert(city(), recovered_ms=samples.NOW_MS)
    assert "事发地" not in text_of(show(with_value(view, "reds", (over,))))
    calm = replace(view, options={**view.options, "zoom_on_red": False})
    assert "事发地" not in text_of(show(calm))
    assert "事发地" not in text_of(show(with_value(view_of("city_map", Screen.MEDIUM), "reds", view.value("reds"))))


def test_what_is_measured_at_the_place_stands_beside_its_diamond() -> None:
    red = samples.red_alert(city())
    row, other = red.alike
    pins = tuple(
        MapPin(one.id, one.level, *samples.place_of(city(), one.area_id, 0), one.what, one.what_en, one.area_id)
        for one in (row, other)
    )
    view = view_of("city_map", Screen.LARGE)
    view = with_value(view, "reds", (red,))
    section = show(with_value(view, "map", replace(view.value("map"), pins=pins)))
    (figure,) = figures(section)
    said = [text for trace in figure["data"] if trace.get("mode") == "text" for text in trace["text"]]
    assert "岐江涵洞 A" in said
    assert "0.59 m" in said
    assert not any(t.get("marker", {}).get("symbol") == "square" for t in figure["data"]), "drawn once, not as pins too"


def test_english_screens_show_no_chinese_device_names() -> None:
    view = view_of("alert_detail", Screen.MEDIUM, "en")
    device = replace(view.value("alert").device, name="水位 石岐01", id="sim-water_level-0417", kind="water_level")
    named = with_value(view, "alert", replace(view.value("alert"), device=device))
    assert "Flood gauge 0417" in text_of(show(named))
    assert "石岐" not in text_of(show(named))


@pytest.mark.parametrize("screen", SCREENS)
def test_events_are_shown_with_links_but_not_on_the_wall(screen: Screen) -> None:
    row = samples.red_row(city(), rule_kind="event")
    shown = show(with_value(view_of("alert_detail", screen), "alert", samples.detail(city(), row=row)))
    text = text_of(shown)
    assert "证据 · 感知事件" in text
    assert "置信度 93%" in text
    links = [c for c in components(shown) if type(c).__name__ == "A" and "https://vms" in str(c.href)]
    if screen is Screen.LARGE:
        assert not links
        assert "闸口浓烟" not in text
    else:
        assert {(link.target, link.rel) for link in links} == {("_blank", "noreferrer noopener")}
        assert len(links) == 3
        assert "闸口浓烟" in text


def test_a_link_that_is_none_is_not_shown() -> None:
    shown = show(view_of("alert_detail", Screen.MEDIUM, kind="hostile"))
    assert not [c for c in components(shown) if "javascript" in str(getattr(c, "href", ""))]
