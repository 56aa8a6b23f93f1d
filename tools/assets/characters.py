"""Which characters the screens show first: the tiers the font slices are cut by."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
HAN = re.compile(r"[⺀-⻿㐀-䶿一-鿿豈-﫿]")
LATIN = {chr(code) for code in range(0x20, 0x7F)}
SIGNS = set("·•–—…‘’“”‹›«»×÷±−°′″℃‰№≥≤≈≠→←↑↓▲▼△▽●○◆◇■□✓✕①②③④⑤⑥⑦⑧⑨￥㎡")
PUNCTUATION = set("　、。〈〉《》「」『』【】〔〕〖〗！（），．：；？～％＋－／＝｜")
LEVELS = set("红橙黄蓝")
FURNITURE = {"kit", "band", "bus", "foot"}  # catalogue sections that every screen says
SPOKEN = ("feeds/**/*.py", "feeds/**/*.json", "feeds/**/*.csv", "feeds/**/*.yaml")


SAID = Path(__file__).with_name("said.json")  # by said.py: what the first screen of a wall says, by face
SENTENCE = "Noto Serif SC 600"


def said(face: str) -> set[str]:
    """The characters the first screen of a wall says in a face ("Noto Sans SC 500") but for those a Latin face
    draws; of its sentence also those it may come to say."""
    told: dict[str, str] = json.loads(SAID.read_text(encoding="utf-8"))
    drawn_by_others = LATIN if "Sans" in face else set()
    sentence = catalogue({"situation"}) | set("0123456789，。：；、·（）") if face == SENTENCE else set()
    return (set(told.get(face, "")) - drawn_by_others) | sentence | LEVELS


def han(text: str) -> set[str]:
    """The Chinese characters of a text."""
    return set(HAN.findall(text))


def written(paths: Iterable[Path]) -> set[str]:
    """Chinese characters of whole files; lines that start with a number sign do not count."""
    lines = (line for path in sorted(paths) for line in path.read_text(encoding="utf-8").splitlines())
    return set().union(*(han(line) for line in lines if not line.lstrip().startswith("#")))


def strings(value: Any) -> Iterator[str]:
    """All texts inside a parsed YAML or JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def loaded(path: Path) -> Any:
    """A YAML file's value; None where there is no such file."""
    return YAML(typ="safe").load(path) if path.is_file() else None


def catalogue(sections: set[str] | None = None) -> set[str]:
    """Characters of the Chinese catalogue, or of some of its sections (the first word of a key)."""
    texts: dict[str, str] = loaded(ROOT / "dashboard" / "text" / "zh.yaml") or {}
    return set().union(*(han(str(t)) for key, t in texts.items() if sections is None or key.split(".")[0] in sections))


def wall_panels() -> set[str]:
    """Ids of the panels the default city places on a wall: their catalogue sections bear the same names."""
    cockpits = (loaded(ROOT / "config.yaml") or {}).get("cockpits", {})
    pages = [page for cockpit in cockpits.values() for page in cockpit.get("large", {}).values()]
    return {place["panel"] for page in pages for place in page["panels"]}


def city_names() -> set[str]:
    """Characters of the cities' own names, written large in the band of every screen."""
    return set().union(*(han(str(loaded(path)["name"])) for path in ROOT.glob("cities/*/city.yaml")))


def settings_names() -> set[str]:
    """Names of rules, metrics, device kinds and pages in the settings, of units and neighbours in the packs: what
    headlines, alerts and map labels are made of."""
    packs = [loaded(path) for path in sorted(ROOT.glob("cities/*/city.yaml"))]
    parts = [loaded(ROOT / "config.yaml"), *([pack.get("map"), pack.get("units")] for pack in packs)]
    return han("".join(strings(parts)))


def rule_names() -> set[str]:
    """What an alert is called by: names of rules, metrics and kinds of devices, and of the units they are for."""
    config = loaded(ROOT / "config.yaml") or {}
    named = [config.get(section) for section in ("rules", "metrics", "device_kinds")]
    units = [loaded(path).get("units") for path in sorted(ROOT.glob("cities/*/city.yaml"))]
    return han("".join(strings([named, [unit["short"] for pack in units for unit in pack or ()]])))


def place_names() -> set[str]:
    """Names of areas."""
    collections = (json.loads(path.read_text(encoding="utf-8")) for path in ROOT.glob("cities/*/areas.geojson"))
    return han("".join(text for one in collections for text in strings([f["properties"] for f in one["features"]])))


def figure_names() -> set[str]:
    """Names, units and printed values of published figures; their remarks are left out, few screens show those."""
    found: set[str] = set()
    for path in ROOT.glob("cities/*/figures.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                found |= han("".join(row.get(column) or "" for column in ("name", "short", "unit", "value_text")))
    return found


def tiers() -> dict[str, set[str]]:
    """Disjoint sets by name, first needed first. `first`: city names, levels, signs; `alert`: what alerts are named by;
    `headline`: what else headlines and map labels are made of; `wall`: all else a wall says; `core`: the rest of
    catalogues and packs; `common`: words that feeds and tickets bring in. What is in none of them is left to the
    packages' own slices."""
    packs = [path for kind in ("yaml", "csv") for path in ROOT.glob(f"cities/*/*.{kind}")]
    spoken = [path for pattern in SPOKEN for path in ROOT.glob(pattern)]
    wanted = {
        "first": city_names() | LEVELS | SIGNS | PUNCTUATION | LATIN,
        "alert": place_names() | rule_names(),
        "headline": settings_names() | catalogue({"situation"}),
        "wall": catalogue(FURNITURE | wall_panels()) | figure_names(),
        "core": catalogue() | written(packs),
        "common": written([*spoken, Path(__file__).with_name("topics.txt")]),
    }
    made: dict[str, set[str]] = {}
    for name, characters in wanted.items():
        made[name] = characters - set().union(*made.values())
    return made
