"""Published figures."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.indicator import IndicatorDef, IndicatorValue
from brain.model.query.answer import Query


@dataclass(frozen=True, slots=True)
class Figures(Query):
    """The newest published value of each indicator, in the order asked; then those of `domains`, in the catalogue's
    order. Neither: the city's headline six.

    Answered with tuple[Figure, ...], an indicator without value included; None when none has one.

    `inherit`: an area without a value of its own shows its nearest ancestor's within the scope; the value's `area_id`
    tells, and the panel must say so (全市 按时办结率)."""

    inputs: ClassVar[tuple[str, ...]] = ("indicators",)
    indicator_ids: tuple[str, ...] = ()
    inherit: bool = False
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """`previous` is of the same kind and the same length of period, before `value`. `target` and `limit` are the newest
    published ones of the indicator. `series`: values of that same kind and length of period, oldest first, `value` the
    last; at most sixteen."""

    indicator: IndicatorDef
    value: IndicatorValue | None
    companions: tuple[tuple[IndicatorDef, IndicatorValue], ...] = ()  # said in the line below (daily mean, part of it)
    previous: IndicatorValue | None = None
    target: IndicatorValue | None = None
    limit: IndicatorValue | None = None
    series: tuple[IndicatorValue, ...] = ()
