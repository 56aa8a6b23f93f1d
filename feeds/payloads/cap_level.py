"""The colour of a warning: said outright by Chinese issuers, elsewhere told from the severity."""

import re
from collections.abc import Iterable, Mapping

from brain.model.alert import Level

_CHINESE = re.compile("([红橙黄蓝])色")
_BY_CHARACTER: Mapping[str, Level] = {
    "红": Level.RED,
    "橙": Level.ORANGE,
    "黄": Level.YELLOW,
    "蓝": Level.BLUE,
}
_BY_WORD: Mapping[str, Level] = {**{level.word: level for level in Level}, **_BY_CHARACTER}
_WORDS = re.compile(r"[a-z]+|[红橙黄蓝](?=色|$)")
_SPEAKS_OF_COLOUR = re.compile(r"colou?r|level|颜色|级别|等级|信号", re.IGNORECASE)
_BY_SEVERITY: Mapping[str, Level] = {
    "Extreme": Level.RED,
    "Severe": Level.ORANGE,
    "Moderate": Level.YELLOW,
    "Minor": Level.BLUE,
}


def level_of(codes: Iterable[tuple[str, str]], said: Iterable[str], severity: str) -> Level | None:
    """`codes`: (name, value) of parameters and event codes; `said`: headlines and events, in which a Chinese colour
    counts; then the severity. None: the message says nothing of it."""
    for name, value in codes:
        if (level := _of_code(name, value)) is not None:
            return level
    for text in said:
        if found := _CHINESE.search(text):
            return _BY_CHARACTER[found[1]]
    return _BY_SEVERITY.get(severity)


def _of_code(name: str, value: str) -> Level | None:
    """A value that is a colour, or names one where the name speaks of colours ("awareness_level": "3; orange; Severe").
    A word in a free text ("Yellow River") is none."""
    words = _WORDS.findall(value.lower())
    alone = len(words) == 1 and len(value.strip()) <= len("orange")
    if not alone and not _SPEAKS_OF_COLOUR.search(name):
        return None
    return next((_BY_WORD[word] for word in words if word in _BY_WORD), None)
