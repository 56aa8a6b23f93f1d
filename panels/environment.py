"""What sensors measure now: one row per metric with its last 24 hours, its worst place and how many devices speak."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.readings import Environment, MetricNow
from dashboard.kit.figure import figure
from dashboard.kit.level import level_square
from dashboard.kit.measure import measured, metric_name, metric_unit
from dashboard.kit.meter import device_cells, meter
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label, device_label
from dashboard.kit.spark import spark
from dashboard.kit.theme import live_colour, palette
from dashboard.panel import Panel, Screen, View

_SPARK = {Screen.LARGE: (96, 40), Screen.MEDIUM: (150, 36), Screen.SMALL: (96, 36)}


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    return {"now": Environment(metrics=tuple(options["metrics"]), limit=int(options["limit"]))}


def build(view: View) -> html.Div:
    rows: tuple[MetricNow, ...] = view.value("now")
    return html.Div([_row(row, view) for row in rows], className="env")


def _row(row: MetricNow, view: View) -> html.Div:
    metric = row.metric
    name = metric_name(metric, view)
    marks = [level_square(row.level, view)] if row.level is not None else []
    width, height = _SPARK[view.screen]
    colours = palette(view.theme)
    picture = spark(row.hours, live_colour(view), fill=colours.usual, width=width, height=height)
    return html.Div(
        [
            html.Div([*marks, html.Span(name)], className="env-name"),
            html.Div(_worst(row, view), className="env-note"),
            picture,
            figure(measured(metric, row.mean), metric_unit(metric, view), "clock"),
            html.Div(_devices(row, view), className="env-devices"),
        ],
        className="env-row",
    )


def _worst(row: MetricNow, view: View) -> list[Any]:
    if row.worst is None:
        return [view.tr("environment.no_value")]
    value = measured(row.metric, row.worst)
    place = _place(row, view)
    return [view.tr("environment.worst"), " ", html.B(value), *place]


def _place(row: MetricNow, view: View) -> list[Any]:
    """Its area; which device, there is no room for, and it is told where one points."""
    device = row.worst_device
    if device is None:
        return []
    return [" ", html.Span(area_label(device.area_id, view), title=device_label(device, view))]


def _devices(row: MetricNow, view: View) -> list[Any]:
    total = row.fresh + row.old + row.never
    text = view.tr("environment.devices", fresh=grouped(row.fresh), total=grouped(total))
    return [meter(device_cells(row.fresh, row.old, row.never, 12)), html.Span(text)]


def is_empty(view: View) -> bool:
    return not view.value("now")


PANEL = Panel(build=build, needs=needs, is_empty=is_empty, interval_s=1.0, options={"metrics": (), "limit": 6})
