"""The areas of a map: five classes, hatch for stale, grey for no data, each with its name and value."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from brain.model.query.map import MapArea, MapView
from dashboard.kit.chart import Trace
from dashboard.kit.classes import Classes, classify
from dashboard.kit.escape import esc
from dashboard.kit.maplabels import Label, Settled, label_trace, settle
from dashboard.kit.measure import metric_unit, shown
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label
from dashboard.kit.shapes import Box, Shapes, Window, joined
from dashboard.kit.theme import Palette, axis_px
from dashboard.panel import Face, Screen, View

Step = list[Any]


@dataclass(frozen=True, slots=True)
class MapLook:
    """What every geo of one map shares. `unit` is the word of the unit, `decimals` the places of the values."""

    rows: Sequence[MapArea]
    classes: Classes
    decimals: int
    unit: str
    view: View
    shapes: Shapes
    colours: Palette


def decimals_of(map_view: MapView) -> int:
    """Places of the values: the metric's own; rates of tickets one, counts none."""
    if map_view.metric is not None:
        return map_view.metric.decimals
    return 1 if map_view.unit_key.endswith("per_10k") else 0


def unit_of_map(map_view: MapView, view: View) -> str:
    """The word of the unit: the metric's, else the text of its key."""
    return metric_unit(map_view.metric, view) if map_view.metric is not None else view.tr(map_view.unit_key)


def areas_as_shown(map_view: MapView) -> list[MapArea]:
    """The areas with their values in the shown unit of the metric."""
    metric = map_view.metric
    if metric is None:
        return list(map_view.areas)
    return [replace(area, value=shown(metric, area.value)) for area in map_view.areas]


def classes_of(map_view: MapView) -> Classes | None:
    """None where no area has a value."""
    values = [a.value for a in areas_as_shown(map_view) if a.value is not None and a.state == "value"]
    return classify(values, decimals_of(map_view) == 0) if values else None


def area_traces(look: MapLook, geo: str, only: Sequence[str] | None = None) -> list[Trace]:
    rows = [row for row in look.rows if only is None or row.area_id in only]
    fresh = [row for row in rows if has_value(row)]
    stale = [row for row in rows if row.state == "stale"]
    empty = [row for row in rows if row not in fresh and row not in stale]
    ramp = look.colours.ramp
    steps = [[(i + edge) / len(ramp), colour] for i, colour in enumerate(ramp) for edge in (0, 1)]
    traces = _filled(look, geo, fresh, [look.classes.of(row.value or 0.0) for row in fresh], steps)
    traces += _filled(look, geo, stale, [0] * len(stale), _flat(look.colours.stale_ground))
    traces += _filled(look, geo, empty, [0] * len(empty), _flat(look.colours.nodata))
    return [*traces, *_hatch(look, geo, stale), *_hatch(look, geo, fresh if _is_old(look) else [], faint=True)]


def _hatch(look: MapLook, geo: str, rows: Sequence[MapArea], faint: bool = False) -> list[Trace]:
    """Lines over areas whose value is old. Where all are, as no source has spoken, they are faint: the colour still
    says what was last known."""
    lines = [line for row in rows for line in look.shapes.hatch.get(row.area_id, ())]
    if not lines:
        return []
    lons, lats = joined(lines)
    drawn = {"type": "scattergeo", "mode": "lines", "geo": geo, "lon": lons, "lat": lats, "hoverinfo": "skip"}
    line = {"color": look.colours.stale_line, "width": 1 if faint else 2}
    return [drawn | {"line": line, "opacity": 0.55 if faint else 1.0}]


def _is_old(look: MapLook) -> bool:
    return look.view.face is Face.STALE


def settle_areas(
    look: MapLook,
    shown: Window,
    only: Sequence[str] | None = None,
    without: Sequence[str] = (),
    marks: Sequence[Box] = (),
) -> list[Settled]:
    """Names and values of the areas, clear of `marks` (pixels)."""
    rows = [row for row in look.rows if row.area_id not in without and (only is None or row.area_id in only)]
    view = look.view
    labels = [
        Label(row.area_id, area_label(row.area_id, view), _said(row, look), _ink(row, look), _fill(row, look))
        for row in rows
    ]
    return settle(labels, look.shapes, shown, _letter_px(view), marks)


def area_labels(settled: Sequence[Settled], view: View, geo: str) -> list[Trace]:
    return label_trace(settled, _letter_px(view), geo)


def _letter_px(view: View) -> int:
    return 17 if view.screen is Screen.LARGE else axis_px(view.screen)


def has_value(row: MapArea) -> bool:
    return row.state == "value" and row.value is not None


def _said(row: MapArea, look: MapLook) -> str:
    """The value or what is wrong with it; the phone has room for names alone."""
    if look.view.screen is Screen.SMALL or (row.state == "none" and _mostly_missing(look)):
        return ""
    return value_text(row, look)


def _mostly_missing(look: MapLook) -> bool:
    """Then grey says it once; the word on every area would be noise."""
    return sum(row.state == "none" for row in look.rows) * 3 > len(look.rows)


def value_text(row: MapArea, look: MapLook) -> str:
    if has_value(row):
        return grouped(row.value, look.decimals) if row.value else "0"
    return look.view.tr("kit.map.stale" if row.state == "stale" else "kit.map.none")


def _flat(colour: str) -> list[Step]:
    return [[0, colour], [1, colour]]


def _filled(look: MapLook, geo: str, rows: Sequence[MapArea], z: Sequence[int], steps: list[Step]) -> list[Trace]:
    if not rows:
        return []
    return [
        {
            "type": "choropleth",
            "geo": geo,
            "geojson": look.shapes.collection(row.area_id for row in rows),
            "locations": [row.area_id for row in rows],
            "z": list(z),
            "zmin": -0.5,
            "zmax": len(look.colours.ramp) - 0.5,
            "colorscale": steps,
            "showscale": False,
            "marker": {"line": {"color": look.colours.ground, "width": 1.4}, "opacity": 1},
            "customdata": [f"area:{row.area_id}" for row in rows],
            "hovertext": [_hover(row, look) for row in rows],
            "hoverinfo": "none" if look.view.screen is Screen.LARGE else "text",
        }
    ]


def _hover(row: MapArea, look: MapLook) -> str:
    unit = f" {esc(look.unit)}" if has_value(row) else ""
    return f"{esc(area_label(row.area_id, look.view))} {esc(value_text(row, look))}{unit}"


def mark_ink(area_id: str, look: MapLook) -> str:
    """What is quieter than the name on an area, and still seen on its colour."""
    colours = look.colours
    ink = next((_ink(row, look) for row in look.rows if row.area_id == area_id), colours.t2)
    return colours.t2 if ink == colours.t1 else ink


def _ink(row: MapArea, look: MapLook) -> str:
    return look.colours.ramp_ink[look.classes.of(row.value or 0.0)] if has_value(row) else look.colours.t2


def _fill(row: MapArea, look: MapLook) -> str:
    """The colour of an area that has a value; of others "", as their letters are readable on any ground."""
    return look.colours.ramp[look.classes.of(row.value or 0.0)] if has_value(row) else ""
