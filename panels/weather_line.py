"""The weather in the band of a wall: the gravest warning in force and what sensors measure now, on one line. The band's
own mark says 模拟 for it."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.readings import MetricNow
from brain.model.query.warnings import WarningRows, WeatherMeasured, WeatherWarnings
from dashboard.kit.measure import measured, metric_name, metric_unit
from dashboard.kit.moment import age
from dashboard.kit.number import grouped
from dashboard.kit.warned import event_of, warning_square
from dashboard.panel import Face, Panel, View

_MOST_METRICS = 3
_DEGREES = ("℃", "°C")


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    metrics = tuple(options["metrics"])[:_MOST_METRICS]
    return {"warnings": WeatherWarnings(limit=1), "now": WeatherMeasured(metrics)}


def build(view: View) -> html.Div:
    warnings: WarningRows = view.value("warnings")
    now: tuple[MetricNow, ...] = view.value("now")
    parts: list[Any] = []
    for row in warnings.rows[:1]:
        parts += [warning_square(row.level, view), html.Span(event_of(row, view), className="weather-event")]
    if warnings.total > 1:
        parts.append(html.Span(view.tr("weather_line.more", n=grouped(warnings.total - 1)), className="text-3"))
    parts += [html.Span(_measured(row, view)) for row in now]
    checked_ms = view.answers["warnings"].as_of_ms
    if view.face is Face.STALE and checked_ms is not None:
        parts.append(age(checked_ms, view))
    return html.Div(parts, className="weather-line")


def _measured(row: MetricNow, view: View) -> str:
    """With its name, unless the unit says what it is."""
    value = f"{measured(row.metric, row.mean)} {metric_unit(row.metric, view)}"
    return value if row.metric.unit in _DEGREES else f"{metric_name(row.metric, view)} {value}"


PANEL = Panel(build=build, needs=needs, interval_s=10.0, bare=True, options={"metrics": ()}, ids={"metrics": "metrics"})
