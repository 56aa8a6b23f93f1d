"""Indicators: what is counted, and its values as published. A value is never edited; a correction is a new revision."""

import re
from dataclasses import dataclass
from enum import StrEnum

from brain.model.period import Period
from brain.model.unit import unit_of


class Good(StrEnum):
    """Which way is good: decides the word of a change (达标, 好转), never the sign."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class ValueKind(StrEnum):
    STOCK = "stock"  # how many there are at a moment
    TOTAL = "total"  # how many in a span
    AVERAGE = "average"
    RATIO = "ratio"
    TARGET = "target"  # to be reached
    LIMIT = "limit"  # not to be passed


class Qualifier(StrEnum):
    """How exactly the source speaks. EXACT is said with no word at all."""

    EXACT = ""
    ABOUT = "about"  # 约
    OVER = "over"  # 超, 多, 余
    NEARLY = "nearly"  # 近
    UNDER = "under"  # 不足
    AT_LEAST = "at_least"  # 以上, 不少于
    AT_MOST = "at_most"  # 以内, 最多


class Quality(StrEnum):
    GOOD = "good"
    DOUBTFUL = "doubtful"  # published, but contradicts another figure
    BAD = "bad"  # arrived, cannot be true; value is None


_ID = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+){2,}")
_VALUE_TEXT = re.compile(r"(-?\d+(?:\.\d+)?)([万亿]?)")


def is_indicator_id(text: str) -> bool:
    """Whether it reads `<domain>_<what>_<unit>`, at most 96 characters."""
    return len(text) <= 96 and _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class IndicatorDef:
    """`id` is `<domain>_<what>_<unit>` (`_total`, `_ratio`, base units); `unit` is the one it is shown in (unit.py),
    `decimals` are those of the shown figure, `owner` is a unit id of the city."""

    id: str
    name: str
    name_en: str
    unit: str
    good: Good
    domain: str
    decimals: int = 0
    owner: str = ""
    short: str = ""
    short_en: str = ""

    def label(self, lang: str) -> str:
        """What to call it where room is short."""
        return (self.short_en or self.name_en) if lang == "en" else (self.short or self.name)


@dataclass(frozen=True, slots=True)
class IndicatorValue:
    """One published or computed value of an indicator for an area and a period.

    `value` is in the base unit of `unit`: a ratio is 0 to 1 whatever the source printed; None = arrived but bad.
    `value_text` is the printed figure with its scale ("90.36万"), so that precision and 万/亿 survive.
    `numerator`/`denominator` where known, in counts. `received_ms`: epoch ms UTC.
    """

    indicator_id: str
    area_id: str
    period: Period
    kind: ValueKind
    value: float | None
    value_text: str
    unit: str
    source: str
    received_ms: int
    qualifier: Qualifier = Qualifier.EXACT
    revision: int = 1
    numerator: float | None = None
    denominator: float | None = None
    quality: Quality = Quality.GOOD
    formula_version: str = ""
    simulated: bool = False

    @property
    def shown(self) -> float | None:
        """The value in its shown unit: 99.99 for 0.9999 in %."""
        return None if self.value is None else float(unit_of(self.unit).to_shown(self.value))

    @property
    def figure_and_scale(self) -> tuple[str, str] | None:
        """("90.36", "万"), ("671", ""): digits and scale as published; None when the text has another form."""
        match = _VALUE_TEXT.fullmatch(self.value_text)
        return (match[1], match[2]) if match else None
