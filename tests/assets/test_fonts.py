"""The shipped fonts: every character our own texts can show has a glyph, and the folder stays small."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FONTS = ROOT / "assets" / "fonts"
FACE = re.compile(
    r'font-family:"(?P<family>[^"]+)";font-weight:(?P<weight>\d+);.*?url\(\.\./fonts/(?P<file>[^)]+)\).*?'
    r"unicode-range:(?P<range>[^}]+)\}"
)
CHINESE = [
    ("Noto Sans SC", 400),
    ("Noto Sans SC", 500),
    ("Noto Sans SC", 700),
    ("Noto Serif SC", 600),
    ("Noto Serif SC", 900),
]


def faces() -> list[re.Match[str]]:
    return list(FACE.finditer((ROOT / "assets" / "css" / "fonts.css").read_text(encoding="utf-8")))


def covered(face: re.Match[str]) -> set[int]:
    """The code points a face may be asked for."""
    codes: set[int] = set()
    for span in face["range"].replace(" ", "").lower().replace("u+", "").split(","):
        low, _, high = span.partition("-")
        codes |= set(range(int(low, 16), int(high or low, 16) + 1))
    return codes


def written(*patterns: str) -> set[int]:
    """The characters of files, by code point, without spaces."""
    paths = [path for pattern in patterns for path in ROOT.glob(pattern)]
    return {
        ord(character) for path in paths for character in path.read_text(encoding="utf-8") if not character.isspace()
    }


def held_by(family: str, weight: int) -> set[int]:
    return set().union(*(covered(f) for f in faces() if f["family"] == family and int(f["weight"]) == weight))


@pytest.mark.parametrize(("family", "weight"), CHINESE)
def test_every_character_we_show_has_a_face(family: str, weight: int) -> None:
    shown = {code for code in written("dashboard/text/*.yaml", "cities/*/*.yaml", "cities/*/*.csv") if code > 0x2E80}
    assert "".join(map(chr, sorted(shown - held_by(family, weight)))) == ""


def test_words_are_there_before_their_fonts() -> None:
    sheet = (ROOT / "assets" / "css" / "fonts.css").read_text(encoding="utf-8")
    assert sheet.count("font-display:swap") == sheet.count("@font-face") > 100


@pytest.mark.parametrize("weight", [400, 500])
def test_every_sign_of_the_catalogues_has_a_face(weight: int) -> None:
    """A sign that no shipped font draws is left to whatever the screen's machine has, often an empty box."""
    held = held_by("Barlow Semi Condensed", weight) | held_by("Noto Sans SC", weight)
    assert "".join(map(chr, sorted(written("dashboard/text/*.yaml") - held))) == ""


def test_the_folder_holds_what_the_sheet_names_and_nothing_else() -> None:
    assert {face["file"] for face in faces()} == {path.name for path in FONTS.glob("*.woff2")}


def test_each_family_carries_its_licence() -> None:
    stems = {
        re.sub(r"-(\d+|said|first|alert|headline|wall|core|common|latin|latin-ext)-\d+\..*", "", path.name)
        for path in FONTS.glob("*.woff2")
    }
    assert stems == {path.name.removesuffix(".LICENSE.txt") for path in FONTS.glob("*.LICENSE.txt")}


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 25_000_000
