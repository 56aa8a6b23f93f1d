"""Personal data is split from a ticket at the door: what is kept in clear is masked text and a place at grid level.

See personal.py for what is recognised. Because no pattern knows every name, the text of a ticket is never kept in clear
at all: only its title, masked and short.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from math import isfinite

from brain.model.case import PrivatePart, Ticket
from brain.model.personal import IDENTITY, PATTERNS, SPOKEN_DIGITS, SPOKEN_MOBILE

MARK = "***"
TITLE_MAX = 120
LABEL_MAX = 64
GRID_DECIMALS = 3  # about 100 m

_LONGEST = 2000  # characters of a text that are looked at; none of what is kept comes from beyond
_UNUSUAL = re.compile(r"[^ -~\u3001\u3002\u3400-\u9fff]")  # what has to be looked at more closely
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-/]*")
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # blank, though letters or marks by category


@dataclass(frozen=True, slots=True)
class Masked:
    """What of a ticket is kept in clear. `grid_lon`, `grid_lat`: WGS-84, rounded; None where the place is not known."""

    title: str
    category: str
    unit: str
    grid_lon: float | None
    grid_lat: float | None


def split(ticket: Ticket) -> tuple[Masked, PrivatePart]:
    """(what is kept in clear, what is sealed). Where the title was changed, the one that came joins the sealed text."""
    private = ticket.private
    known = (private.name, private.phone, private.id_number, private.address)
    title = mask(ticket.title, TITLE_MAX, known) or mask(private.text, TITLE_MAX, known)
    lon, lat = grid(private.lon, private.lat)
    masked = Masked(title, _label(ticket.category, 96), _label(ticket.unit, LABEL_MAX), lon, lat)
    if title != ticket.title and ticket.title and ticket.title not in private.text:
        private = replace(private, text=f"{ticket.title}\n{private.text}".rstrip("\n"))
    return masked, private


def mask(text: str, limit: int, known: Iterable[str] = ()) -> str:
    """One line of `text` of at most `limit` characters, personal data replaced by ***.

    `known` are personal values of the same ticket: they are hidden wherever they stand, whatever they look like.
    """
    line = tidy(text[:_LONGEST])
    # Cut last: half a number would no longer be recognised.
    return shorten(_cover(line, chain(_found(line), _known(line, known))), limit)


def tidy(text: str) -> str:
    """One line: line breaks and control characters become spaces; invisible and direction-changing ones go."""
    return " ".join(_UNUSUAL.sub(_visible, unicodedata.normalize("NFC", text)).split())


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    category = unicodedata.category(character)
    if category in ("Cf", "Cs") or character in _INVISIBLE:
        return ""
    return " " if category in ("Cc", "Zs", "Zl", "Zp") else character


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, the cut marked with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def grid(lon: float | None, lat: float | None) -> tuple[float | None, float | None]:
    """The place rounded to the grid; (None, None) for what is no place: missing, not finite, off the earth, or 0,0."""
    if lon is None or lat is None or not (isfinite(lon) and isfinite(lat)):
        return None, None
    if abs(lon) > 180 or abs(lat) > 90 or (lon == 0 and lat == 0):
        return None, None
    return round(lon, GRID_DECIMALS), round(lat, GRID_DECIMALS)


def _label(text: str, limit: int) -> str:
    """A category or unit: codes stay as they are, so that their digits are not taken for a phone number."""
    line = tidy(text[:_LONGEST])
    if len(line) <= limit and _CODE.fullmatch(line) and not IDENTITY.fullmatch(line):
        return line
    return mask(line, limit)


def _found(line: str) -> Iterator[tuple[int, int]]:
    shadow = _UNUSUAL.sub(_plain, line)
    for pattern in PATTERNS:
        for match in pattern.finditer(shadow):
            yield match.span("it" if "it" in pattern.groupindex else 0)
    for match in SPOKEN_MOBILE.finditer(shadow.translate(SPOKEN_DIGITS)):
        yield match.span()


def _known(line: str, known: Iterable[str]) -> Iterator[tuple[int, int]]:
    for value in filter(None, map(tidy, known)):
        if len(value) >= 2:
            for match in re.finditer(re.escape(value), line):
                yield match.span()


def _plain(match: re.Match[str]) -> str:
    """One ASCII character for a digit or sign of any width or script, else the character itself."""
    character = match[0]
    if unicodedata.category(character) in ("Mn", "Me"):
        return "-"  # a mark struck through a digit separates it from the next
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 and folded < "\x80" else character


def _cover(line: str, spans: Iterable[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in _joined(spans):
        parts += [line[at:start], MARK]
        at = end
    return "".join([*parts, line[at:]])


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
