"""Reads the screen geometry of a city pack (`CityFacts.shapes`): outlines, water-lines, hatch, names around the city.

Outlines are a GeoJSON FeatureCollection with rings clockwise, as the map projection wants them; every other part may be
missing, and the map then does without it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import atan, cos, degrees, exp, log, pi, radians, tan
from typing import Any

LonLat = tuple[float, float]
Box = tuple[float, float, float, float]  # west, south, east, north
Line = Sequence[Sequence[float]]

_KM_PER_DEGREE = 111.32  # of longitude, at the equator


@dataclass(frozen=True, slots=True)
class Inset:
    """The crowded core as the city pack chose it; `scale` is how much larger than on the map around it, `corner` one of
    top_left, top_right, bottom_left, bottom_right."""

    name: str
    name_en: str
    areas: tuple[str, ...]
    scale: float
    corner: str


@dataclass(frozen=True)
class Shapes:
    """`outlines` by area id; `water` are closed lines per step, nearest first; `hatch` are segments by area id;
    `places` are the names of seas and neighbours (kind, text, text_en, lon, lat)."""

    outlines: Mapping[str, Mapping[str, Any]]
    water: Sequence[Sequence[Line]] = ()
    hatch: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    places: Sequence[Mapping[str, Any]] = ()
    inset: Inset | None = None

    def collection(self, area_ids: Iterable[str]) -> dict[str, Any]:
        """A FeatureCollection of these areas alone: a trace that carries the whole city is bytes for nothing."""
        features = [self.outlines[i] for i in area_ids if i in self.outlines]
        return {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "id": f["id"], "properties": {}, "geometry": f["geometry"]} for f in features
            ],
        }

    def box(self, area_ids: Iterable[str]) -> Box | None:
        points = [point for i in area_ids if i in self.outlines for point in _points(self.outlines[i]["geometry"])]
        if not points:
            return None
        lons, lats = [p[0] for p in points], [p[1] for p in points]
        return min(lons), min(lats), max(lons), max(lats)

    def label(self, area_id: str) -> LonLat | None:
        given = self.outlines.get(area_id, {}).get("properties", {}).get("label")
        return (float(given[0]), float(given[1])) if given else None

    def rings(self, area_id: str) -> list[Line]:
        """The outer rings of an area."""
        geometry = self.outlines[area_id]["geometry"]
        parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        return [part[0] for part in parts]


def read_shapes(given: Mapping[str, Any]) -> Shapes:
    features = given.get("areas", {}).get("features", ())
    return Shapes(
        outlines={str(feature["id"]): feature for feature in features if feature.get("geometry")},
        water=given.get("water_lines") or (),
        hatch=given.get("hatch") or {},
        places=given.get("labels") or (),
        inset=_inset(given.get("inset")),
    )


def _inset(given: Mapping[str, Any] | None) -> Inset | None:
    if not given:
        return None
    return Inset(given["name"], given["name_en"], tuple(given["areas"]), float(given["scale"]), given["corner"])


def _points(geometry: Mapping[str, Any]) -> Iterable[Sequence[float]]:
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return (point for part in parts for point in part[0])


def meets(a: Box | None, b: Box) -> bool:
    return a is not None and a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def inside(place: LonLat, box: Box) -> bool:
    return box[0] < place[0] < box[2] and box[1] < place[1] < box[3]


def covers(rings: Iterable[Line], place: LonLat) -> bool:
    """Whether a place lies within outer rings: an upright line from it crosses them an odd number of times."""
    x, y = place
    crossed = False
    for ring in rings:
        for (ax, ay), (bx, by) in pairwise(ring):
            if (ax > x) != (bx > x) and y < (by - ay) * (x - ax) / (bx - ax) + ay:
                crossed = not crossed
    return crossed


def joined(lines: Iterable[Line]) -> tuple[list[float | None], list[float | None]]:
    """Many lines as one trace: longitudes and latitudes with None between the lines."""
    lons: list[float | None] = []
    lats: list[float | None] = []
    for line in lines:
        lons += [*(float(point[0]) for point in line), None]
        lats += [*(float(point[1]) for point in line), None]
    return lons, lats


def _north(lat: float) -> float:
    """Mercator: degrees of latitude as degrees of longitude at the equator."""
    return degrees(log(tan(pi / 4 + radians(lat) / 2)))


def _latitude(north: float) -> float:
    return degrees(2 * atan(exp(radians(north))) - pi / 2)


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the world that a cell of `width` x `height` pixels shows; `scale`: pixels per degree of longitude."""

    box: Box
    width: float
    height: float
    scale: float

    def size_px(self, box: Box) -> tuple[float, float]:
        """Width and height on the screen of a box of the world."""
        return (box[2] - box[0]) * self.scale, (_north(box[3]) - _north(box[1])) * self.scale

    def gap_px(self, a: LonLat, b: LonLat) -> tuple[float, float]:
        """How far b lies right of and above a, in pixels."""
        return (b[0] - a[0]) * self.scale, (_north(b[1]) - _north(a[1])) * self.scale

    def moved(self, point: LonLat, right_px: float, up_px: float) -> LonLat:
        return point[0] + right_px / self.scale, _latitude(_north(point[1]) + up_px / self.scale)

    def at(self, x_px: float, y_px: float) -> LonLat:
        """The place under a pixel, counted from the upper left corner."""
        return self.moved((self.box[0], self.box[3]), x_px, -y_px)

    def pixels(self, place: LonLat, size: tuple[float, float]) -> Box:
        """What something of this size about a place covers: left, top, right, bottom, counted from the upper left."""
        x, up = self.gap_px((self.box[0], self.box[3]), place)
        return x - size[0] / 2, -up - size[1] / 2, x + size[0] / 2, -up + size[1] / 2

    def part(self, about: Box, size: tuple[float, float], times: float) -> "Window":
        """The window of `size` pixels that shows the middle of `about` as many times larger."""
        scale = self.scale * times
        low, high = _north(about[1]), _north(about[3])
        x, y = (about[0] + about[2]) / 2, (low + high) / 2
        wide, tall = size[0] / scale / 2, size[1] / scale / 2
        return Window((x - wide, _latitude(y - tall), x + wide, _latitude(y + tall)), size[0], size[1], scale)

    @property
    def km_px(self) -> float:
        """Pixels of one kilometre in the middle of the window."""
        middle = (self.box[1] + self.box[3]) / 2
        return self.scale / (_KM_PER_DEGREE * cos(radians(middle)))

    def geo(self, domain: Mapping[str, Sequence[float]] | None = None) -> dict[str, Any]:
        """The geo axes that show exactly this part."""
        west, south, east, north = self.box
        return {
            "visible": False,
            "bgcolor": "rgba(0,0,0,0)",
            "projection": {"type": "mercator"},
            "lonaxis": {"range": [west, east], "showgrid": False},
            "lataxis": {"range": [south, north], "showgrid": False},
            "domain": domain or {"x": [0, 1], "y": [0, 1]},
        }


def window(box: Box, width: float, height: float, pads: tuple[float, float, float, float]) -> Window:
    """The window that shows `box` as large as the cell allows; `pads` pixels stay free (left, top, right, bottom)."""
    west, south, east, north = box
    left, top, right, bottom = pads
    low, high = _north(south), _north(north)
    scale = min((width - left - right) / max(east - west, 1e-6), (height - top - bottom) / max(high - low, 1e-6))
    spare_x = (width - left - right) / scale - (east - west)
    spare_y = (height - top - bottom) / scale - (high - low)
    shown = (
        west - left / scale - spare_x / 2,
        _latitude(low - bottom / scale - spare_y / 2),
        east + right / scale + spare_x / 2,
        _latitude(high + top / scale + spare_y / 2),
    )
    return Window(shown, width, height, scale)
