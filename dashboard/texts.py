"""The texts of the interface: two catalogues, Chinese first, English complete, key -> text with {named} holes."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml import YAML

from dashboard.panel import Translate

LANGUAGES = ("zh", "en")


class TextErrors(ValueError):
    """Everything wrong with the catalogues; `problems` are lines fit to be printed."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Texts:
    """The catalogues, by language."""

    by_language: Mapping[str, Mapping[str, str]]

    def translate(self, lang: str) -> Translate:
        """`tr(key, **holes)` in this language. tr raises KeyError for an unknown key or an unfilled hole."""
        return partial(_text, self.by_language[lang])

    def section(self, lang: str, prefix: str) -> dict[str, str]:
        """All texts whose key begins with `prefix.`, by the rest of their key: what a script is handed."""
        start = len(prefix) + 1
        return {key[start:]: text for key, text in self.by_language[lang].items() if key.startswith(f"{prefix}.")}


def load_texts(folder: Path) -> Texts:
    """Read zh.yaml and en.yaml. Raises TextErrors when a key is missing in one or its holes differ."""
    catalogues = {lang: _read(folder / f"{lang}.yaml") for lang in LANGUAGES}
    problems = _problems(catalogues["zh"], catalogues["en"])
    if problems:
        raise TextErrors(problems)
    return Texts(MappingProxyType({lang: MappingProxyType(texts) for lang, texts in catalogues.items()}))


def holes(text: str) -> frozenset[str]:
    """The names of the holes of a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def _text(catalogue: Mapping[str, str], key: str, /, **values: object) -> str:
    # format_map with strings only: a hole cannot reach into an object ("{x.__class__}" has no such name in `values`).
    return catalogue[key].format_map({name: str(value) for name, value in values.items()})


def _read(path: Path) -> dict[str, str]:
    loaded = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}
    wrong = [f"{path.name}: {key!r} is not a text" for key, text in loaded.items() if not isinstance(text, str)]
    if wrong:
        raise TextErrors(wrong)
    return dict(loaded)


def _problems(zh: Mapping[str, str], en: Mapping[str, str]) -> list[str]:
    found = [f"en.yaml has no {key}" for key in zh if key not in en]
    found += [f"zh.yaml has no {key}" for key in en if key not in zh]
    found += [
        f"{key}: zh has holes {sorted(holes(zh[key]))}, en has {sorted(holes(en[key]))}"
        for key in zh
        if key in en and holes(zh[key]) != holes(en[key])
    ]
    return found
