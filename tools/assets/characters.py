"""Which characters the screens show first: the tiers the font slices are cut by."""

import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
HAN = re.compile(r"[⺀-⻿㐀-䶿一-鿿豈-﫿]")
LATIN = {chr(code) for code in range(0x20, 0x7F)}
SIGNS = set("·•–—…‘’“”‹›«»×÷±−°′″℃‰№≥≤≈≠→←↑↓▲▼△▽●○◆◇■□✓✕①②③④⑤⑥⑦⑧⑨￥㎡")
PUNCTUATION = set("　、。〈〉《》「」『』【】〔〕〖〗！（），．：；？～％＋－／＝｜")
LEVELS = set("红橙黄蓝")

# What people read on a wall, in the order of how surely they read it.
SHOWN = ("dashboard/text/*.yaml", "cities/*/*.yaml", "cities/*/*.csv", "cities/*/*.geojson", "config.yaml")
SPOKEN = ("feeds/**/*.py", "feeds/**/*.json", "feeds/**/*.csv", "feeds/**/*.yaml")


def han(text: str) -> set[str]:
    """The Chinese characters of a text."""
    return set(HAN.findall(text))


def written(patterns: Iterable[str]) -> set[str]:
    """Chinese characters in all files of the project that match; comment lines do not count."""
    return set().union(*(han(uncommented(path)) for pattern in patterns for path in sorted(ROOT.glob(pattern))))


def uncommented(path: Path) -> str:
    """A file's text without the lines that start with a number sign."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def city_names() -> set[str]:
    """Characters of the cities' own names, written large in the band of every screen."""
    found: set[str] = set()
    for path in sorted(ROOT.glob("cities/*/city.yaml")):
        for line in re.findall(r"^name\w*:\s*(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            found |= han(line)
    return found


def tiers() -> dict[str, set[str]]:
    """Disjoint sets by name, first needed first: `first` (city names, levels, signs), `core` (catalogues, packs),
    `common` (words feeds and tickets bring in). What is in none of them is left to the packages' own slices."""
    first = city_names() | LEVELS | SIGNS | PUNCTUATION | LATIN
    core = written(SHOWN) - first
    common = (written(SPOKEN) | han(uncommented(Path(__file__).with_name("topics.txt")))) - core - first
    return {"first": first, "core": core, "common": common}
