"""Which face a panel wears, and what its frame says then."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from dash import html

from brain.model.query.alerts import OpenAlerts
from brain.model.query.answer import Answer, Query, SourceState
from brain.model.query.tickets import TicketsToday
from dashboard.kit.face import choose_face, stale_from_ms, trouble
from dashboard.kit.frame import frame
from dashboard.panel import Face, Panel, View
from tests.panels.samples import MINUTE, NOW_MS, source
from tests.panels.shown import attributes, bare_view, by_class, text_of

TODAY: Mapping[str, Query] = {"day": TicketsToday()}
PANEL = Panel(build=lambda view: html.P(f"built {view.face.value}"), needs=TODAY)
EMPTY = replace(PANEL, is_empty=lambda view: view.value("day") == 0)


def _view(**answers: Answer[Any]) -> View:
    return bare_view("hotline_today", answers=answers)


def _answer(value: Any, ago_s: float | None = 12, *sources: SourceState) -> Answer[Any]:
    return Answer(value, None if ago_s is None else NOW_MS - round(ago_s * 1000), sources, True, 900.0)


@pytest.mark.parametrize(
    ("panel", "answer", "face"),
    [
        (PANEL, None, Face.LOADING),
        (PANEL, _answer(5), Face.NORMAL),
        (PANEL, _answer(5, 900), Face.NORMAL),
        (PANEL, _answer(5, 901), Face.STALE),
        (PANEL, _answer(5, 901, source("lost")), Face.STALE),
        (PANEL, _answer(5, 12, source("lost")), Face.NORMAL),
        (PANEL, _answer(5, None), Face.NORMAL),
        (PANEL, _answer(None, None, source("lost")), Face.FAILED),
        (PANEL, _answer(None, None, source("starting")), Face.LOADING),
        (PANEL, _answer(None, None, source("well")), Face.EMPTY),
        (PANEL, _answer(None, None), Face.EMPTY),
        (EMPTY, _answer(0), Face.EMPTY),
        (EMPTY, _answer(0, 901), Face.STALE),
        (EMPTY, _answer(0, 12, source("refused")), Face.FAILED),
    ],
)
def test_the_face_follows_from_the_answers(panel: Panel, answer: Answer[Any] | None, face: Face) -> None:
    assert choose_face(panel, _view(**({"day": answer} if answer else {}))) is face


def test_the_gravest_trouble_is_said() -> None:
    answers = [_answer(None, None, source("lost"), source("well")), _answer(None, None, source("refused"))]
    found = trouble(answers)
    assert found is not None
    assert found.status == "refused"
    assert trouble([_answer(5, 1, source("well"), source("starting"))]) is None


def test_the_moment_it_goes_stale_is_known_beforehand() -> None:
    assert stale_from_ms([_answer(5), Answer(1, 1, (), False, None)]) == NOW_MS - 12_000 + 900_000
    assert stale_from_ms([Answer(1, 1, (), False, None)]) is None
    section = frame(PANEL, _view(day=_answer(5)))
    assert attributes(by_class(section, "panel-age")[0])["data-stale-at"] == str(NOW_MS - 12_000 + 900_000)


def _counted(*sources: SourceState) -> Answer[Any]:
    return replace(_answer(5, 1, *sources), counts_all=True)


LIVING = source(title="信箱", feed="letters", last_item_ms=NOW_MS - 1000)
DEAD = source("lost", last_item_ms=NOW_MS - 300 * MINUTE)


@pytest.mark.parametrize(
    ("answer", "face", "said"),
    [
        (_counted(LIVING, DEAD), Face.STALE, "12345 工单 09:26"),
        (_counted(LIVING, replace(DEAD, last_item_ms=None)), Face.NORMAL, "14:26"),
        (_counted(LIVING, replace(DEAD, last_item_ms=None, stale_after_s=300.0)), Face.STALE, "12345 工单 无数据"),
        (
            _counted(LIVING, replace(DEAD, last_item_ms=None, status="starting", stale_after_s=0.0)),
            Face.NORMAL,
            "14:26",
        ),
        (_counted(LIVING, replace(DEAD, last_item_ms=NOW_MS - 15 * MINUTE)), Face.NORMAL, "14:26"),
        (_counted(DEAD), Face.STALE, "14:26"),
        (_answer(5, 1, LIVING, DEAD), Face.NORMAL, "14:26"),
    ],
)
def test_a_count_is_as_old_as_the_oldest_of_its_sources(answer: Answer[Any], face: Face, said: str) -> None:
    section = frame(PANEL, _view(day=answer))
    assert f"face-{face.value}" in attributes(section)["className"]
    assert text_of(by_class(section, "panel-age")) == said


def test_it_is_known_beforehand_when_the_first_source_is_old() -> None:
    early = source(last_item_ms=NOW_MS - 60_000, stale_after_s=100.0)
    assert stale_from_ms([_counted(LIVING, early)]) == NOW_MS + 40_000


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "今日来电12345首次取数—件次正在读取，超过 5 秒会说明原因"),
        (_answer(5), "今日来电12345模拟14:25built normal"),
        (_answer(5, 901), "今日来电12345模拟14:11built stale"),
        (_answer(0), "今日来电12345模拟14:25built empty今日 00:00 起没有来电，数据源正常"),
        (_answer(None, None, source("well")), "今日来电12345模拟—件次尚未收到数据，数据源正常"),
        (_answer(None, None), "今日来电12345模拟—件次尚未接入数据源"),
    ],
)
def test_what_the_frame_says(answer: Answer[Any] | None, said: str) -> None:
    assert text_of(frame(EMPTY, _view(**({"day": answer} if answer else {})))) == said


def test_a_failed_panel_says_cause_last_success_next_try_and_who_mends_it() -> None:
    lost = source("refused", cause="cause.access login refused", last_item_ms=NOW_MS - 6 * MINUTE)
    section = frame(PANEL, _view(day=_answer(None, None, lost)))
    lines = [text_of(line) for line in by_class(section, "face-text")[0].children]
    assert lines == [
        "12345 工单 拒绝访问",
        "对方拒绝：账号或权限不对",  # a wall: nothing of the source itself
        "最后收到 14:20:08 · 重试 00:00:41",
        "需核对账号与权限 · 负责 运行岗",
    ]
    assert "built" not in text_of(section)


@pytest.mark.parametrize(
    ("cause", "said", "mend"),
    [
        ("cause.bug KeyError in the feed itself", "12345 工单 接入程序出错", "需查看程序日志"),
        ("cause.content a.csv:1: not gb18030", "12345 工单 内容无法读取", "需更正来源或配置"),
    ],
)
def test_only_a_bug_of_the_feed_sends_to_the_log(cause: str, said: str, mend: str) -> None:
    section = frame(PANEL, _view(day=_answer(None, None, source("broken", cause=cause))))
    lines = [text_of(line) for line in by_class(section, "face-text")[0].children]
    assert (lines[0], lines[-1]) == (said, f"{mend} · 负责 运行岗")


def test_frame_and_height_are_the_same_in_every_face() -> None:
    for answer in (_answer(5), _answer(5, 901), _answer(None, None, source("lost"))):
        section = frame(PANEL, _view(day=answer))
        assert [type(part).__name__ for part in section.children] == ["Header", "Div"]
        assert attributes(section)["className"].startswith("panel is-hotline_today face-")


def test_a_bare_panel_has_no_head() -> None:
    section = frame(replace(PANEL, bare=True), _view(day=_answer(5)))
    assert attributes(section)["className"].endswith(" bare")
    assert text_of(section) == "built normal"


def test_alerts_are_live_and_published_figures_have_no_age_in_the_head() -> None:
    panel = Panel(build=lambda view: None, needs={"day": OpenAlerts()})
    kept: Answer[Any] = Answer(5, NOW_MS, (), False, None)
    assert text_of(by_class(frame(panel, _view(day=kept)), "panel-age")) == "即时"
    assert by_class(frame(PANEL, _view(day=kept)), "panel-age") == []
