"""Figures as text: grouped, with the precision given; None is a dash and a true 0 is 0."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from math import isfinite

NONE = "—"
_MINUS = "−"
_SCALES = {"": Decimal(1), "万": Decimal(10) ** 4, "亿": Decimal(10) ** 8}
_LARGE = ((Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million"))


def grouped(value: float | None, decimals: int = 0) -> str:
    """`value` with thousands grouped and `decimals` places; NaN and infinities are no figures: dash."""
    if value is None or not isfinite(value):
        return NONE
    place = Decimal(1).scaleb(-max(decimals, 0))
    text = f"{Decimal(repr(float(value))).quantize(place, ROUND_HALF_UP):,f}"
    if not text.strip("-0.,"):
        text = text.removeprefix("-")
    return text.replace("-", _MINUS)


def signed(value: float | None, decimals: int = 0) -> str:
    """Like `grouped` with a sign in front of everything but zero."""
    text = grouped(value, decimals)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.,") else text


def group_digits(digits: str) -> str:
    """Group the digits of a published figure without touching its precision: "1401" -> "1,401", "99.990" stays."""
    whole, point, fraction = digits.partition(".")
    try:
        return f"{int(whole):,}{point}{fraction}".replace("-", _MINUS)
    except ValueError:
        return digits


def in_english(digits: str, scale: str) -> tuple[str, str]:
    """A published figure and its Chinese scale (万, 亿) -> (digits, key of the English scale word or "")."""
    try:
        value = Decimal(digits) * _SCALES[scale]
    except (InvalidOperation, KeyError):
        return digits + scale, ""
    if not scale:
        return group_digits(digits), ""
    for size, word in _LARGE:
        if abs(value) >= size:
            return f"{(value / size).normalize():f}", word
    return f"{value.normalize():,f}", ""
