"""figures.csv of a city pack: one published figure a row, the indicator defined in the same row.

Several rows may speak of one indicator (other periods, a target); they must then define it alike. A row whose value,
period and kind are empty only defines the indicator: a feed brings its values.
"""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from brain.model.area import AreaTree
from brain.model.clock import utc_ms
from brain.model.indicator import Good, IndicatorDef, IndicatorValue, Qualifier, Quality, ValueKind, is_indicator_id
from brain.model.period import parse_period
from brain.model.unit import unit_of
from brain.settings.city_pack import CityPack, FiguresPart
from brain.settings.problem import Problem

REQUIRED = ("indicator", "name", "name_en", "domain", "unit", "good", "decimals", "owner", "value", "period", "kind")
OPTIONAL = ("short", "short_en", "value_text", "qualifier", "area", "quality", "remark", "numerator", "denominator")
MOST_BYTES = 5_000_000
MOST_DECIMALS = 6

_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True)
class Figures:
    indicators: dict[str, IndicatorDef]
    values: tuple[IndicatorValue, ...]
    problems: tuple[Problem, ...]


class _Wrong(ValueError):
    def __init__(self, column: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.column, self.message, self.hint = column, message, hint


def read_figures(file: str, data: bytes, pack: CityPack, tree: AreaTree) -> Figures:
    """Every row is read or answered with what is wrong in it."""
    text, refused = _text(file, data)
    part = pack.figures
    if part is None:
        refused = [
            Problem(file, None, "", "the figures have no source", "add figures to city.yaml: source, received_on")
        ]
    if refused or part is None:
        return Figures({}, (), tuple(refused))
    rows = csv.DictReader(io.StringIO(text, newline=""))
    indicators: dict[str, IndicatorDef] = {}
    values: dict[tuple[str, str, str, ValueKind], IndicatorValue] = {}
    problems: list[Problem] = []
    try:
        problems += _columns(file, tuple(rows.fieldnames or ()))
        for row in rows if not problems else ():
            try:
                definition, value = _row(row, part, pack, tree)
                _same(indicators.setdefault(definition.id, definition), definition)
                if value is None:
                    continue
                key = (value.indicator_id, value.area_id, value.period.text, value.kind)
                if key in values:
                    raise _Wrong("indicator", "stands twice for one area, period and kind", "keep one of the rows")
                values[key] = value
            except _Wrong as wrong:
                problems.append(Problem(file, rows.line_num, wrong.column, wrong.message, wrong.hint))
    except csv.Error as error:
        problems.append(Problem(file, rows.line_num, "", str(error), "save it as plain CSV"))
    return Figures(indicators, tuple(values.values()), tuple(problems))


def _row(
    row: dict[str, str], part: FiguresPart, pack: CityPack, tree: AreaTree
) -> tuple[IndicatorDef, IndicatorValue | None]:
    if None in row or None in row.values():
        raise _Wrong("", "another number of cells than columns", "put texts with commas in double quotes")
    published = any(row[column].strip() for column in ("value", "period", "kind"))
    return _definition(row, pack), _value(row, part, pack, tree) if published else None


def _text(file: str, data: bytes) -> tuple[str, list[Problem]]:
    if len(data) > MOST_BYTES:
        return "", [Problem(file, None, "", f"larger than {MOST_BYTES} bytes", "published figures are few")]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return "", [Problem(file, line, "", "not UTF-8", "save the file as UTF-8")]


def _columns(file: str, columns: tuple[str, ...]) -> list[Problem]:
    known = REQUIRED + OPTIONAL
    return [Problem(file, 1, name, "the column is missing", "add it") for name in REQUIRED if name not in columns] + [
        Problem(file, 1, str(name), "unknown column", f"known: {', '.join(known)}")
        for name in columns
        if name not in known
    ]


def _definition(row: dict[str, str], pack: CityPack) -> IndicatorDef:
    indicator_id = row["indicator"].strip()
    if not is_indicator_id(indicator_id):
        raise _Wrong("indicator", f"{indicator_id!r} is no id", "<domain>_<what>_<unit> in small letters")
    if row["domain"] not in pack.domains or not indicator_id.startswith(row["domain"] + "_"):
        hint = "a domain of city.yaml, with which the id begins"
        raise _Wrong("domain", f"{row['domain']!r} does not fit {indicator_id}", hint)
    if row["owner"] and row["owner"] not in {unit.id for unit in pack.units}:
        raise _Wrong("owner", f"{row['owner']!r} is unknown", "an id of units in city.yaml")
    for column, most in (("name", 128), ("name_en", 128), ("unit", 32)):
        if not 0 < len(row[column].strip()) <= most:
            raise _Wrong(column, f"must be 1 to {most} characters", "fill it in")
    if not row["decimals"].isdecimal() or int(row["decimals"]) > MOST_DECIMALS:
        raise _Wrong("decimals", f"{row['decimals']!r} is no number of decimals", f"0 to {MOST_DECIMALS}")
    return IndicatorDef(
        id=indicator_id,
        name=row["name"].strip(),
        name_en=row["name_en"].strip(),
        unit=row["unit"].strip(),
        good=_choice(row, "good", Good),
        domain=row["domain"],
        decimals=int(row["decimals"]),
        owner=row["owner"],
        short=row.get("short", "").strip(),
        short_en=row.get("short_en", "").strip(),
    )


def _same(first: IndicatorDef, other: IndicatorDef) -> None:
    for column in ("name", "name_en", "good", "domain", "owner"):
        if getattr(first, column) != getattr(other, column):
            message = f"{first.id} is defined before with {column} {getattr(first, column)!r}"
            raise _Wrong(column, message, "define an indicator alike in all its rows")
    units = unit_of(first.unit), unit_of(other.unit)
    if units[0].base != units[1].base and any(unit.factor != 1 for unit in units):  # counts of things may be compared
        raise _Wrong("unit", f"{other.unit} cannot be compared with {first.unit}", "give it an indicator of its own")


def _value(row: dict[str, str], part: FiguresPart, pack: CityPack, tree: AreaTree) -> IndicatorValue:
    unit = unit_of(row["unit"].strip())
    area_id = row.get("area", "").strip() or pack.root
    if area_id not in tree:
        raise _Wrong(
            "area", f"{area_id!r} is no area of the city", "an id of areas.geojson; empty means the whole city"
        )
    number = _number(row, "value")
    try:
        period = parse_period(row["period"], pack.tz)
    except ValueError as error:
        raise _Wrong("period", str(error), "write it in one of these forms") from error
    value_text = row.get("value_text", "").strip() or row["value"].strip()
    if len(value_text) > 64:
        raise _Wrong("value_text", "longer than 64 characters", "only the figure, as printed")
    received_at = datetime.combine(part.received_on, time(), ZoneInfo(pack.tz))
    return IndicatorValue(
        indicator_id=row["indicator"].strip(),
        area_id=area_id,
        period=period,
        kind=_choice(row, "kind", ValueKind),
        value=unit.to_base(number),
        value_text=value_text,
        unit=unit.symbol,
        source=part.source,
        received_ms=utc_ms(received_at),
        qualifier=_choice(row, "qualifier", Qualifier) if row.get("qualifier") else Qualifier.EXACT,
        numerator=_optional_number(row, "numerator"),
        denominator=_optional_number(row, "denominator"),
        quality=_choice(row, "quality", Quality) if row.get("quality") else Quality.GOOD,
    )


def _number(row: dict[str, str], column: str) -> Decimal:
    try:
        number = Decimal(row[column].strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
        raise _Wrong(column, f"{row[column]!r} is no number", "digits only; the scale belongs to value_text")
    return number


def _optional_number(row: dict[str, str], column: str) -> float | None:
    return float(_number(row, column)) if row.get(column, "").strip() else None


def _choice(row: dict[str, str], column: str, choices: type[_Choice]) -> _Choice:
    for choice in choices:
        if row[column].strip() == choice.value:
            return choice
    allowed = ", ".join(choice.value for choice in choices if choice.value)
    raise _Wrong(column, f"{row[column]!r} is not known", f"one of {allowed}")
