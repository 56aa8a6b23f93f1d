"""The places a page may name are those of the style sheet."""

import re
from pathlib import Path

import pytest

from brain.settings.cockpits import SCREENS, is_grid_place

CSS = (Path(__file__).resolve().parents[2] / "assets" / "css" / "screens.css").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("screen", "axis", "rule"),
    [
        ("large", "column", r"--wall-cols:([^;]*)"),
        ("large", "row", r"--wall-rows:([^;]*)"),
        ("medium", "column", r'data-screen="medium"\] \.page-grid \{[^}]*?grid-template-columns:([^;]*)'),
        ("small", "column", r'data-screen="small"\] \.page-grid \{[^}]*?grid-template-columns:([^;]*)'),
    ],
)
def test_the_names_are_those_of_the_style_sheet(screen: str, axis: str, rule: str) -> None:
    drawn = re.findall(rule, CSS)
    assert drawn
    for lines in drawn:
        assert set(re.findall(r"([a-z0-9]+)-start", lines)) == set(SCREENS[screen][axis])


@pytest.mark.parametrize("said", ["", "left", "left-start / right-end", "2", "1 / -1", "auto", "left/centre"])
def test_a_place_is_a_name_an_end_of_it_a_number_or_two_of_these(said: str) -> None:
    assert is_grid_place(said, ("left", "centre", "right"))


@pytest.mark.parametrize("said", ["lefty", "left / lefty", "left-middle", "-", "row1"])
def test_what_the_grid_does_not_have_is_none(said: str) -> None:
    assert not is_grid_place(said, ("left", "centre", "right"))
