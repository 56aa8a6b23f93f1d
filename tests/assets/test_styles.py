"""The style sheets: what they fetch lies beside them, and every pair of text and ground can be read."""

import re
from pathlib import Path

import pytest

ASSETS = Path(__file__).parents[2] / "assets"
SHEETS = sorted(ASSETS.glob("**/*.css"))
URL = re.compile(r"url\(\s*[\"']?([^\"')]+)")

GROUNDS = {
    "ground": ("t1", "t2", "t3", "acc", "red-text", "orange-text", "yellow-text", "blue-text"),
    "raise": ("t1", "t2", "t3", "acc"),
    "inset": ("t1", "t3"),
    "select": ("t1", "t2", "acc"),
    "nodata-face": ("t1", "t2"),
    "stale-wash": ("t1", "t2"),
    "stale-wash-ground": ("t1", "t2"),
    "accd": ("t1",),
    "accd-run": ("t1",),
    "acc": ("on-acc",),
    "red": ("on-red",),
    "orange": ("on-orange",),
    "yellow": ("on-yellow",),
    "blue": ("on-blue",),
}
PAIRS = [(text, ground) for ground, texts in GROUNDS.items() for text in texts]


def tokens(theme: str) -> dict[str, str]:
    """The six-digit colours a theme declares, by name."""
    sheet = (ASSETS / "css" / "tokens.css").read_text(encoding="utf-8")
    block = re.search(rf'\[data-bs-theme="{theme}"\] \{{(.*?)\n\}}', sheet, re.DOTALL)
    assert block is not None
    return dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6});", block[1]))


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2, 0 to 1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(theme: str, text: str, ground: str) -> None:
    colours = tokens(theme)
    high, low = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_both_themes_declare_the_same_colours() -> None:
    assert tokens("dark").keys() == tokens("light").keys()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_sheet_asks_only_for_files_beside_it(sheet: Path) -> None:
    text = sheet.read_text(encoding="utf-8")
    addresses = [address for address in URL.findall(text) if not address.startswith("data:")]
    assert [address for address in addresses if not (sheet.parent / address).is_file()] == []
    assert "@import" not in text
    assert "sourceMappingURL" not in text


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_every_variable_is_declared_somewhere(sheet: Path) -> None:
    """A misspelt var() is silent in a browser. Left out: Bootstrap's own, and any with a fallback."""
    declared = set(re.findall(r"(--[\w-]+)\s*:", "".join(s.read_text(encoding="utf-8") for s in SHEETS)))
    used = set(re.findall(r"var\((--[\w-]+)\)", sheet.read_text(encoding="utf-8")))
    assert {name for name in used if not name.startswith("--bs-")} - declared == set()


def test_bootstrap_lies_in_a_layer_so_that_ours_wins() -> None:
    lines = (ASSETS / "vendor" / "bootstrap.min.css").read_text(encoding="utf-8").split("\n", 2)
    assert lines[1] == "@layer bootstrap{"


def test_the_product_sheets_use_no_colour_of_their_own() -> None:
    """Colours live in tokens.css alone."""
    ours = [sheet for sheet in SHEETS if sheet.parent.name == "css" and sheet.name not in ("tokens.css", "fonts.css")]
    found = {sheet.name: re.findall(r"#[0-9A-Fa-f]{3,8}\b(?=[^{]*[;}])", sheet.read_text("utf-8")) for sheet in ours}
    assert {name: colours for name, colours in found.items() if colours} == {}
