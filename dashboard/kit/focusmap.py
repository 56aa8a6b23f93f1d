"""The map of one place: the affected area in the colour of its alert, its neighbours fallen back, what was measured and
who called; a small locator keeps the whole city in sight."""

from collections.abc import Sequence
from typing import Any

from brain.model.alert import Level
from brain.model.query.map import MapDevice, MapPin
from dashboard.kit.chart import FigureDict, Trace, layout
from dashboard.kit.maplabels import Label, label_trace
from dashboard.kit.mapmarks import call_trace, device_traces, pin_traces, scale_bar
from dashboard.kit.place import area_label
from dashboard.kit.shapes import Box, LonLat, Shapes, Window, inside, joined, meets, read_shapes, window
from dashboard.kit.theme import Palette, axis_px, palette
from dashboard.panel import Screen, View

_CELLS = {Screen.LARGE: (864.0, 716.0), Screen.MEDIUM: (340.0, 340.0), Screen.SMALL: (350.0, 260.0)}
_LOCATOR_PX = 150.0
_TINT = 0.22


def place_box(shapes: Shapes, area_id: str, points: Sequence[LonLat]) -> Box | None:
    """The area and all points, so that nothing of the evidence lies outside the map."""
    box = shapes.box([area_id])
    spots = [*([(box[0], box[1]), (box[2], box[3])] if box else []), *points]
    if not spots:
        return None
    lons, lats = [spot[0] for spot in spots], [spot[1] for spot in spots]
    least = 0.004  # about 400 m: a single point is no map
    middle = ((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
    return (
        min(*lons, middle[0] - least),
        min(*lats, middle[1] - least),
        max(*lons, middle[0] + least),
        max(*lats, middle[1] + least),
    )


def focus_map(
    view: View,
    area_id: str,
    level: Level,
    device: LonLat | None,
    around: Sequence[MapDevice] = (),
    calls: Sequence[LonLat] = (),
    lit: bool = True,
    pins: Sequence[MapPin] = (),
    height: float | None = None,
) -> FigureDict:
    """`lit` False: the alert is over and its colour gone. `pins` are other alerts. What lies outside is left out.
    `height`: of the cell in pixels, where it is not the alert page's."""
    shapes = read_shapes(view.city.shapes)
    points = [*([device] if device else []), *calls]
    width, usual = _CELLS[view.screen]
    height = height or usual
    box = place_box(shapes, area_id, points) or shapes.box(shapes.outlines) or (0.0, 0.0, 1.0, 1.0)
    shown = window(box, width, height, (width * 0.12, height * 0.1, width * 0.12, height * 0.12))
    colours = palette(view.theme)
    accent = colours.level[level] if lit else colours.t2
    near = _neighbours(view, shapes, area_id, shown.box)
    traces = _ground(shapes, [i for i in near if i != area_id], colours)
    traces += _affected(shapes, area_id, accent, colours)
    labels = [Label(i, area_label(i, view), "", colours.t1 if i == area_id else colours.t2) for i in near]
    traces += label_trace(
        labels,
        shapes,
        shown,
        18 if view.screen is Screen.LARGE else axis_px(view.screen),
        "geo",
        _furniture(view, shown),
    )
    near_devices = [d for d in around if inside((d.lon, d.lat), shown.box)]
    traces += device_traces(near_devices, view, size=8) + call_trace(calls, view)
    if device:
        traces += _device(device, accent, colours)
    traces += pin_traces([pin for pin in pins if inside((pin.lon, pin.lat), shown.box)], shown, view)
    traces += scale_bar(shown, view, 12, 12)
    figure = layout(view, left=0, right=0, top=0, bottom=0) | {"geo": shown.geo(), "hovermode": "closest"}
    if view.screen is Screen.LARGE:
        traces += _locator(view, shapes, shown, accent, figure)
    return {"data": traces, "layout": figure}


def _furniture(view: View, shown: Window) -> list[Box]:
    """What scale bar and locator cover."""
    bar = (shown.width * 0.78, shown.height - 46, shown.width, shown.height)
    locator = (0.0, shown.height - _LOCATOR_PX, _LOCATOR_PX, shown.height)
    return [bar, locator] if view.screen is Screen.LARGE else [bar]


def _neighbours(view: View, shapes: Shapes, area_id: str, seen: Box) -> list[str]:
    """The areas of the same level that lie in the window; the area itself always."""
    if area_id not in view.city.areas:
        return [area_id] if area_id in shapes.outlines else []
    depth = view.city.areas.depth(area_id)
    level = [a.id for a in view.city.areas if view.city.areas.depth(a.id) == depth and a.id in shapes.outlines]
    return [i for i in level if i == area_id or meets(shapes.box([i]), seen)]


def _ground(shapes: Shapes, area_ids: Sequence[str], colours: Palette) -> list[Trace]:
    return _flat(shapes, area_ids, colours.ramp[0], colours.ground, 1.4)


def _affected(shapes: Shapes, area_id: str, accent: str, colours: Palette) -> list[Trace]:
    if area_id not in shapes.outlines:
        return []
    lons, lats = joined(shapes.rings(area_id))
    line = {"color": accent, "width": 2.4}
    outline = {"type": "scattergeo", "mode": "lines", "lon": lons, "lat": lats, "line": line, "hoverinfo": "skip"}
    return [*_flat(shapes, [area_id], _mixed(accent, colours.ground), colours.ground, 0), outline]


def _mixed(colour: str, ground: str) -> str:
    """The level's colour laid thinly over the ground, as one opaque colour."""
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(over * _TINT + under * (1 - _TINT)):02X}" for over, under in pairs)


def _flat(shapes: Shapes, area_ids: Sequence[str], colour: str, edge: str, width: float) -> list[Trace]:
    known = [i for i in area_ids if i in shapes.outlines]
    if not known:
        return []
    return [
        {
            "type": "choropleth",
            "geo": "geo",
            "geojson": shapes.collection(known),
            "locations": known,
            "z": [0] * len(known),
            "zmin": 0,
            "zmax": 1,
            "colorscale": [[0, colour], [1, colour]],
            "showscale": False,
            "marker": {"line": {"color": edge, "width": width}},
            "hoverinfo": "skip",
        }
    ]


def _device(place: LonLat, accent: str, colours: Palette) -> list[Trace]:
    marker = {"symbol": "diamond", "size": 18, "color": accent, "line": {"color": colours.ground, "width": 2}}
    return [
        {
            "type": "scattergeo",
            "mode": "markers",
            "lon": [place[0]],
            "lat": [place[1]],
            "marker": marker,
            "hoverinfo": "skip",
        }
    ]


def _locator(view: View, shapes: Shapes, shown: Window, accent: str, figure: dict[str, Any]) -> list[Trace]:
    """The whole city in the lower left corner with the window as a frame."""
    root = view.city.areas.root.id
    parts = [root] if root in shapes.outlines else [a.id for a in view.city.areas.children(root)]
    box = shapes.box(parts)
    if box is None:
        return []
    whole = window(box, _LOCATOR_PX, _LOCATOR_PX, (10.0, 10.0, 10.0, 10.0))
    colours = palette(view.theme)
    domain = {"x": [0, _LOCATOR_PX / shown.width], "y": [0, _LOCATOR_PX / shown.height]}
    figure["geo2"] = whole.geo(domain) | {"bgcolor": colours.ground}
    frame = {"xref": "paper", "yref": "paper", "type": "rect", "line": {"color": colours.line2, "width": 1}}
    figure["shapes"] = [{**frame, "x0": 0, "x1": domain["x"][1], "y0": 0, "y1": domain["y"][1]}]
    west, south, east, north = shown.box
    lines = {
        "type": "scattergeo",
        "mode": "lines",
        "geo": "geo2",
        "hoverinfo": "skip",
        "line": {"color": accent, "width": 1.6},
    }
    land = [trace | {"geo": "geo2"} for trace in _flat(shapes, parts, colours.ramp[2], colours.ramp[2], 0.5)]
    return [*land, {**lines, "lon": [west, east, east, west, west], "lat": [south, south, north, north, south]}]
