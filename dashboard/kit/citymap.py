"""The printed map: areas in five classes, hatch for stale, grey for no data, water-lines round the coast, the crowded
core enlarged in a framed inset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brain.model.query import MapArea, MapView
from dashboard.kit.chart import FigureDict, Trace, layout
from dashboard.kit.classes import Classes, classify
from dashboard.kit.escape import esc
from dashboard.kit.maplabels import Label, crowded_core, label_trace
from dashboard.kit.mapmarks import device_traces, pin_traces, place_names, scale_bar
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label
from dashboard.kit.shapes import Box, Shapes, Window, joined, read_shapes, window
from dashboard.kit.theme import Palette, palette
from dashboard.panel import Screen, View

# Cell in pixels and what is kept free (left for the legend, top, right, bottom).
_CELLS = {
    Screen.LARGE: (864.0, 760.0, (196.0, 26.0, 56.0, 30.0)),
    Screen.MEDIUM: (592.0, 480.0, (116.0, 16.0, 20.0, 16.0)),
    Screen.SMALL: (350.0, 320.0, (10.0, 10.0, 10.0, 10.0)),
}
_WATER_FADE = (0.55, 0.44, 0.34, 0.25, 0.16, 0.08)
_INSET_PX = {Screen.LARGE: (306.0, 262.0), Screen.MEDIUM: (170.0, 146.0)}
_INSET_GAIN = 1.6  # an inset that enlarges less than this is not worth its place


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The areas of one geo in one look."""

    rows: Sequence[MapArea]
    classes: Classes
    decimals: int
    view: View
    shapes: Shapes
    colours: Palette
    unit: str


def decimals_of(map_view: MapView) -> int:
    """Places of the values: the metric's own; rates of tickets one, counts none."""
    if map_view.metric is not None:
        return map_view.metric.decimals
    return 1 if map_view.unit_key.endswith("per_10k") else 0


def map_classes(map_view: MapView) -> Classes:
    return classify(
        [a.value for a in map_view.areas if a.value is not None and a.state == "value"], decimals_of(map_view) == 0
    )


def city_map(map_view: MapView, view: View, devices: bool = True) -> FigureDict:
    """The areas below `view.area` (the area itself where it has none below)."""
    shapes = read_shapes(view.city.shapes)
    rows = [row for row in map_view.areas if row.area_id in shapes.outlines]
    box = shapes.box([row.area_id for row in rows]) or shapes.box([view.area.id]) or (0.0, 0.0, 1.0, 1.0)
    width, height, pads = _CELLS[view.screen]
    shown = window(box, width, height, pads)
    drawn = _Drawn(
        rows,
        map_classes(map_view),
        decimals_of(map_view),
        view,
        shapes,
        palette(view.theme),
        view.tr(map_view.unit_key),
    )
    root = view.area.parent_id is None
    traces: list[Trace] = [*_water(shapes, drawn.colours)] if root else []
    core = _core(drawn, shown) if view.screen in _INSET_PX else ()
    corner = _corner(drawn, core, shown)
    traces += _areas(drawn, "geo") + _labels(drawn, shown, "geo", without=core if corner else ())
    traces += place_names(shapes.places, view) if root and view.screen is Screen.LARGE else []
    traces += device_traces(map_view.devices, view, size=5) if devices else []
    if view.screen is not Screen.SMALL:
        traces += scale_bar(
            shown, view, 0 if view.screen is Screen.LARGE else 8, 60 if view.screen is Screen.LARGE else 8
        )
    figure = layout(view, left=0, right=0, top=0, bottom=0) | {"geo": shown.geo(), "hovermode": "closest"}
    if corner:
        traces += _inset(drawn, core, shown, corner, figure)
    traces += pin_traces(map_view.pins, shown, view)
    return {"data": traces, "layout": figure}


