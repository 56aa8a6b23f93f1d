"""What is printed on a map beside its areas: the names of seas and neighbours, the scale bar."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.kit.chart import Trace
from dashboard.kit.escape import esc
from dashboard.kit.mapmarks import line_trace, word_trace
from dashboard.kit.shapes import Box, LonLat, Shapes, Window, covers, joined, meets
from dashboard.kit.textsize import text_px
from dashboard.kit.theme import FONT, SERIF, axis_px, palette
from dashboard.panel import View

_BAR_STEPS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_SEA_PX, _PLACE_PX = 22, 17
_SERIF_WIDER = 1.12  # than the sans that text_px measures
_EDGE_PX = 4.0
_ASIDE = (0.0, 0.25, -0.25, 0.5, -0.5, 0.75, -0.75)  # of its width, tried in this order


def place_names(
    places: Sequence[Mapping[str, Any]], shapes: Shapes, window: Window, view: View, taken: Sequence[Box]
) -> list[Trace]:
    """Seas and neighbours in the serif of printed maps: whole, beside the city and clear of `taken` (pixels), moved
    aside where the name is longer than the pack thought; one without room is left out."""
    found: list[tuple[LonLat, str, int]] = []
    covered = list(taken)
    for place in places:
        text, size = _text(place, view)
        wide = text_px(text, size) * _SERIF_WIDER
        settled = _settle((float(place["lon"]), float(place["lat"])), (wide, size * 1.3), shapes, window, covered)
        if settled is not None:
            at, pixels = settled
            found.append((at, esc(text, 60), size))
            covered.append(pixels)
    if not found:
        return []
    font = {"family": SERIF, "size": [size for *_, size in found], "color": palette(view.theme).t3}
    return [word_trace("geo", [at for at, *_ in found], [text for _, text, _ in found], font)]


def _text(place: Mapping[str, Any], view: View) -> tuple[str, int]:
    size = _SEA_PX if place.get("kind") == "sea" else _PLACE_PX
    if view.lang == "en" and place.get("text_en"):
        return str(place["text_en"])[:40], size
    text = str(place["text"])[:20]
    return " ".join(text) if size == _SEA_PX else text, size


def _settle(
    place: LonLat, size: tuple[float, float], shapes: Shapes, window: Window, taken: Sequence[Box]
) -> tuple[LonLat, Box] | None:
    for aside in _ASIDE:
        at = _kept_inside(window.moved(place, aside * size[0], 0), size, window)
        pixels = window.pixels(at, size)
        ends = [window.moved(at, part * size[0], 0) for part in (-0.5, -0.25, 0, 0.25, 0.5)]
        on_land = any(covers(shapes.rings(i), end) for i in shapes.outlines for end in ends)
        if not on_land and not any(meets(pixels, other) for other in taken):
            return at, pixels
    return None


def _kept_inside(at: LonLat, size: tuple[float, float], window: Window) -> LonLat:
    left, _, right, _ = window.pixels(at, size)
    over = max(0.0, right - (window.width - _EDGE_PX)) - max(0.0, _EDGE_PX - left)
    return window.moved(at, -over, 0)


def scale_bar(window: Window, view: View, right_px: float, bottom_px: float, geo: str = "geo") -> list[Trace]:
    """A bar of a round number of kilometres at the lower right; drawn on the map, so that it is true at any size."""
    km = max((step for step in _BAR_STEPS if step * window.km_px <= window.width * 0.16), default=_BAR_STEPS[0])
    end = window.at(window.width - right_px, window.height - bottom_px)
    start = window.moved(end, -km * window.km_px, 0)
    lines = [[window.moved(start, 0, 5), start, end, window.moved(end, 0, 5)]]
    lons, lats = joined(lines)
    colours = palette(view.theme)
    bar = {**line_trace(geo, {"color": colours.t3, "width": 1}), "lon": lons, "lat": lats}
    font = {"family": FONT, "size": axis_px(view.screen), "color": colours.t2}
    text = esc(view.tr("kit.map.km", n=f"{km:g}"))
    middle = window.moved(start, km * window.km_px / 2, 13)
    return [bar, word_trace(geo, [middle], [text], font)]
