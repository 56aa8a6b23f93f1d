"""A file of a table as text: its character set, and what in it is not of that set."""

from collections.abc import Iterable
from dataclasses import dataclass

from brain.feed import BadPayload

_GUESSES = ("utf-8", "gb18030", "big5")
_MOST_TORN = 0.02  # share of lines; beyond it is no damage but another character set
_FEW = 10


@dataclass(frozen=True, slots=True)
class Content:
    """A file as read once. `settled`: it did not change for a while, so that its last line is whole."""

    name: str
    data: bytes
    settled: bool


def decoded(content: Content, encoding: str, by_line: bool = False) -> str:
    """The text. With `by_line` bytes of a few lines that are not of the character set become marks that `is_torn`
    knows, so that these lines alone are lost. Raises BadPayload naming the place, and the character set that fits where
    one does."""
    try:
        return _tidy(content.data.decode(encoding))
    except UnicodeDecodeError as error:
        fits = fitting(content.data)
        if by_line and fits is None:
            text = _decoded_with_marks(content.data, encoding)
            if text is not None:
                return text
        line = content.data.count(b"\n", 0, error.start) + 1
        hint = f"it can be read as {fits}: set encoding: {fits}" if fits else "set encoding to what it was saved in"
        where = f"{content.name}:{line}: byte {error.start + 1}"
        raise BadPayload(f"{where} is not {encoding}; {hint}") from error


def is_torn(texts: Iterable[str]) -> bool:
    """Whether a byte in them was of no character."""
    return any("\udc80" <= character <= "\udcff" for text in texts for character in text)


def _tidy(text: str) -> str:
    # NUL has no place in a text, the CSV reader stops at it and PostgreSQL refuses it.
    return text.removeprefix("\ufeff").replace("\x00", "\ufffd")


def _decoded_with_marks(data: bytes, encoding: str) -> str | None:
    """None where so many lines are torn that the character set must be wrong."""
    try:
        text = _tidy(data.decode(encoding, "surrogateescape"))
    except UnicodeDecodeError:
        return None
    lines = text.splitlines()
    torn = sum(is_torn([line]) for line in lines)
    return text if torn <= max(_FEW, _MOST_TORN * len(lines)) else None


def fitting(data: bytes) -> str | None:
    """The first character set of the usual ones by which all of it can be read; None for none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # without its mark nearly everything can be read as UTF-16
        return "utf-16" if _decodes(data, "utf-16") else None
    return next((guess for guess in _GUESSES if _decodes(data, guess)), None)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
