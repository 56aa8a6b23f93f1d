"""From what a row says to a published value of an indicator, or to a refusal that says which column and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

import orjson

from brain.feed import Rejected
from brain.model.area import AreaTree
from brain.model.indicator import IndicatorDef, IndicatorValue, ValueKind
from brain.model.period import BadPeriod, Period, parse_period
from brain.model.reason import Reason
from feeds.payloads.figure_cells import NotAFigure, half_width, measure_figure, read_figure
from feeds.payloads.figure_mapping import FigureFixed, FigureWords, IndicatorWord
from feeds.payloads.figure_periods import table_period
from feeds.payloads.refusal import Refusal
from feeds.payloads.ticket_rows import cell_text, names_of

_PERCENT = "%"
_MOST_SOURCE = 128


@dataclass(frozen=True, slots=True)
class Said:
    """What one cell and its row say. `facts`: what (indicator, area, period, value, unit, source, kind) -> cell; left
    out is what the table does not say. `columns`: what -> where it stood, for reports. `place` is file:row."""

    place: str
    facts: Mapping[str, Any]
    columns: Mapping[str, str]
    row: Any = dataclass_field(default=None, repr=False)


class FigureRows:
    """The compiled words of one table. `indicators` is the city's catalogue."""

    def __init__(
        self,
        fixed: FigureFixed,
        words: FigureWords,
        *,
        indicators: Mapping[str, IndicatorDef],
        areas: AreaTree,
        tz: str,
        now_ms: int,
        simulated: bool = False,
    ) -> None:
        self._fixed = fixed
        self._words = words
        self._indicators = indicators
        self._areas = areas
        self._tz = tz
        self._now_ms = now_ms
        self._simulated = simulated
        self._periods: dict[Any, Period] = {}
        self._area_ids = names_of(areas)
        self._names = _names(indicators)
        self._word_of = {half_width(name): word for name, word in words.indicators.items()}
        self._area_word = {half_width(name): area_id for name, area_id in words.areas.items()}
        self._absent = frozenset(half_width(word) for word in ("", *words.absent))

    def is_absent(self, cell: Any) -> bool:
        """Whether a cell says that nothing is published."""
        return cell is None or (isinstance(cell, str) and half_width(cell) in self._absent)

    def read(self, said: Said) -> IndicatorValue | Rejected | None:
        """None: nothing published, or of something that is to be passed over. Never raises."""
        if self.is_absent(said.facts.get("value")):
            return None
        try:
            return self._value(said)
        except Refusal as refusal:
            unknown = (Reason.UNKNOWN_AREA, Reason.UNKNOWN_INDICATOR)
            if self._words.unknown == "skip" and refusal.reason in unknown:
                return None
            return refuse(refusal, said.place, said.row)

    def _value(self, said: Said) -> IndicatorValue:
        word = self.indicator(said.facts.get("indicator"), said.columns.get("indicator", "fixed.indicator"))
        definition = self._indicators[word.id]
        unit = cell_text(said.facts.get("unit")) or self._fixed.unit or word.unit
        try:
            measured = measure_figure(
                read_figure(said.facts["value"]), half_width(unit), definition.unit, self._words.units
            )
        except NotAFigure as error:
            raise Refusal(Reason.NOT_A_NUMBER, f"column {said.columns['value']}: {error}") from error
        source = cell_text(said.facts.get("source")) or self._fixed.source
        if not 0 < len(source) <= _MOST_SOURCE:
            where = said.columns.get("source", "fixed.source")
            raise Refusal(Reason.MISSING_FIELD, f"column {where}: a source has 1 to {_MOST_SOURCE} characters")
        return IndicatorValue(
            indicator_id=word.id,
            area_id=self.area(said.facts.get("area"), said.columns.get("area", "fixed.area")),
            period=self.period(said.facts.get("period"), said.columns.get("period", "fixed.period")),
            kind=self._kind(said, word, definition),
            value=measured.value,
            value_text=measured.text,
            unit=measured.unit,
            source=source,
            received_ms=self._now_ms,
            qualifier=measured.qualifier,
            simulated=self._simulated,
        )

    def indicator(self, cell: Any, column: str) -> IndicatorWord:
        """By id, by the words of the settings, by its name in the catalogue. Raises Refusal."""
        name = cell_text(cell) or self._fixed.indicator
        if not name:
            raise Refusal(Reason.MISSING_FIELD, f"column {column}: empty; every figure needs its indicator")
        word = self._word_of.get(half_width(name))
        if word is None:
            found = name if name in self._indicators else self._names.get(half_width(name).casefold(), "")
            word = IndicatorWord(id=found)
        if word.id not in self._indicators:
            detail = f"column {column}: {(word.id or name)[:40]!r} is no indicator of this city"
            raise Refusal(
                Reason.UNKNOWN_INDICATOR, f"{detail}; define it in figures.csv or translate it in words.indicators"
            )
        return word

    def area(self, cell: Any, column: str) -> str:
        """Raises Refusal."""
        said = cell_text(cell) or self._fixed.area
        if not said:
            return self._areas.root.id
        named = self._area_word.get(half_width(said), said)
        area_id = named if named in self._areas else self._area_ids.get(named.casefold())
        if area_id is None:
            detail = f"column {column}: {said[:40]!r} is no area of this city; translate it in words.areas"
            raise Refusal(Reason.UNKNOWN_AREA, detail)
        return area_id

    def period(self, cell: Any, column: str) -> Period:
        """Raises Refusal."""
        if isinstance(cell, list | dict):
            raise Refusal(Reason.BAD_TIME, f"column {column}: no single value; write it like 2021-06")
        found = self._periods.get(cell)  # the same few stand in every row
        if found is None:
            try:
                if cell_text(cell) == "":
                    found = parse_period(self._fixed.period, self._tz)
                else:
                    found = table_period(cell, self._tz, self._words.dates)
            except BadPeriod as error:
                raise Refusal(Reason.BAD_TIME, f"column {column}: {error}") from error
            self._periods[cell] = found
        return found

    def _kind(self, said: Said, word: IndicatorWord, definition: IndicatorDef) -> ValueKind:
        cell = cell_text(said.facts.get("kind"))
        if cell:
            kind = self._words.kinds.get(cell) or next((each for each in ValueKind if each.value == cell.lower()), None)
            if kind is None:
                detail = f"{cell[:20]!r} is no kind; use {', '.join(ValueKind)} or translate it in words.kinds"
                raise Refusal(Reason.BAD_FIELD, f"column {said.columns['kind']}: {detail}")
            return kind
        plain = ValueKind.RATIO if definition.unit == _PERCENT else ValueKind.TOTAL
        return word.kind or self._fixed.kind or plain


def _names(indicators: Mapping[str, IndicatorDef]) -> dict[str, str]:
    """Names in all their forms -> id; a form that two indicators share names neither."""
    found: dict[str, str] = {}
    for one in indicators.values():
        for name in {half_width(form).casefold() for form in (one.name, one.name_en) if form}:
            found[name] = "" if name in found else one.id
    return found


def refuse(refusal: Refusal, place: str, row: Any) -> Rejected:
    """The dead letter of a row. Published figures are no personal data: kept in clear."""
    try:
        kept = orjson.dumps(row, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError):  # text that is no Unicode
        kept = repr(row).encode("utf-8", "backslashreplace")
    return Rejected(refusal.reason, refusal.detail, place, kept)
