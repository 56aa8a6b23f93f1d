"""How far each file of a folder was read: the cursor of table feeds.

A file that did not change is not opened. One that only grew is read from where it was left; one whose beginning changed
is read whole: the store absorbs the rows that are as before, and what it would count again is remembered.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Mark:
    """`end`: characters read, `digest` of those. `whole`: nothing was held back at the end. `told`: rows that would
    count again, see row_memory.py. `again_ms`: when a row that was refused as too early is read again; 0: none."""

    size: int
    mtime_ns: int
    end: int
    digest: str
    whole: bool
    told: str = ""
    again_ms: int = 0

    def unchanged(self, size: int, mtime_ns: int) -> bool:
        return (self.size, self.mtime_ns) == (size, mtime_ns)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def start_of(mark: Mark | None, text: str) -> int:
    """Where to go on in `text`: after what was read, if that is still its beginning; else at 0."""
    if mark is None or mark.end > len(text) or digest_of(text[: mark.end]) != mark.digest:
        return 0
    return mark.end


def dump_marks(marks: Mapping[str, Mark]) -> str:
    return orjson.dumps({name: astuple(mark) for name, mark in sorted(marks.items())}).decode()


def load_marks(text: str | None) -> dict[str, Mark]:
    """Nothing for a cursor of another form: everything is then read again and absorbed."""
    try:
        stored = orjson.loads(text or "{}")
        return {str(name): Mark(*fields) for name, fields in stored.items()}
    except (orjson.JSONDecodeError, AttributeError, TypeError):
        return {}
