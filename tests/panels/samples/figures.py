"""Published figures."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from brain.model.area import Area
from brain.model.indicator import Good, IndicatorDef, IndicatorValue, Qualifier, Quality, ValueKind
from brain.model.period import parse_period
from brain.model.query.answer import Answer, Provenance, Query
from brain.model.query.indicators import Figure, Figures
from dashboard.panel import CityFacts
from tests.panels.samples.base import DAY, HOSTILE, NOW_MS, TZ, Maker, worded

_FIGURES = (
    (
        "hotline_requests_total",
        "12345 受理诉求",
        "12345 requests",
        "件次",
        903600.0,
        "90.36万",
        "2021H1",
        Qualifier.EXACT,
    ),
    ("hotline_on_time_ratio", "按时办结率", "Closed on time", "%", 0.9999, "99.99", "2021H1", Qualifier.EXACT),
    ("hotline_satisfaction_ratio", "群众满意度", "Satisfaction", "%", 0.9837, "98.37", "2021H1", Qualifier.EXACT),
    (
        "service_visits_total",
        "政务大厅办事",
        "Service hall visits",
        "人次",
        530000.0,
        "53万",
        "2021H1",
        Qualifier.EXACT,
    ),
    ("data_collected_total", "归集数据", "Records gathered", "条", 6.95e9, "69.5亿", "as of 2021-06", Qualifier.EXACT),
    ("licence_issued_total", "电子证照", "E-licences", "张", 14_010_000.0, "1401万", "as of 2021-06", Qualifier.OVER),
)
_COMPANIONS: Mapping[str, tuple[tuple[str, str, str, float, str], ...]] = {
    "hotline_requests_total": (
        ("日均", "daily", "件次/日", 4992.0, "4992"),
        ("派单", "dispatched", "件次", 102900.0, "10.29万"),
    ),
    "service_visits_total": (("日均", "daily", "人次/日", 4531.0, "4531"),),
    "data_collected_total": (("信息系统", "systems", "个", 149.0, "149"),),
    "licence_issued_total": (("种类", "kinds", "类", 287.0, "287"),),
}


def _definition(indicator_id: str, name: str, name_en: str, unit: str, good: Good = Good.UP) -> IndicatorDef:
    decimals = 2 if unit == "%" else 0
    return IndicatorDef(indicator_id, name, name_en, unit, good, "hotline", decimals, "hotline", name, name_en)


def _published(indicator_id: str, area: Area, unit: str, value: float | None, text: str, period: str) -> IndicatorValue:
    kind = ValueKind.RATIO if unit == "%" else ValueKind.TOTAL
    span = parse_period(period, TZ)
    return IndicatorValue(
        indicator_id, area.id, span, kind, value, text, unit, "政数局 2021 年上半年工作总结", NOW_MS - 13 * DAY
    )


def _figures(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    if kind == "empty":
        return Answer((), None, ())
    found = tuple(_figure(row, city.areas.root, kind) for row in _FIGURES)
    values = [
        value for figure in found for value in (figure.value, *(beside for _, beside in figure.companions)) if value
    ]
    origins = tuple(Provenance(v.indicator_id, "formula.published", sources=(v.source,)) for v in values)
    return Answer(found, NOW_MS - 13 * DAY, (), provenance=origins)


def _figure(row: tuple[str, str, str, str, float, str, str, Qualifier], area: Area, kind: str) -> Figure:
    indicator_id, name, name_en, unit, amount, text, period, qualifier = row
    definition = _definition(indicator_id, worded(name, kind), worded(name_en, kind), unit)
    value = replace(_published(indicator_id, area, unit, amount, text, period), qualifier=qualifier)
    if indicator_id == "service_visits_total":
        value = replace(value, quality=Quality.DOUBTFUL)
    companions = tuple(
        (_definition("x_y_z", zh, en, u), _published("x_y_z", area, u, v, t, period))
        for zh, en, u, v, t in _COMPANIONS.get(indicator_id, ())
    )
    target = (
        _published(indicator_id, area, "%", 0.995, "99.5", period) if indicator_id == "hotline_on_time_ratio" else None
    )
    if kind == "hostile":
        value = replace(value, source=HOSTILE)
    return Figure(definition, value, companions, None, target)


MAKERS: Mapping[type[Query], Maker] = {
    Figures: _figures,
}
