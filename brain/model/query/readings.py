"""What sensors measure."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.alert import Level
from brain.model.query.answer import Query
from brain.model.reading import Device, Metric


@dataclass(frozen=True, slots=True)
class Environment(Query):
    """Metrics as shown together; empty: all that the area's devices report, most devices first, at most `limit`.

    Answered with tuple[MetricNow, ...]; None where no device of the area has one of them."""

    inputs: ClassVar[tuple[str, ...]] = ("readings",)
    metrics: tuple[str, ...] = ()
    limit: int = 6


@dataclass(frozen=True, slots=True)
class MetricNow:
    """One metric over the devices in service of an area. `mean` of fresh devices; `fresh`+`old`+`never` = all devices.

    A device is old once it is silent longer than its silence rule allows (without a rule: 3 times its interval);
    `never` are devices of a kind that measures this and that have not reported anything yet.
    `worst` is the highest value, or the lowest where the rules of the metric only watch for low ones.
    `hours`: mean per hour for the last 24 h, oldest first, None where nothing was measured.
    """

    metric: Metric
    mean: float | None
    worst: float | None
    worst_device: Device | None
    fresh: int
    old: int
    never: int
    newest_ms: int | None
    hours: tuple[float | None, ...]
    level: Level | None  # gravest open threshold alert on this metric
    bad: int = 0  # of fresh: reported, but measured badly
