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


def shown() -> set[int]:
    """Chinese characters of catalogues and city packs."""
    paths = [*ROOT.glob("dashboard/text/*.yaml"), *ROOT.glob("cities/*/*.yaml"), *ROOT.glob("cities/*/*.csv")]
    texts = "".join(path.read_text(encoding="utf-8") for path in paths)
    return {ord(character) for character in texts if "一" <= character <= "鿿"}


@pytest.mark.parametrize(("family", "weight"), CHINESE)
def test_every_character_we_show_has_a_face(family: str, weight: int) -> None:
    held = set().union(*(covered(f) for f in faces() if f["family"] == family and int(f["weight"]) == weight))
    assert "".join(map(chr, sorted(shown() - held))) == ""


def test_the_folder_holds_what_the_sheet_names_and_nothing_else() -> None:
    assert {face["file"] for face in faces()} == {path.name for path in FONTS.glob("*.woff2")}


def test_each_family_carries_its_licence() -> None:
    stems = {
        re.sub(r"-(\d+|first|core|common|latin|latin-ext)-\d+\..*", "", path.name) for path in FONTS.glob("*.woff2")
    }
    assert stems == {path.name.removesuffix(".LICENSE.txt") for path in FONTS.glob("*.LICENSE.txt")}


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 25_000_000
