"""Paths into a decoded JSON document, as configuration writes them: `data.values[0].v`, `["pm2.5"].value`, `list[-1]`.

No wildcards, filters or functions: what a path costs does not depend on what a stranger sends. "" is the whole
document.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final


class _Missing(Enum):
    MISSING = "missing"


MISSING: Final = _Missing.MISSING
"""What `pick` gives where the document ends before the path does. JSON null is None, which is not the same."""

_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]"']+)|\[(?P<index>-?\d{1,6})\]|\[(?P<quote>["'])(?P<quoted>.+?)(?P=quote)\]"""
)


@dataclass(frozen=True, slots=True)
class Path:
    """`steps` are keys of objects (str) and positions in arrays (int)."""

    text: str
    steps: tuple[str | int, ...]


def compile_path(text: str) -> Path:
    """Raises ValueError naming the first character that is not understood."""
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None or (at == 0 and text[0] == "."):
            raise ValueError(
                f"path {text!r} is not understood from character {at + 1} | write it like data.values[0].v"
            )
        if match["index"] is not None:
            steps.append(int(match["index"]))
        else:
            steps.append(match["name"] or match["quoted"])
        at = match.end()
        if at < len(text) and text[at] not in ".[":
            raise ValueError(f"path {text!r} is not understood from character {at + 1} | join steps by a dot")
    return Path(text, tuple(steps))


def pick(document: object, path: Path) -> object:
    """The value at the path, MISSING where there is none."""
    found = document
    for step in path.steps:
        if isinstance(step, str):
            if not isinstance(found, dict) or step not in found:
                return MISSING
            found = found[step]
        else:
            if not isinstance(found, list) or not -len(found) <= step < len(found):
                return MISSING
            found = found[step]
    return found
