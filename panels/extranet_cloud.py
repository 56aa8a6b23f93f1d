"""The government's own network and cloud: lines that are up, hosts that answer, and how loaded they are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.devices import DevicesOnline, OnlineNow
from brain.model.query.readings import Environment, MetricNow
from dashboard.kit.figure import figure
from dashboard.kit.measure import measured, metric_name, metric_unit
from dashboard.kit.number import grouped
from dashboard.kit.online import away_rows, online_table
from dashboard.kit.place import device_place
from dashboard.kit.spark import spark
from dashboard.kit.theme import live_colour, palette
from dashboard.panel import Panel, Screen, Table, View

_ROOM = {Screen.LARGE: 2, Screen.MEDIUM: 6, Screen.SMALL: 4}


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    limit = max(_ROOM.values())
    return {
        "lines": DevicesOnline(tuple(options["lines"]), str(options["up_metric"]), limit),
        "hosts": DevicesOnline(tuple(options["hosts"]), "", limit),
        "load": Environment(tuple(options["metrics"])),
    }


def build(view: View) -> list[Any]:
    lines: OnlineNow = view.value("lines")
    hosts: OnlineNow = view.value("hosts")
    load: tuple[MetricNow, ...] = view.value("load")
    away = [*lines.away, *hosts.away][: _ROOM[view.screen]]
    facts = [_fact("extranet_cloud.lines", lines, view), _fact("extranet_cloud.hosts", hosts, view)]
    return [
        html.Div(facts, className="facts"),
        html.Div([_row(row, view) for row in load], className="env env-close"),
        away_rows(away, view),
    ]


def _fact(label: str, now: OnlineNow, view: View) -> html.Div:
    unit = view.tr("kit.online.total", total=grouped(now.total))
    return html.Div(
        [html.Div(view.tr(label), className="fact-label"), figure(grouped(now.online), unit, "clock")], className="fact"
    )


def _row(row: MetricNow, view: View) -> html.Div:
    """Name and the most loaded one; the last day; the mean of all."""
    colours = palette(view.theme)
    worst: list[Any] = [view.tr("extranet_cloud.no_value")]
    if row.worst is not None and row.worst_device is not None:
        value = html.B(f"{measured(row.metric, row.worst)} {metric_unit(row.metric, view)}")
        worst = [view.tr("extranet_cloud.highest"), " ", value, f" {device_place(row.worst_device, view)}"]
    return html.Div(
        [
            html.Div(html.Span(metric_name(row.metric, view)), className="env-name"),
            html.Div(worst, className="env-note"),
            spark(row.hours, live_colour(view), fill=colours.usual, width=96, height=32, stretch=True),
            figure(measured(row.metric, row.mean), metric_unit(row.metric, view), "clock"),
        ],
        className="env-row",
    )


def rows(view: View) -> Table:
    """Lines and hosts by state; the loads beside them."""
    table = online_table(view, view.value("lines"), view.value("hosts"))
    load: tuple[MetricNow, ...] = view.value("load")
    beside = tuple((metric_name(row.metric, view), _mean(row, view)) for row in load)
    names = {row.metric.id: metric_name(row.metric, view) for row in load}
    return replace(table, beside=beside, names={**table.names, **names})


def _mean(row: MetricNow, view: View) -> str:
    return f"{measured(row.metric, row.mean)} {metric_unit(row.metric, view)}"


def is_empty(view: View) -> bool:
    return not view.value("lines").total and not view.value("hosts").total


PANEL = Panel(
    build=build,
    needs=needs,
    is_empty=is_empty,
    rows=rows,
    interval_s=2.0,
    options={
        "lines": ("extranet_line",),
        "hosts": ("cloud_host",),
        "up_metric": "line_up_ratio",
        "metrics": ("line_load_ratio", "line_latency_ms", "cpu_ratio", "memory_ratio", "disk_ratio"),
    },
    ids={"lines": "device_kinds", "hosts": "device_kinds", "up_metric": "metrics", "metrics": "metrics"},
)
