"""The catalogues: complete in both languages, with the same holes; nothing else gets into a text."""

from pathlib import Path

import pytest

from dashboard.texts import TextErrors, holes, load_texts
from tests.dashboard.cockpit import ROOT


def write(folder: Path, zh: str, en: str) -> Path:
    (folder / "zh.yaml").write_text(zh, encoding="utf-8")
    (folder / "en.yaml").write_text(en, encoding="utf-8")
    return folder


def test_the_catalogues_are_complete() -> None:
    texts = load_texts(ROOT / "dashboard" / "text")
    assert texts.translate("zh")("band.account") == "账号"
    assert texts.translate("en")("band.account") == "Account"


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(TextErrors) as found:
        load_texts(write(tmp_path, 'a: "{n} 件"\nb: 二\n', 'a: "{m} items"\nc: three\n'))
    assert found.value.problems == [
        "en.yaml has no b",
        "zh.yaml has no c",
        "a: zh has holes ['n'], en has ['m']",
    ]


def test_a_text_is_a_text(tmp_path: Path) -> None:
    with pytest.raises(TextErrors, match="'a' is not a text"):
        load_texts(write(tmp_path, "a: 1\n", "a: one\n"))


def test_holes_are_filled_by_name_and_hold_nothing_but_text(tmp_path: Path) -> None:
    tr = load_texts(write(tmp_path, 'a: "{n} 件"\n', 'a: "{n} items"\n')).translate("en")
    assert tr("a", n=3) == "3 items"
    assert tr("a", n="{other} {n.__class__}") == "{other} {n.__class__} items"
    with pytest.raises(KeyError):
        tr("a")
    with pytest.raises(KeyError):
        tr("nothing")


def test_a_section_is_what_a_script_is_handed(tmp_path: Path) -> None:
    texts = load_texts(write(tmp_path, "bus.a.b: x\nbusy.a: y\n", "bus.a.b: x\nbusy.a: y\n"))
    assert texts.section("zh", "bus") == {"a.b": "x"}


def test_the_holes_of_a_text() -> None:
    assert holes("{a} and {b} and {a} {{no}}") == {"a", "b"}
