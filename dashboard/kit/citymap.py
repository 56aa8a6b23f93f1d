"""The printed map of an area: its parts in five classes, water-lines round the coast, the crowded core enlarged, alerts
as pins and devices as diamonds, many of them as one."""

from brain.model.query.map import MapView
from dashboard.kit.chart import FigureDict, Trace, layout
from dashboard.kit.classes import classify
from dashboard.kit.mapareas import (
    MapLook,
    area_labels,
    area_traces,
    areas_as_shown,
    classes_of,
    decimals_of,
    settle_areas,
    unit_of_map,
)
from dashboard.kit.mapclusters import cluster_traces, place_clusters
from dashboard.kit.mapinset import frame_pixels, inset_layout, inset_traces, plan_inset
from dashboard.kit.mapmarks import device_traces, pin_pixels, pin_traces
from dashboard.kit.mapwords import place_names, scale_bar
from dashboard.kit.shapes import Box, Shapes, Window, joined, read_shapes, window
from dashboard.kit.theme import Palette, palette
from dashboard.panel import Screen, View

# Cell in pixels and what is kept free of it: left (for the legend), top, right, bottom.
_CELLS = {
    Screen.LARGE: (864.0, 760.0, (224.0, 30.0, 30.0, 34.0)),
    Screen.MEDIUM: (592.0, 480.0, (116.0, 20.0, 20.0, 20.0)),
    Screen.SMALL: (350.0, 320.0, (10.0, 10.0, 10.0, 10.0)),
}
_SCALE_BAR = {Screen.LARGE: (2.0, 48.0), Screen.MEDIUM: (8.0, 10.0)}  # from the right, from the bottom
_HEAD: Box = (0.0, 0.0, 190.0, 310.0)  # title and legend
_WATER_FADE = (0.55, 0.44, 0.34, 0.25, 0.16, 0.08)
_DEVICE_PX = {Screen.LARGE: 4.5, Screen.MEDIUM: 3.5}
_NOWHERE = (0.0, 0.0, 1.0, 1.0)


def city_map(map_view: MapView, view: View, devices: bool = True) -> FigureDict:
    """The areas below `view.area` (the area itself where it has none below)."""
    shapes = read_shapes(view.city.shapes)
    rows = [row for row in areas_as_shown(map_view) if row.area_id in shapes.outlines]
    width, height, pads = _CELLS[view.screen]
    shown = window(
        shapes.box([row.area_id for row in rows]) or shapes.box([view.area.id]) or _NOWHERE, width, height, pads
    )
    classes = classes_of(map_view) or classify([])
    decimals = max(decimals_of(map_view), classes.decimals)  # values in two classes must not read alike
    look = MapLook(rows, classes, decimals, unit_of_map(map_view, view), view, shapes, palette(view.theme))
    inset = plan_inset(look, shown)
    root = view.area.parent_id is None
    traces = _water(shapes, look.colours) if root else []
    traces += area_traces(look, "geo")
    size = _DEVICE_PX.get(view.screen, 0) if devices else 0
    apart = inset.areas if inset else ()
    clusters = [c for c in map_view.clusters if size and c.area_id not in apart]
    traces += device_traces(map_view.devices, view, size=size) if size else []
    taken = [*pin_pixels(map_view.pins, shown, view), *_bar_pixels(view, shown)]
    if inset:
        taken += [inset.pixels, *frame_pixels(inset, shown)]
    labels = settle_areas(look, shown, without=apart, marks=taken)
    taken += [label.pixels for label in labels]
    traces += cluster_traces(place_clusters(clusters, look, shown, size, taken), look, size)
    traces += area_labels(labels, view, "geo")
    if root and view.screen is Screen.LARGE:
        traces += place_names(shapes.places, shapes, shown, view, [*taken, _HEAD])
    if view.screen in _SCALE_BAR:
        traces += scale_bar(shown, view, *_SCALE_BAR[view.screen])
    drawn = layout(view, left=0, right=0, top=0, bottom=0) | {"geo": shown.geo(), "hovermode": "closest"}
    if inset:
        enlarged = [c for c in map_view.clusters if size and c.area_id in apart]
        labels = settle_areas(look, inset.inside, only=inset.areas)
        traces += inset_traces(inset, look, shown, labels)
        covered = [label.pixels for label in labels]
        traces += cluster_traces(place_clusters(enlarged, look, inset.inside, size, covered), look, size, "geo2")
        drawn |= inset_layout(inset, look, shown, view)
    return {"data": traces + pin_traces(map_view.pins, shown, view), "layout": drawn}


def _bar_pixels(view: View, shown: Window) -> list[Box]:
    if view.screen not in _SCALE_BAR:
        return []
    right, bottom = _SCALE_BAR[view.screen]
    return [(shown.width * 0.8 - right, shown.height - bottom - 28, shown.width - right, shown.height - bottom + 4)]


def _water(shapes: Shapes, colours: Palette) -> list[Trace]:
    """Rings round the coast, fading outwards."""
    ring = {"type": "scattergeo", "mode": "lines", "line": {"color": colours.line2, "width": 1}, "hoverinfo": "skip"}
    traces: list[Trace] = []
    for lines, fade in zip(shapes.water, _WATER_FADE, strict=False):
        lons, lats = joined(lines)
        traces.append({**ring, "lon": lons, "lat": lats, "opacity": fade})
    return traces
