"""Many devices on a map: one mark for each area or cell, with how many of its devices do not report."""

from collections.abc import Sequence
from dataclasses import dataclass

from brain.model.query.map import MapCluster
from dashboard.kit.chart import Trace
from dashboard.kit.escape import esc
from dashboard.kit.mapareas import MapLook, mark_ink
from dashboard.kit.number import grouped
from dashboard.kit.place import area_name
from dashboard.kit.shapes import Box, LonLat, Window, covers, meets
from dashboard.kit.textsize import text_px
from dashboard.kit.theme import FONT, axis_px
from dashboard.panel import Screen, View

_GAP_PX = 3
_STEP_PX, _STEPS = 7, range(-9, 10)  # how far a mark may stand from the middle of its devices; the near places first
_AROUND = sorted(
    ((x * _STEP_PX, y * _STEP_PX) for x in _STEPS for y in _STEPS), key=lambda at: (at[0] ** 2 + at[1] ** 2, at)
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A cluster at its place on the map; `number` is "" where there is room for the diamond alone."""

    cluster: MapCluster
    place: LonLat
    number: str


def place_clusters(
    clusters: Sequence[MapCluster], look: MapLook, window: Window, size: float, taken: Sequence[Box]
) -> list[Mark]:
    """Names and values come first (`taken`, in pixels): a mark stands in the middle of its devices, else where its area
    has room near that, if need be without its number; one without room is left out, as a name is. Where all report
    there is no mark."""
    covered = list(taken)
    marks: list[Mark] = []
    for cluster in (cluster for cluster in clusters if cluster.silent):
        for number in (grouped(cluster.silent), ""):
            place = _free(cluster, number, look, window, size, covered)
            if place is not None:
                marks.append(Mark(cluster, place, number))
                covered.append(_pixels(place, number, window, look.view, size))
                break
    return marks


def _free(
    cluster: MapCluster, number: str, look: MapLook, window: Window, size: float, covered: Sequence[Box]
) -> LonLat | None:
    middle, rings = (cluster.lon, cluster.lat), look.shapes.rings(cluster.area_id)
    at_home = covers(rings, middle)  # else anywhere is as good
    wide = size + text_px(number, axis_px(look.view.screen))
    for aside, up in _AROUND:
        place = window.moved(middle, aside, up)
        pixels = _pixels(place, number, window, look.view, size)
        if any(meets(pixels, other) for other in covered):
            continue
        if not at_home or all(covers(rings, at) for at in (place, window.moved(place, wide, 0))):
            return place
    return None


def _pixels(place: LonLat, number: str, window: Window, view: View, size: float) -> Box:
    left, top, right, bottom = window.pixels(place, (size + 3, size + 3))
    words = text_px(number, axis_px(view.screen)) + _GAP_PX if number else 0
    return left, top - _GAP_PX, right + words, bottom + _GAP_PX


def cluster_traces(marks: Sequence[Mark], look: MapLook, size: float, geo: str = "geo") -> list[Trace]:
    """A hollow diamond, as one silent device has, and their number beside it."""
    if not marks:
        return []
    view = look.view
    inks = [mark_ink(mark.cluster.area_id, look) for mark in marks]
    trace: Trace = {
        "type": "scattergeo",
        "mode": "markers+text",
        "geo": geo,
        "lon": [round(mark.place[0], 5) for mark in marks],
        "lat": [round(mark.place[1], 5) for mark in marks],
        "marker": {"symbol": "diamond-open", "size": size + 3, "color": inks, "line": {"width": 1.4}},
        "text": [mark.number for mark in marks],
        "textposition": "middle right",
        "textfont": {"family": FONT, "size": axis_px(view.screen), "color": inks},
    }
    if view.screen is Screen.LARGE:
        return [trace | {"hoverinfo": "skip"}]
    said = [_said(mark.cluster, view) for mark in marks]
    targets = [f"area:{mark.cluster.area_id}" for mark in marks]
    hover = {"hovertext": said, "hovertemplate": "%{hovertext}<extra></extra>", "hoverinfo": "text"}
    return [trace | hover | {"customdata": targets}]


def _said(cluster: MapCluster, view: View) -> str:
    counts = {"silent": grouped(cluster.silent), "total": grouped(cluster.total)}
    return esc(view.tr("kit.map.cluster", area=area_name(cluster.area_id, view), **counts), 80)
