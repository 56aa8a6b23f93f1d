"""Where: the areas coloured by today's tickets or by a metric, alerts as pins, devices as diamonds."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.alerts import RedAlert, RedAlerts
from brain.model.query.answer import Query
from brain.model.query.map import AreaMap, MapView
from dashboard.kit.attributes import data
from dashboard.kit.chart import graph
from dashboard.kit.citymap import city_map
from dashboard.kit.frame import is_simulated, said_age
from dashboard.kit.legend import legend
from dashboard.kit.mapareas import areas_as_shown, classes_of, decimals_of, has_value, unit_of_map
from dashboard.kit.measure import metric_name
from dashboard.kit.number import grouped
from dashboard.kit.place import area_name
from dashboard.kit.redmap import red_map
from dashboard.panel import Column, Kind, Panel, Screen, Table, View


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    reds = {"reds": RedAlerts()} if options.get("zoom_on_red", True) else {}
    return {"map": AreaMap(colour=str(options["colour"])), **reds}


def build(view: View) -> list[Any]:
    shown: MapView = view.value("map")
    reds = _reds(view)
    if reds:
        return red_map(reds, shown.pins, view)
    figure = city_map(shown, view, bool(view.options.get("devices", True)))
    label = view.tr("city_map.chart", areas=str(len(shown.areas)), alerts=str(len(shown.pins)))
    drawn = graph(figure, "map", label, **data(drill="area"))
    return [drawn, _legend(shown, view), _note(shown, view)]


def _reds(view: View) -> list[RedAlert]:
    """On the wall red alerts take the map to their place until they are over."""
    if view.screen is not Screen.LARGE or not view.options.get("zoom_on_red", True):
        return []
    return [red for red in view.value("reds") or () if red.detail.row.recovered_ms is None]


def title(view: View) -> str:
    """What the colour means."""
    shown = _shown(view)
    if shown is None or shown.metric is None:
        per_head = shown is None or shown.unit_key.endswith("per_10k")
        return view.tr("city_map.title" if per_head else "city_map.title_count")
    return metric_name(shown.metric, view)


def sub(view: View) -> str:
    shown = _shown(view)
    if shown is None:
        return ""
    unit = unit_of_map(shown, view)
    return unit if shown.metric is not None else view.tr("city_map.today", unit=unit)


def _shown(view: View) -> MapView | None:
    return view.answers["map"].value if "map" in view.answers else None


def _legend(shown: MapView, view: View) -> html.Div:
    stale = any(area.state == "stale" for area in shown.areas)
    missing = any(area.state != "stale" and not has_value(area) for area in shown.areas)
    return legend(classes_of(shown), view, _head(view) if view.screen is Screen.LARGE else [], stale, missing)


def _head(view: View) -> list[Any]:
    """On the wall the map has no frame: title, unit, mark and age stand above the legend."""
    parts: list[Any] = [view.tr("kit.simulated")] if is_simulated(view) else []
    said = said_age(PANEL, view)
    if said:
        parts += [" · ", *said] if parts else said
    return [
        html.H2(title(view), className="legend-title"),
        html.Div(sub(view), className="legend-note strong"),
        html.Div(parts, className="legend-note"),
    ]


def _note(shown: MapView, view: View) -> html.Div | None:
    """Borders that are not the legal ones say so."""
    drawn = [view.city.areas.get(a.area_id) for a in shown.areas if a.area_id in view.city.areas]
    return (
        html.Div(view.tr("city_map.approximate"), className="map-note") if any(a.approximate for a in drawn) else None
    )


def rows(view: View) -> Table:
    """The areas, the highest first. Alerts and devices are counted beside them: they have tables of their own."""
    shown: MapView = view.value("map")
    classes = classes_of(shown)
    decimals = decimals_of(shown) if classes is None else classes.decimals  # as the map prints them
    columns = (
        Column(view.tr("city_map.area")),
        Column(title(view), unit_of_map(shown, view), Kind.NUMBER, decimals),
        Column(view.tr("kit.col.state")),
        Column(view.tr("city_map.as_of"), kind=Kind.MOMENT),
    )
    states = ("fresh", "old", "never")
    devices = ((f"city_map.devices.{state}", shown.device_counts.get(state, 0)) for state in states)
    counts = (("city_map.alerts", len(shown.pins)), *devices)
    areas = sorted(areas_as_shown(shown), key=lambda area: (area.value is None, -(area.value or 0.0), area.area_id))
    return Table(
        columns,
        tuple((area_name(a.area_id, view), a.value, view.tr(f"city_map.state.{a.state}"), a.as_of_ms) for a in areas),
        beside=tuple((view.tr(key), grouped(n)) for key, n in counts),
        names={"areas": title(view)},
    )


PANEL = Panel(
    build=build,
    needs=needs,
    title=title,
    sub=sub,
    interval_s=2.0,
    options={"colour": "tickets", "devices": True, "zoom_on_red": True},
    ids={"colour": "metrics"},
    rows=rows,
)
