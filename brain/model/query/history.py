"""One device: what it measured over any span."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from brain.model.alert import Level
from brain.model.history import Point
from brain.model.query.alerts import AlertRow
from brain.model.query.answer import Query
from brain.model.reading import Device, Metric


@dataclass(frozen=True, slots=True)
class DeviceHistory(Query):
    """What a device measured of one metric ("" the first it has), and what happened to it meanwhile: the last `hours`,
    or those before the end of day `last`; with `first` from the beginning of that day on. `before`: also the stretch of
    the same length before it. `device_id` is filled from the address of the page.

    Answered with History; None when there is no such device in the scope."""

    inputs: ClassVar[tuple[str, ...]] = ("readings", "alerts")
    device_id: str = ""
    metric: str = ""
    hours: int = 24
    first: date | None = None
    last: date | None = None
    before: bool = False


@dataclass(frozen=True, slots=True)
class MetricLast:
    """The newest a device said of a metric."""

    metric: Metric
    value: float | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class History:
    """`metrics`: all that it ever reported, empty where it never spoke, and `metric` None then. `points` lie in
    (start_ms, end_ms] by time, at most some thousand, each of `span_s` (0: single readings; where years are told, of
    several days); neighbours more than `step_s` apart have a gap between them. `before`: those of the stretch before,
    at their own times. `limits`: (level, value) of the rules on the metric, gravest first. `alerts`: those of the
    device that lasted in the stretch and that the viewer may list, newest first, of `alerts_total`.
    `speaks` and `reported_ms` are as in the register."""

    device: Device
    speaks: str
    reported_ms: int | None
    metrics: tuple[MetricLast, ...]
    metric: Metric | None
    start_ms: int
    end_ms: int
    span_s: int = 0
    step_s: float = 0.0
    points: tuple[Point, ...] = ()
    before: tuple[Point, ...] = ()
    limits: tuple[tuple[Level, float], ...] = ()
    alerts: tuple[AlertRow, ...] = ()
    alerts_total: int = 0

    @property
    def bad(self) -> int:
        return sum(point.bad for point in self.points)
