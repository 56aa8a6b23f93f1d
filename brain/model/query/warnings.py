"""Official weather warnings in force."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.alert import Level
from brain.model.query.answer import Query
from brain.model.warning import Wording


@dataclass(frozen=True, slots=True)
class WeatherWarnings(Query):
    """Warnings for the area, a part of it or an area around it, that are in force now: gravest first, then the newest.

    Answered with WarningRows; None when no feed brings warnings and none was ever stored."""

    inputs: ClassVar[tuple[str, ...]] = ("warnings",)
    limit: int = 50


@dataclass(frozen=True, slots=True)
class WarningRow:
    """`area_ids`: those of the warning that lie in, or around, the asked area. `simulated`: of its feed."""

    sender: str
    identifier: str
    part: int
    level: Level | None
    severity: str
    zh: Wording
    en: Wording
    area_ids: tuple[str, ...]
    effective_ms: int
    onset_ms: int | None
    expires_ms: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class WarningRows:
    """`total`: how many are in force; `rows` are at most `limit` of them."""

    rows: tuple[WarningRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class WeatherMeasured(Query):
    """What sensors of the area measure of the weather now: the metrics in their order, those without a fresh device
    left out. Answered with tuple[MetricNow, ...], never None: warnings beside it are shown without any sensor."""

    inputs: ClassVar[tuple[str, ...]] = ("readings",)
    metrics: tuple[str, ...] = ()
