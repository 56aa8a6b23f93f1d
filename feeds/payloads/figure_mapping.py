"""Which column of a table is what of a figure, and the words its cells use: stanzas of config.yaml."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from brain.feed import AreaId
from brain.model.indicator import ValueKind
from feeds.payloads.figure_periods import DatesMean
from feeds.payloads.json_mapping import Stanza

FACTS = ("indicator", "area", "period", "value", "unit", "source", "kind")


class FigureColumns(Stanza):
    """Names as in the header, with or without the unit in brackets. Left out: the table has no such column."""

    indicator: str | None = Field(default=None, description="Id or name of the indicator.")
    area: str | None = Field(default=None, description="Id or name of the area.")
    period: str | None = Field(default=None, description="Period, such as 2021年6月 or 2021Q2.")
    value: str | None = Field(default=None, description="The figure; empty with `across`.")
    unit: str | None = Field(default=None, description="Unit of the row's figure, such as 万元.")
    source: str | None = Field(default=None, description="Publication the figure is from.")
    kind: str | None = Field(default=None, description="stock, total, average, ratio, target, limit, or `words.kinds`.")

    def named(self) -> dict[str, str]:
        """What -> the column's name, of those given."""
        return {fact: name for fact in FACTS if (name := getattr(self, fact))}


class FigureFixed(Stanza):
    """What holds for the whole table because it does not say it, or says it in its title only."""

    indicator: str = Field(default="", description="Id of the indicator.")
    area: AreaId = Field(default="", description="Area id; empty: the whole city.")
    period: str = Field(default="", description="Period.")
    unit: str = Field(default="", description="Unit; empty: as header or title say, else the indicator's.")
    source: str = Field(default="", description="Publication, as it is to be shown.")
    kind: ValueKind | None = Field(default=None, description="Kind; empty: ratio for %, else total.")


class IndicatorWord(Stanza):
    """What a name of the source means."""

    id: str = Field(description="Indicator id of the city.")
    kind: ValueKind | None = Field(default=None, description="Kind of its figures; empty: as `fixed`.")
    unit: str = Field(default="", description="Unit of its figures where the table gives none.")


def _word(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


class FigureWords(Stanza):
    """What cells and headers say, in words of the source."""

    indicators: dict[str, Annotated[IndicatorWord, BeforeValidator(_word)]] = Field(
        default={}, description="Name of the source -> indicator id, or {id, kind, unit}."
    )
    areas: dict[str, AreaId] = Field(default={}, description="Area as the source writes it -> area id of the city.")
    units: dict[str, str] = Field(default={}, description="Unit of the source -> unit, such as 方: 立方米.")
    kinds: dict[str, ValueKind] = Field(default={}, description="Word of the kind column -> kind.")
    absent: tuple[str, ...] = Field(
        default=("-", "--", "—", "——", "…", "……", "...", "..", "/", "无", "暂无", "N/A", "NA", "null"),
        description="Cells that mean: not published.",
    )
    unknown: Literal["refuse", "skip"] = Field(
        default="refuse", description="Indicators, areas and columns nobody knows: refuse each, or pass over them."
    )
    dates: DatesMean = Field(default="day", description="What a true Excel date means: its day, month or year.")


Across = Literal["", "period", "area", "indicator"]
ACROSS = "Wide tables: what the headers of the other columns are; empty: one figure a row."


@dataclass(frozen=True, slots=True)
class FigureMapping:
    """How rows become figures."""

    columns: FigureColumns
    fixed: FigureFixed
    words: FigureWords
    across: Across


def check_mapping(mapping: FigureMapping) -> None:
    """Raises ValueError when something a figure needs is said nowhere, or twice."""
    named, across = mapping.columns.named(), mapping.across
    if across and across in named:
        raise ValueError(f"{across} is both a column and across | keep one")
    if across and "value" in named:
        raise ValueError("across and columns.value exclude each other | keep one")
    if not across and "value" not in named:
        raise ValueError("nothing says where the figures stand | give columns.value, or across for a wide table")
    if across and not named:
        raise ValueError("a wide table needs a column that names its rows | give columns.area, period or indicator")
    for fact in ("indicator", "period", "source"):
        if fact not in named and fact != across and not getattr(mapping.fixed, fact):
            raise ValueError(f"nothing says the {fact} | give columns.{fact} or fixed.{fact}")
