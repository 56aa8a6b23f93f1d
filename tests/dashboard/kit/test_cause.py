"""Causes are said in the viewer's language; a source's own words, with hosts and files, only to who runs the system."""

from dataclasses import replace
from pathlib import Path

import pytest

from brain.model.reason import Why
from brain.model.scope import Role
from dashboard.kit.cause import cause_said, note_said
from dashboard.panel import Screen, View
from dashboard.texts import holes, load_texts
from tests.panels.samples import source
from tests.panels.shown import bare_view, text_of

ROOT = Path(__file__).resolve().parents[3]
OWN = "10.1.2.3:1883: connection refused"


def seen(role: Role, screen: Screen = Screen.MEDIUM, lang: str = "zh") -> View:
    view = bare_view("feed_health", screen, lang)
    return replace(view, scope=replace(view.scope, role=role))


def said(view: View, cause: str) -> str:
    return text_of(cause_said(source("lost", cause=cause), view))


@pytest.mark.parametrize("why", Why)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_cause_is_a_sentence_in_both_languages(why: Why, lang: str) -> None:
    words = said(seen(Role.LEADER, lang=lang), f"cause.{why} {OWN}")
    assert words
    assert words.isascii() == (lang == "en")
    assert "10.1.2.3" not in words


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OPERATOR])
def test_who_runs_the_system_is_told_the_sources_own_words(role: Role) -> None:
    assert said(seen(role), f"cause.unreachable {OWN}") == f"连不上，或连接已断开 · 原文：{OWN}"
    assert said(seen(role), OWN) == f"原文：{OWN}"  # as an older version kept it


@pytest.mark.parametrize("role", Role)
def test_no_wall_names_a_host(role: Role) -> None:
    assert said(seen(role, Screen.LARGE), f"cause.unreachable {OWN}") == "连不上，或连接已断开"
    assert said(seen(role, Screen.LARGE), OWN) == ""


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT])
def test_others_get_the_sentence_only(role: Role) -> None:
    assert said(seen(role), f"cause.unknowable {OWN}") == ""
    assert said(seen(role), OWN) == ""


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("note.history done=34 days=90", "历史回填 34/90 天"),
        ("note.unwatched", "消息代理不公布丢弃计数，丢弃未监视"),
        ("note.drops n=7", "消息代理因队列已满丢弃 7 条，需调高其队列上限"),
        (
            "note.conventions unread=12 retained=3 gaps=0: zigbee2mqtt linkquality 12",
            "无对应指标的值 12 个，留存旧值 3 个，缺口 0 处",
        ),
        ("note.cut n=2: there are more pages", "只读了前 2 页，其余未读"),
        ("note.file: no file matches *.csv", "还没有可读的文件"),
        ("note.unread n=2: a.csv:1: byte 1", "2 个文件无法读取，其余照常"),
        ("note.history done=34", ""),
        ("note.drops n=<b>", ""),
        ("note.nothing", ""),
        ("", ""),
    ],
)
def test_what_a_source_that_is_well_says(note: str, words: str) -> None:
    assert text_of(note_said(source(cause=note), seen(Role.LEADER))) == words


def test_each_note_of_the_catalogue_can_be_said() -> None:
    texts = load_texts(ROOT / "dashboard" / "text").by_language["zh"]
    for key in (key for key in texts if key.startswith("kit.note.")):
        given = " ".join(f"{hole}=7" for hole in sorted(holes(texts[key])))
        note = f"note.{key.removeprefix('kit.note.')} {given}".strip()
        assert text_of(note_said(source(cause=note), seen(Role.LEADER))), note
