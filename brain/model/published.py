"""Reads tables of published figures: one row per figure, with the sentence it was taken from.

Columns: city, theme_zh, indicator_zh, value, unit, period, kind, quote_zh, check. How exactly the source speaks
(约, 超, 余, 以内) and the scale it printed (万, 亿) are read from the sentence.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from brain.model.indicator import IndicatorValue, Qualifier, Quality, ValueKind
from brain.model.period import BadPeriod, Period, parse_period
from brain.model.unit import unit_of

COLUMNS = ("city", "theme_zh", "indicator_zh", "value", "unit", "period", "kind", "quote_zh", "check")

_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2, "兩": 2, "双": 2, "雙": 2, "首": 1}
_SCALES = {"": 1, "十": 10, "百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
BEFORE: tuple[tuple[str, Qualifier], ...] = (
    ("不超过|不超過|最多跑?|至多", Qualifier.AT_MOST),
    ("不少于|不少於|至少", Qualifier.AT_LEAST),
    ("超过|超過|超|突破", Qualifier.OVER),
    ("将近|將近|接近|近", Qualifier.NEARLY),
    ("不足|不到", Qualifier.UNDER),
    ("约|約|基本达到|基本達到", Qualifier.ABOUT),
)
MORE = "多|余|餘"
_NUMBER = re.compile(
    rf"(?P<before>{'|'.join(words for words, _ in BEFORE)})?"
    r"(?:(?P<digits>\d+(?:\.\d+)?)|(?P<mega>[千万萬])兆|(?P<word>[零一二两兩双雙三四五六七八九首十百千]+(?=[^零一二三四五六七八九])))"
    rf"(?P<more>{MORE})?(?P<scale>[万萬亿億](?!兆))?(?P<more_yet>{MORE})?"
    r"(?P<after>[^\d,，、。;；]{0,4}?(?:以内|以內|以上)|个?(?:小时|工作日|天|分钟)内|個?(?:小時|工作日|天|分鐘)內)?"
)


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One row. `value` is in the base unit of `unit`; `line` is of the file; `remark`: a known contradiction."""

    line: int
    city: str
    theme: str
    name: str
    unit: str
    value: float
    value_text: str
    qualifier: Qualifier
    period: Period
    kind: ValueKind
    quote: str
    remark: str

    def as_value(self, indicator_id: str, area_id: str, source: str, received_ms: int) -> IndicatorValue:
        """The figure as a value of an indicator of an area."""
        return IndicatorValue(
            indicator_id=indicator_id,
            area_id=area_id,
            period=self.period,
            kind=self.kind,
            value=self.value,
            value_text=self.value_text,
            unit=self.unit,
            source=source,
            received_ms=received_ms,
            qualifier=self.qualifier,
            quality=Quality.DOUBTFUL if self.remark.startswith("differs") else Quality.GOOD,
        )


def load_published(path: Path, tz: str) -> tuple[list[PublishedFigure], list[str]]:
    """The rows that can be read, and a line for each that cannot ("line 17: ..."). Raises OSError, UnicodeDecodeError.

    `tz` is the zone the periods are meant in.
    """
    figures: list[PublishedFigure] = []
    problems: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        try:
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                return [], [f"line 1: the columns {', '.join(missing)} are missing"]
            for row in reader:
                try:
                    figures.append(_figure(reader.line_num, row, tz))
                except ValueError as error:
                    problems.append(f"line {reader.line_num}: {error}")
        except csv.Error as error:
            problems.append(f"line {reader.line_num + 1}: {error}; save it as plain CSV")
    return figures, problems


def _figure(line: int, row: dict[str, str], tz: str) -> PublishedFigure:
    if None in row or None in row.values():
        raise ValueError(f"has another number of cells than the {len(COLUMNS)} columns")
    try:
        number = Decimal(row["value"].strip())
    except InvalidOperation:
        raise ValueError(f"value {row['value']!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"value {row['value']!r} is not a finite number")
    if row["kind"] not in tuple(ValueKind):
        raise ValueError(f"kind {row['kind']!r} is none of {', '.join(ValueKind)}")
    try:
        period = parse_period(row["period"], tz)
    except BadPeriod as error:
        raise ValueError(str(error)) from error
    unit = row["unit"].strip()
    value_text, qualifier = read_quote(number, unit, row["quote_zh"])
    return PublishedFigure(
        line=line,
        city=row["city"],
        theme=row["theme_zh"],
        name=row["indicator_zh"],
        unit=unit,
        value=unit_of(unit).to_base(number),
        value_text=value_text,
        qualifier=qualifier,
        period=period,
        kind=ValueKind(row["kind"]),
        quote=row["quote_zh"],
        remark=row["check"],
    )


def read_quote(number: Decimal, unit: str, quote: str) -> tuple[str, Qualifier]:
    """How `number` is printed in `quote` (digits with 万 or 亿) and the word that qualifies it.

    A number the sentence does not show in digits or plain Chinese numerals is given in digits, unqualified.
    """
    for match in _NUMBER.finditer(quote):
        for value, text in _readings(match, unit):
            if value == number:
                return text, _qualifier(match)
    return f"{number:f}", Qualifier.EXACT


def _readings(match: re.Match[str], unit: str) -> Iterator[tuple[Decimal, str]]:
    scale = {"萬": "万", "億": "亿"}.get(match["scale"] or "", match["scale"] or "")
    if match["digits"]:
        yield Decimal(match["digits"]) * _SCALES[scale], match["digits"] + scale
        return
    if match["mega"]:  # 千兆, 万兆: thousands of Mbit/s
        gigabits = 1 if match["mega"] == "千" else 10
        yield (Decimal(gigabits), str(gigabits)) if unit == "Gbps" else (Decimal("NaN"), "")
        return
    counted = _chinese_number(match["word"]) * _SCALES[scale]
    yield Decimal(counted), str(counted)


def _chinese_number(word: str) -> int:
    """Up to thousands, in numerals: 三 -> 3, 十三 -> 13, 百 -> 100, 二百零五 -> 205."""
    total, digit = 0, 0
    for character in word:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (digit or 1) * _SCALES[character]
            digit = 0
    return total + digit


def _qualifier(match: re.Match[str]) -> Qualifier:
    after = match["after"] or ""
    if after.endswith("以上"):
        return Qualifier.AT_LEAST
    if after:
        return Qualifier.AT_MOST
    if match["more"] or match["more_yet"]:  # also in 约300多个: more than 300 is what is known
        return Qualifier.OVER
    for words, qualifier in BEFORE:
        if match["before"] and re.fullmatch(words, match["before"]):
            return qualifier
    return Qualifier.EXACT
