"""The locator: the whole city small in a corner of a map of one place, with the shown part as a frame."""

from collections.abc import Mapping, Sequence
from typing import Any

from brain.model.alert import Level
from dashboard.kit.chart import Trace
from dashboard.kit.shapes import Box, Shapes, Window, window
from dashboard.kit.theme import palette
from dashboard.panel import View

LOCATOR_PX = (206.0, 236.0)


def locator_pixels(shown: Window) -> Box:
    """In the lower left corner of the map."""
    wide, high = LOCATOR_PX
    return 0.0, shown.height - high, wide, shown.height


def locator(
    view: View, shapes: Shapes, shown: Window, lit: Mapping[str, Level | None]
) -> tuple[list[Trace], dict[str, Any]]:
    """Its traces on geo2 and what the figure's layout needs for them; nothing where the city has no outline."""
    root = view.city.areas.root.id
    parts = [root] if root in shapes.outlines else [a.id for a in view.city.areas.children(root)]
    box = shapes.box(parts)
    if box is None:
        return [], {}
    wide, high = LOCATOR_PX
    whole = window(box, wide, high, (14.0, 14.0, 14.0, 14.0))
    colours = palette(view.theme)
    domain = {"x": [0, wide / shown.width], "y": [0, high / shown.height]}
    frame = {"xref": "paper", "yref": "paper", "type": "rect", "line": {"color": colours.line2, "width": 1}}
    layout = {
        "geo2": whole.geo(domain) | {"bgcolor": colours.ground},
        "shapes": [{**frame, "x0": 0, "x1": domain["x"][1], "y0": 0, "y1": domain["y"][1]}],
    }
    west, south, east, north = shown.box
    line = {"color": colours.t1, "width": 1.2}
    lines: Trace = {"type": "scattergeo", "mode": "lines", "geo": "geo2", "hoverinfo": "skip", "line": line}
    traces = flat_areas(shapes, parts, colours.ramp[1], colours.ramp[1], 0.5, "geo2")
    for area_id, level in lit.items():
        colour = colours.t2 if level is None else colours.level[level]
        traces += flat_areas(shapes, [area_id], colour, colour, 0.5, "geo2")
    traces.append({**lines, "lon": [west, east, east, west, west], "lat": [south, south, north, north, south]})
    return traces, layout


def flat_areas(
    shapes: Shapes, area_ids: Sequence[str], colour: str, edge: str, width: float, geo: str = "geo"
) -> list[Trace]:
    """Areas in one colour; those without an outline are left out."""
    known = [i for i in area_ids if i in shapes.outlines]
    if not known:
        return []
    return [
        {
            "type": "choropleth",
            "geo": geo,
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
