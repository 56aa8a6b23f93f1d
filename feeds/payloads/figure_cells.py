"""Figures as departments print them in cells: 1,401 · 超1401万张 · 99.99% · 约6.9万 · ３．５亿元 · 12* · 不足30."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from brain.model.indicator import Qualifier
from brain.model.published import BEFORE, MORE
from brain.model.unit import UNITS, unit_of

_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "万亿": 10**12}
_PRINTED = ("", "万", "亿")  # scales that stay in the text of a value; others are multiplied out
_SCALE = "万亿|千万|百万|百|千|万|亿"
_SIGNS = (
    ("≥|>=", Qualifier.AT_LEAST),
    ("≤|<=", Qualifier.AT_MOST),
    (">", Qualifier.OVER),
    ("<", Qualifier.UNDER),
)
_WORDS = (*BEFORE, *_SIGNS)
_AFTER = (("以上", Qualifier.AT_LEAST), ("以内|以下", Qualifier.AT_MOST), ("左右|上下", Qualifier.ABOUT))
_FIGURE = re.compile(
    rf"(?P<before>{'|'.join(words for words, _ in _WORDS)})?"
    r"(?P<sign>[-+])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    rf"(?P<more>{MORE})?(?P<scale>{_SCALE})?(?P<more_yet>{MORE})?(?P<unit>[^\d.,+\-*]{{0,16}}?)"
    rf"(?P<after>{'|'.join(words for words, _ in _AFTER)})?"
)
_SPLIT = re.compile(rf"({_SCALE})?(.*)")
_FOOTNOTE = re.compile(r"[\u00b2\u00b3\u00b9\u2070-\u2079\u2460-\u2473*]+$")  # 12*, 12①, 12²
_MOST = 64  # characters of a figure


class NotAFigure(ValueError):
    """The message says what is wrong and what to do; it repeats at most a few characters of the cell."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A figure as printed. `digits` have no thousands marks and keep their zeros; `scale` is "" or 万, 亿, 百万 ...;
    `unit` is what the cell itself says, "" for nothing."""

    digits: str
    scale: str
    unit: str
    qualifier: Qualifier


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with its unit: `value` in the base unit of `unit`, `text` with 万 or 亿 as printed."""

    value: float
    text: str
    unit: str
    qualifier: Qualifier


def half_width(text: str) -> str:
    """（１２，３４５）as (12,345), without blanks, one minus sign."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace("\u2212", "-")


def read_figure(cell: object) -> Printed:
    """Raises NotAFigure."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal | str):
        raise NotAFigure("no number; write a figure, or leave the cell empty where none is published")
    if not isinstance(cell, str):
        return _plain(cell)
    stripped = _FOOTNOTE.sub("", cell.strip())  # before ① is made a 1
    text = half_width(stripped)
    found = _FIGURE.fullmatch(text) if len(text) <= _MOST else None
    if found is None:
        hint = " (a formula's error: mend it in the workbook)" if text.startswith("#") else ""
        raise NotAFigure(f"{text[:12]!r} is no figure{hint}; write it like 1,401 or 超1401万 or 99.9%")
    digits = found["digits"].replace(",", "")
    digits = f"0{digits}" if digits.startswith(".") else digits
    sign = "-" if found["sign"] == "-" else ""
    return Printed(sign + digits, found["scale"] or "", found["unit"] or "", _qualifier(found))


def _plain(number: int | float | Decimal) -> Printed:
    """Fifteen digits, as Excel itself has: beyond is the noise of binary fractions."""
    value = Decimal(format(number, ".15g")) if isinstance(number, float) else Decimal(number)
    if not value.is_finite():
        raise NotAFigure("NaN or Infinity is no figure; leave the cell empty where none is published")
    return Printed(f"{value:f}", "", "", Qualifier.EXACT)


def _qualifier(found: re.Match[str]) -> Qualifier:
    for pattern, qualifier in _AFTER:
        if found["after"] and re.fullmatch(pattern, found["after"]):
            return qualifier
    if found["more"] or found["more_yet"]:
        return Qualifier.OVER
    for pattern, qualifier in _WORDS:
        if found["before"] and re.fullmatch(pattern, found["before"]):
            return qualifier
    return Qualifier.EXACT


def split_unit(text: str, own: str = "") -> tuple[str, str]:
    """亿元 -> (亿, 元), 千人 -> (千, 人), 千瓦时 -> ("", 千瓦时). `own` is the indicator's unit, never split."""
    if text in UNITS or text == own:
        return "", text
    found = _SPLIT.fullmatch(text)
    scale, rest = (found[1] or "", found[2]) if found else ("", text)
    if scale in ("百", "千") and rest not in UNITS:  # 百帕 and 千瓦时 are units of their own
        return "", text
    return scale, rest


def is_unit(text: str) -> bool:
    """Whether a word in a header's brackets is a unit; (上年同月=100) is not."""
    scale, rest = split_unit(text)
    return bool(scale) or rest in UNITS


def measure_figure(printed: Printed, said: str, own: str, units: dict[str, str]) -> Measured:
    """A printed figure in its unit. `said` is the unit the table gives for it ("" for none), `own` the indicator's,
    `units` translates. Raises NotAFigure where they do not fit."""
    beside_scale, beside = split_unit(units.get(said, said), own)
    cell_unit = units.get(printed.unit, printed.unit)
    if printed.scale and beside_scale and not cell_unit:
        raise NotAFigure(f"{printed.scale} in the cell and {beside_scale} in its unit; write it in one place only")
    if cell_unit and beside and cell_unit != beside:
        raise NotAFigure(f"the cell says {cell_unit[:8]!r}, the table {beside[:8]!r}; write one of them")
    symbol = cell_unit or beside or own
    scale = printed.scale if (cell_unit or printed.scale) else beside_scale
    if unit_of(symbol).base != unit_of(own).base:
        raise NotAFigure(f"unit {symbol[:8]!r} where the indicator is in {own!r}; translate it in words.units")
    number, text = _scaled(printed.digits, scale)
    if abs(number) >= Decimal(10) ** 18:
        raise NotAFigure("larger than any figure of a city; is the unit right?")
    return Measured(unit_of(symbol).to_base(number), text, symbol, printed.qualifier)


def _scaled(digits: str, scale: str) -> tuple[Decimal, str]:
    number = Decimal(digits) * _SCALES[scale]
    if scale in _PRINTED:
        return number, digits + scale
    if scale == "万亿":
        return number, f"{(number / _SCALES['亿']).normalize():f}亿"
    return number, f"{number.normalize():f}"