def _water(shapes: Shapes, colours: Palette) -> list[Trace]:
    """Rings round the coast, fading outwards."""
    traces = []
    for ring, fade in zip(shapes.water, _WATER_FADE, strict=False):
        lons, lats = joined(ring)
        line = {"color": colours.line2, "width": 1}
        traces.append(
            {
                "type": "scattergeo",
                "mode": "lines",
                "lon": lons,
                "lat": lats,
                "line": line,
                "opacity": fade,
                "hoverinfo": "skip",
            }
        )
    return traces


def _areas(drawn: _Drawn, geo: str, only: Sequence[str] | None = None) -> list[Trace]:
    rows = [row for row in drawn.rows if only is None or row.area_id in only]
    fresh = [row for row in rows if row.state == "value" and row.value is not None]
    stale = [row for row in rows if row.state == "stale"]
    empty = [row for row in rows if row not in fresh and row not in stale]
    ramp = drawn.colours.ramp
    steps = [[(i + edge) / len(ramp), colour] for i, colour in enumerate(ramp) for edge in (0, 1)]
    traces = _filled(drawn, geo, fresh, [drawn.classes.of(row.value or 0.0) for row in fresh], steps, len(ramp))
    traces += _filled(
        drawn, geo, stale, [0] * len(stale), [[0, drawn.colours.stale_ground], [1, drawn.colours.stale_ground]], 1
    )
    traces += _filled(drawn, geo, empty, [0] * len(empty), [[0, drawn.colours.nodata], [1, drawn.colours.nodata]], 1)
    lines = [line for row in stale for line in drawn.shapes.hatch.get(row.area_id, ())]
    if lines:
        lons, lats = joined(lines)
        line = {"color": drawn.colours.stale_line, "width": 2}
        traces.append(
            {
                "type": "scattergeo",
                "mode": "lines",
                "geo": geo,
                "lon": lons,
                "lat": lats,
                "line": line,
                "hoverinfo": "skip",
            }
        )
    return traces


def _filled(
    drawn: _Drawn, geo: str, rows: Sequence[MapArea], z: Sequence[int], steps: list[list[Any]], n: int
) -> list[Trace]:
    if not rows:
        return []
    return [
        {
            "type": "choropleth",
            "geo": geo,
            "geojson": drawn.shapes.collection(row.area_id for row in rows),
            "locations": [row.area_id for row in rows],
            "z": list(z),
            "zmin": -0.5,
            "zmax": n - 0.5,
            "colorscale": steps,
            "showscale": False,
            "marker": {"line": {"color": drawn.colours.ground, "width": 1.4}, "opacity": 1},
            "customdata": [f"area:{row.area_id}" for row in rows],
            "hovertext": [_hover(row, drawn) for row in rows],
            "hoverinfo": "none" if drawn.view.screen is Screen.LARGE else "text",
        }
    ]


def _value(row: MapArea, drawn: _Drawn) -> str:
    if row.state == "value" and row.value is not None:
        return grouped(row.value, drawn.decimals)
    return drawn.view.tr("kit.map.stale" if row.state == "stale" else "kit.map.none")


def _hover(row: MapArea, drawn: _Drawn) -> str:
    unit = f" {esc(drawn.unit)}" if row.state == "value" else ""
    return f"{esc(area_label(row.area_id, drawn.view))} {esc(_value(row, drawn))}{unit}"


def _labels(
    drawn: _Drawn, shown: Window, geo: str, only: Sequence[str] | None = None, without: Sequence[str] = ()
) -> list[Trace]:
    rows = [row for row in drawn.rows if row.area_id not in without and (only is None or row.area_id in only)]
    labels = [
        Label(row.area_id, area_label(row.area_id, drawn.view), _value(row, drawn), _ink(row, drawn)) for row in rows
    ]
    size = 17 if drawn.view.screen is Screen.LARGE else 15
    return label_trace(labels, drawn.shapes, shown, size, geo)


def _ink(row: MapArea, drawn: _Drawn) -> str:
    if row.state == "value" and row.value is not None:
        return drawn.colours.ramp_ink[drawn.classes.of(row.value)]
    return drawn.colours.t2


