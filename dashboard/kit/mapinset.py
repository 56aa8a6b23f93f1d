"""The framed inset of a map: the crowded core drawn once more, larger, in a corner where it covers nothing of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.kit.chart import Trace
from dashboard.kit.escape import esc
from dashboard.kit.mapareas import MapLook, area_labels, area_traces
from dashboard.kit.maplabels import Settled, crowded_core
from dashboard.kit.shapes import Box, Inset, LonLat, Window, joined, meets
from dashboard.panel import Screen, View

_LARGEST_PX = {Screen.LARGE: (330.0, 306.0)}  # the others have no corner to spare
_FURNISHED = {"top_left", "bottom_right"}  # by legend and scale bar
_PADS = (10.0, 10.0, 10.0, 26.0)  # the name stands below
_LEAST_GAIN = 1.4  # an inset that enlarges less is not worth its place
_MOST_COVERED = 0.03
_AUTO_SCALE = 2.0
_FOOT_PX = 26.0  # the map's own note stands below
CORNERS = ("bottom_left", "bottom_right", "top_right", "top_left")


@dataclass(frozen=True, slots=True)
class InsetPlan:
    """`pixels` is (left, top, right, bottom) within the cell; `inside` what it shows; `times` how much larger."""

    areas: tuple[str, ...]
    pixels: Box
    inside: Window
    times: float
    name: str


def plan_inset(look: MapLook, shown: Window) -> InsetPlan | None:
    """The pack's inset, or one of the areas whose labels crowd; None where there is none, where it would not enlarge,
    or where it would cover the city."""
    if look.view.screen not in _LARGEST_PX:
        return None
    wanted = look.shapes.inset or _crowded(look, shown)
    box = look.shapes.box(wanted.areas) if wanted else None
    if wanted is None or box is None:
        return None
    most_x, most_y = _LARGEST_PX[look.view.screen]
    wide, high = shown.size_px(box)
    size = (
        min(most_x, wide * wanted.scale + _PADS[0] + _PADS[2]),
        min(most_y, high * wanted.scale + _PADS[1] + _PADS[3]),
    )
    inside = shown.part(box, size, wanted.scale)
    places = {corner: _at(corner, size, shown) for corner in CORNERS}
    order = [wanted.corner, *(corner for corner in CORNERS if corner != wanted.corner)]
    covered = {corner: _covered(look, places[corner], shown) for corner in order if corner not in _FURNISHED}
    best = min(covered, key=lambda corner: (covered[corner] > _MOST_COVERED, order.index(corner)))
    if wanted.scale < _LEAST_GAIN or covered[best] > _MOST_COVERED:
        return None
    name = wanted.name_en if look.view.lang == "en" and wanted.name_en else wanted.name
    return InsetPlan(wanted.areas, places[best], inside, wanted.scale, name or look.view.tr("kit.map.core"))


def _crowded(look: MapLook, shown: Window) -> Inset | None:
    places: dict[str, LonLat] = {
        row.area_id: place for row in look.rows if (place := look.shapes.label(row.area_id)) is not None
    }
    areas = crowded_core(places, shown)
    return Inset("", "", areas, _AUTO_SCALE, CORNERS[0]) if areas else None


def _at(corner: str, size: tuple[float, float], shown: Window) -> Box:
    left = 0.0 if corner.endswith("left") else shown.width - size[0]
    top = 0.0 if corner.startswith("top") else shown.height - _FOOT_PX - size[1]
    return left, top, left + size[0], top + size[1]


def _covered(look: MapLook, corner: Box, shown: Window) -> float:
    """Share of the outlines' points under the corner."""
    west, north = shown.at(corner[0], corner[1])
    east, south = shown.at(corner[2], corner[3])
    points = [p for row in look.rows for ring in look.shapes.rings(row.area_id) for p in ring]
    under = sum(west < p[0] < east and south < p[1] < north for p in points)
    return under / max(len(points), 1)


def frame_pixels(plan: InsetPlan, shown: Window) -> list[Box]:
    """The four sides of the frame of the enlarged part: labels keep clear of them."""
    left, top = (plan.inside.box[0], plan.inside.box[3])
    x0, up0 = shown.gap_px((shown.box[0], shown.box[3]), (left, top))
    wide, high = shown.size_px(plan.inside.box)
    x1, y0 = x0 + wide, -up0
    y1 = y0 + high
    return [(x0, y0 - 1, x1, y0 + 1), (x0, y1 - 1, x1, y1 + 1), (x0 - 1, y0, x0 + 1, y1), (x1 - 1, y0, x1 + 1, y1)]


def inset_traces(plan: InsetPlan, look: MapLook, shown: Window, labels: Sequence[Settled]) -> list[Trace]:
    """The areas of the inset on geo2 with their labels; on the map itself the frame of the same part, and lines that
    lead from it to the inset."""
    west, south, east, north = plan.inside.box
    visible = [row.area_id for row in look.rows if meets(look.shapes.box([row.area_id]), plan.inside.box)]
    frame = [(west, north), (east, north), (east, south), (west, south), (west, north)]
    traces = [_line([frame], look, 0.7), _line(_leaders(plan, shown), look, 0.4)]
    return [*traces, *area_traces(look, "geo2", visible), *area_labels(labels, look.view, "geo2")]


def _leaders(plan: InsetPlan, shown: Window) -> list[list[LonLat]]:
    """From the two corners of the frame that face the inset to those of the inset."""
    west, south, east, north = plan.inside.box
    left, top, right, bottom = plan.pixels
    below = (top + bottom) / 2 > -shown.gap_px((shown.box[0], shown.box[3]), (west, (south + north) / 2))[1]
    edge, level = (south, top) if below else (north, bottom)
    return [[(west, edge), shown.at(left, level)], [(east, edge), shown.at(right, level)]]


def _line(lines: list[list[LonLat]], look: MapLook, opacity: float) -> Trace:
    lons, lats = joined(lines)
    line = {"color": look.colours.t2, "width": 1}
    more = {"line": line, "opacity": opacity, "hoverinfo": "skip"}
    return {"type": "scattergeo", "mode": "lines", "lon": lons, "lat": lats, **more}


def inset_layout(plan: InsetPlan, look: MapLook, shown: Window, view: View) -> dict[str, Any]:
    """geo2 with its frame and name."""
    left, top, right, bottom = plan.pixels
    xs, ys = [left / shown.width, right / shown.width], [1 - bottom / shown.height, 1 - top / shown.height]
    line = {"color": look.colours.line2, "width": 1}
    times = f"{plan.times:.1f}".removesuffix(".0")
    return {
        "geo2": plan.inside.geo({"x": xs, "y": ys}) | {"bgcolor": look.colours.ground},
        "shapes": [
            {
                "type": "rect",
                "xref": "paper",
                "yref": "paper",
                "x0": xs[0],
                "x1": xs[1],
                "y0": ys[0],
                "y1": ys[1],
                "line": line,
            }
        ],
        "annotations": [
            {
                "xref": "paper",
                "yref": "paper",
                "x": xs[0],
                "y": ys[0],
                "xanchor": "left",
                "yanchor": "bottom",
                "xshift": 10,
                "yshift": 1,
                "showarrow": False,
                "text": esc(view.tr("kit.map.inset", name=plan.name, times=times)),
                "font": {"color": look.colours.t2},
                "bgcolor": look.colours.ground,
                "borderpad": 3,
            }
        ],
    }
