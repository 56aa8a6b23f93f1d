"""Measured values on the screen. They are kept in base units (a share 0 to 1) and shown in the unit of their metric."""

from brain.model.reading import Metric
from brain.model.unit import unit_of
from dashboard.kit.escape import plain
from dashboard.kit.figure import unit_word
from dashboard.kit.number import grouped
from dashboard.panel import View

_UNIT_CHARS = 16


def shown(metric: Metric, value: float | None) -> float | None:
    """The value in the metric's shown unit: 85 for 0.85 in %."""
    return None if value is None else float(unit_of(metric.unit).to_shown(value))


def measured(metric: Metric, value: float | None) -> str:
    """The figure alone, with the metric's precision."""
    return grouped(shown(metric, value), metric.decimals)


def metric_unit(metric: Metric, view: View) -> str:
    return plain(unit_word(metric.unit, view.lang), _UNIT_CHARS)


def metric_name(metric: Metric, view: View) -> str:
    return plain(metric.name_en if view.lang == "en" and metric.name_en else metric.name, 40)