def _core(drawn: _Drawn, shown: Window) -> tuple[str, ...]:
    """The inset's areas: as the city pack says, else those that crowd."""
    known = [row.area_id for row in drawn.rows]
    given = tuple(area_id for area_id in drawn.shapes.core if area_id in known)
    places = {area_id: place for area_id in known if (place := drawn.shapes.label(area_id))}
    return given or crowded_core(places, shown)


def _corner(drawn: _Drawn, core: Sequence[str], shown: Window) -> Box | None:
    """Where the inset covers least of the city, as (left, top, right, bottom) in pixels; None without a core, where the
    inset would not enlarge, or where it would cover much."""
    box = drawn.shapes.box(core)
    if box is None:
        return None
    width, height = _INSET_PX[drawn.view.screen]
    if _inset_window(box, width, height).scale < shown.scale * _INSET_GAIN:
        return None
    right, bottom = shown.width, shown.height - 26
    corners = [
        (0.0, bottom - height, width, bottom),
        (right - width, bottom - height, right, bottom),
        (right - width, 0.0, right, height),
    ]
    covered = [_covered(drawn, corner, shown) for corner in corners]
    best = min(range(len(corners)), key=covered.__getitem__)
    return corners[best] if covered[best] <= 0.02 else None


def _covered(drawn: _Drawn, corner: Box, shown: Window) -> float:
    """Share of the outlines' points under the corner."""
    west, north = shown.at(corner[0], corner[1])
    east, south = shown.at(corner[2], corner[3])
    points = [p for row in drawn.rows for ring in drawn.shapes.rings(row.area_id) for p in ring]
    under = sum(west < p[0] < east and south < p[1] < north for p in points)
    return under / max(len(points), 1)


def _inset_window(box: Box, width: float, height: float) -> Window:
    return window(box, width, height, (10.0, 10.0, 10.0, 22.0))


def _inset(drawn: _Drawn, core: Sequence[str], shown: Window, corner: Box, figure: dict[str, Any]) -> list[Trace]:
    """Adds the second geo and its frame to the figure and returns its traces, with the frame of the core on the map."""
    box = drawn.shapes.box(core) or shown.box
    inside = _inset_window(box, corner[2] - corner[0], corner[3] - corner[1])
    domain = {
        "x": [corner[0] / shown.width, corner[2] / shown.width],
        "y": [1 - corner[3] / shown.height, 1 - corner[1] / shown.height],
    }
    colours = drawn.colours
    figure["geo2"] = inside.geo(domain) | {"bgcolor": colours.ground}
    frame = {"xref": "paper", "yref": "paper", "type": "rect", "line": {"color": colours.line2, "width": 1}}
    figure["shapes"] = [
        {**frame, "x0": domain["x"][0], "x1": domain["x"][1], "y0": domain["y"][0], "y1": domain["y"][1]}
    ]
    times = f"{inside.scale / shown.scale:.1f}".removesuffix(".0")
    figure["annotations"] = [
        {
            "xref": "paper",
            "yref": "paper",
            "x": domain["x"][0],
            "y": domain["y"][0],
            "xanchor": "left",
            "yanchor": "bottom",
            "xshift": 6,
            "yshift": 1,
            "showarrow": False,
            "text": esc(drawn.view.tr("kit.map.inset", times=times)),
            "font": {"color": colours.t2},
        }
    ]
    visible = [row.area_id for row in drawn.rows if _meets(drawn.shapes.box([row.area_id]), inside.box)]
    west, south, east, north = inside.box
    border = {
        "type": "scattergeo",
        "mode": "lines",
        "lon": [west, east, east, west, west],
        "lat": [south, south, north, north, south],
        "line": {"color": colours.t2, "width": 1},
        "opacity": 0.7,
        "hoverinfo": "skip",
    }
    return [border, *_areas(drawn, "geo2", visible), *_labels(drawn, inside, "geo2", only=core)]


def _meets(a: Box | None, b: Box) -> bool:
    return a is not None and a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
