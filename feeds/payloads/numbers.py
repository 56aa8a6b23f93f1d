"""Numbers as devices and tables write them."""

from math import isfinite


class NotANumber(ValueError):
    """The message gives the class of what was found, never the value itself."""


def to_number(value: object) -> float | None:
    """A finite float; None for null (measured but bad). True and False are 1 and 0. Raises NotANumber."""
    if value is None:
        return None
    if isinstance(value, (bool, int, float)):
        return _finite(value)
    if isinstance(value, str):
        text = value.strip()
        if len(text) <= 64 and text.isascii() and "_" not in text:
            return _finite(text)
        raise NotANumber(f"{kind_of(value)} where a number belongs")
    raise NotANumber(f"{kind_of(value)} where a number belongs")


def _finite(value: float | str) -> float:
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise NotANumber(f"{kind_of(value)} where a number belongs") from error
    if not isfinite(number):
        raise NotANumber("NaN or Infinity where a number belongs")
    return number


def kind_of(value: object) -> str:
    """What sort of thing a value is, for reports that must not repeat it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return f"a text of {len(value)} characters" if value else "an empty text"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else type(value).__name__
