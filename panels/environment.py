"""What sensors measure now: one row per metric with its last 24 hours, its worst place and how many devices speak."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.readings import Environment, MetricNow
from dashboard.kit.figure import figure
from dashboard.kit.level import level_square
from dashboard.kit.measure import measured, metric_name, metric_unit, shown
from dashboard.kit.meter import device_cells, meter
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label, device_label
from dashboard.kit.spark import spark
from dashboard.kit.theme import live_colour, palette
from dashboard.panel import Cell, Column, Kind, Panel, Screen, Table, View

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
    picture = spark(row.hours, live_colour(view), fill=colours.usual, width=width, height=height, stretch=True)
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


def rows(view: View) -> Table:
    metrics: tuple[MetricNow, ...] = view.value("now")
    columns = (
        Column(view.tr("environment.metric")),
        Column(view.tr("kit.col.unit")),
        Column(view.tr("environment.mean"), kind=Kind.NUMBER, decimals=None),
        Column(view.tr("environment.worst"), kind=Kind.NUMBER, decimals=None),
        Column(view.tr("environment.worst_device")),
        *(Column(view.tr(f"environment.{state}"), kind=Kind.NUMBER) for state in ("fresh", "old", "never", "bad")),
        Column(view.tr("environment.newest"), kind=Kind.MOMENT),
        Column(view.tr("kit.col.level")),
    )
    names = {row.metric.id: metric_name(row.metric, view) for row in metrics}
    return Table(columns, tuple(_plain_row(row, view) for row in metrics), names=names)


def _plain_row(row: MetricNow, view: View) -> tuple[Cell, ...]:
    def rounded(value: float | None) -> float | None:
        at = shown(row.metric, value)
        return None if at is None else round(at, row.metric.decimals)

    return (
        metric_name(row.metric, view),
        metric_unit(row.metric, view),
        rounded(row.mean),
        rounded(row.worst),
        device_label(row.worst_device, view) if row.worst_device else "",
        row.fresh,
        row.old,
        row.never,
        row.bad,
        row.newest_ms,
        view.tr(f"kit.level.{row.level.word}") if row.level is not None else "",
    )


PANEL = Panel(
    build=build,
    needs=needs,
    is_empty=is_empty,
    options={"metrics": (), "limit": 6},
    ids={"metrics": "metrics"},
    rows=rows,
)
