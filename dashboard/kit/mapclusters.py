"""Many devices on a map: one mark for each area or cell, with how many of its devices do not report."""

from collections.abc import Sequence

from brain.model.query.map import MapCluster
from dashboard.kit.chart import Trace
from dashboard.kit.escape import esc
from dashboard.kit.number import grouped
from dashboard.kit.place import area_name
from dashboard.kit.shapes import Box, Window
from dashboard.kit.textsize import text_px
from dashboard.kit.theme import FONT, axis_px, palette
from dashboard.panel import Screen, View

_GAP_PX = 5


def cluster_traces(clusters: Sequence[MapCluster], view: View, size: float, geo: str = "geo") -> list[Trace]:
    """A hollow diamond, as one silent device has, and their number beside it. Where all report there is no mark."""
    silent = [cluster for cluster in clusters if cluster.silent]
    if not silent:
        return []
    colours = palette(view.theme)
    trace: Trace = {
        "type": "scattergeo",
        "mode": "markers+text",
        "geo": geo,
        "lon": [round(cluster.lon, 5) for cluster in silent],
        "lat": [round(cluster.lat, 5) for cluster in silent],
        "marker": {"symbol": "diamond-open", "size": size + 3, "color": colours.t2, "line": {"width": 1.4}},
        "text": [grouped(cluster.silent) for cluster in silent],
        "textposition": "middle right",
        "textfont": {"family": FONT, "size": axis_px(view.screen), "color": colours.t2},
    }
    if view.screen is Screen.LARGE:
        return [trace | {"hoverinfo": "skip"}]
    said = [_said(cluster, view) for cluster in silent]
    targets = [f"area:{cluster.area_id}" for cluster in silent]
    hover = {"hovertext": said, "hovertemplate": "%{hovertext}<extra></extra>", "hoverinfo": "text"}
    return [trace | hover | {"customdata": targets}]


def _said(cluster: MapCluster, view: View) -> str:
    counts = {"silent": grouped(cluster.silent), "total": grouped(cluster.total)}
    return esc(view.tr("kit.map.cluster", area=area_name(cluster.area_id, view), **counts), 80)


def cluster_pixels(clusters: Sequence[MapCluster], window: Window, view: View, size: float) -> list[Box]:
    """What the marks and numbers cover, so that names keep clear of them."""
    covered: list[Box] = []
    for cluster in clusters:
        if cluster.silent:
            left, top, right, bottom = window.pixels((cluster.lon, cluster.lat), (size + 3, size + 3))
            words = text_px(grouped(cluster.silent), axis_px(view.screen))
            covered.append((left, top - _GAP_PX, right + words + _GAP_PX, bottom + _GAP_PX))
    return covered
