"""The map of one place: the affected areas in the colour of their alerts, their neighbours fallen back, what was
measured and who called; on the wall a small locator keeps the whole city in sight."""

from collections.abc import Mapping, Sequence

from brain.model.alert import Level
from brain.model.query.map import MapDevice, MapPin
from dashboard.kit.chart import FigureDict, Trace, layout
from dashboard.kit.maplabels import Label, label_trace, settle
from dashboard.kit.maplocator import LOCATOR_PX, flat_areas, locator, locator_pixels
from dashboard.kit.mapmarks import call_trace, device_traces, pin_pixels, pin_traces
from dashboard.kit.mapspots import Spot, frames, spot_pixels, spot_traces
from dashboard.kit.mapwords import scale_bar
from dashboard.kit.place import area_label
from dashboard.kit.shapes import Box, LonLat, Shapes, Window, inside, joined, meets, read_shapes, window
from dashboard.kit.theme import Palette, axis_px, palette
from dashboard.panel import Screen, View

_CELLS = {Screen.LARGE: (864.0, 716.0), Screen.MEDIUM: (340.0, 340.0), Screen.SMALL: (350.0, 260.0)}
_TINT, _FAINT = 0.22, 0.1  # of the colour of a level on its areas: red (or whatever the page is about), and others
_PAD = 0.12
_BAR_PX = 150.0  # right of the locator, up to so far
_KEY_PX = (330.0, 172.0)  # what the marks mean, in the lower right corner of the wall
_HEAD_PX = (430.0, 84.0)  # title of the map, upper left
_LEAST = 0.004  # degrees, about 400 m: a single point is no map


def place_box(shapes: Shapes, area_ids: Sequence[str], points: Sequence[LonLat]) -> Box | None:
    """The areas and all points, so that nothing of the evidence lies outside the map."""
    box = shapes.box(area_ids)
    spots = [*([(box[0], box[1]), (box[2], box[3])] if box else []), *points]
    if not spots:
        return None
    lons, lats = [spot[0] for spot in spots], [spot[1] for spot in spots]
    middle = ((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
    return (
        min(*lons, middle[0] - _LEAST),
        min(*lats, middle[1] - _LEAST),
        max(*lons, middle[0] + _LEAST),
        max(*lats, middle[1] + _LEAST),
    )


def focus_map(
    view: View,
    lit: Mapping[str, Level | None],
    spots: Sequence[Spot] = (),
    around: Sequence[MapDevice] = (),
    calls: Sequence[LonLat] = (),
    pins: Sequence[MapPin] = (),
    about: Sequence[str] = (),
    height: float | None = None,
) -> FigureDict:
    """`lit`: the affected areas with their level, None for an alert that is over. `spots`: the gravest first. `pins`
    are other alerts. `about`: the areas that are shown as large as fits, with the calls; empty: all affected ones and
    all spots. What lies outside is left out. `height`: of the cell in px, where it is not the alert page's."""
    shapes, colours = read_shapes(view.city.shapes), palette(view.theme)
    width, usual = _CELLS[view.screen]
    height = height or usual
    box = place_box(shapes, about or tuple(lit), [*(spot.place for spot in spots if not about), *calls])
    box = box or shapes.box(shapes.outlines) or (0.0, 0.0, 1.0, 1.0)
    shown = window(box, width, height, (width * _PAD, height * _PAD, width * _PAD, height * _PAD))
    near = _neighbours(view, shapes, lit, shown.box)
    spots = [spot for spot in spots if inside(spot.place, shown.box)]
    traces = flat_areas(shapes, [i for i in near if i not in lit], colours.ramp[0], colours.ground, 1.4)
    for area_id, level in lit.items():
        traces += _affected(shapes, area_id, level, colours)
    pins = [pin for pin in pins if inside((pin.lon, pin.lat), shown.box)]
    kept_free = [*_furniture(view, shown), *pin_pixels(pins, shown, view)]
    placed = frames(spots, shown, kept_free)
    labels = [Label(i, area_label(i, view), "", colours.t1 if i in lit else colours.t2) for i in near]
    size = 20 if view.screen is Screen.LARGE else axis_px(view.screen)
    taken = [*kept_free, *spot_pixels(spots, shown), *(frame.pixels for frame in placed)]
    traces += device_traces([d for d in around if inside((d.lon, d.lat), shown.box)], view, size=8)
    traces += call_trace(calls, view)
    traces += label_trace(settle(labels, shapes, shown, size, taken), size, "geo")
    traces += pin_traces(pins, shown, view)
    traces += spot_traces(spots, placed, shown, colours)
    figure = layout(view, left=0, right=0, top=0, bottom=0) | {"geo": shown.geo(), "hovermode": "closest"}
    wall = view.screen is Screen.LARGE
    traces += scale_bar(shown, view, shown.width - LOCATOR_PX[0] - _BAR_PX if wall else 12, 12)
    if wall:
        small, more = locator(view, shapes, shown, lit)
        traces, figure = traces + small, figure | more
    return {"data": traces, "layout": figure}


def _furniture(view: View, shown: Window) -> list[Box]:
    """What scale bar, locator, title and key cover."""
    if view.screen is not Screen.LARGE:
        return [(shown.width * 0.78, shown.height - 46, shown.width, shown.height)]
    corner = locator_pixels(shown)
    bar = (corner[2], shown.height - 46, corner[2] + _BAR_PX, shown.height)
    key = (shown.width - _KEY_PX[0], shown.height - _KEY_PX[1], shown.width, shown.height)
    return [corner, bar, key, (0.0, 0.0, *_HEAD_PX)]


def _neighbours(view: View, shapes: Shapes, lit: Mapping[str, Level | None], seen: Box) -> list[str]:
    """The areas of the levels of the affected ones that lie in the window; those themselves always."""
    known = [area_id for area_id in lit if area_id in view.city.areas]
    if not known:
        return [area_id for area_id in lit if area_id in shapes.outlines]
    depths = {view.city.areas.depth(area_id) for area_id in known}
    level = [a.id for a in view.city.areas if view.city.areas.depth(a.id) in depths and a.id in shapes.outlines]
    return [i for i in level if i in lit or meets(shapes.box([i]), seen)]


def _affected(shapes: Shapes, area_id: str, level: Level | None, colours: Palette) -> list[Trace]:
    if area_id not in shapes.outlines:
        return []
    accent = colours.t2 if level is None else colours.level[level]
    lons, lats = joined(shapes.rings(area_id))
    red = level in (Level.RED, None)
    line = {"color": accent, "width": 2.4 if red else 1.4}
    outline = {"type": "scattergeo", "mode": "lines", "lon": lons, "lat": lats, "line": line, "hoverinfo": "skip"}
    tint = _mixed(accent, colours.ground, _TINT if red else _FAINT)
    return [*flat_areas(shapes, [area_id], tint, colours.ground, 0), outline]


def _mixed(colour: str, ground: str, share: float) -> str:
    """The level's colour laid thinly over the ground, as one opaque colour."""
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(over * share + under * (1 - share)):02X}" for over, under in pairs)
