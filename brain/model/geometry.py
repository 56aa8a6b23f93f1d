"""What a map draws from the outlines of areas: simplified coverage, water-lines, hatch, label points. WGS-84 degrees.

Distances are measured on a plane fitted to the city (equirectangular about its middle), true to 0.1 % over 100 km.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Polygon

from brain.model.area import Area, AreaTree, LonLat, Region
from brain.model.geojson import clockwise

Line = list[list[float]]
"""[[lon, lat], ...] as JSON wants it."""

_METRES_EAST, _METRES_NORTH = 111_320.0, 110_574.0  # of one degree, at the equator
_DECIMALS = 5  # about 1 m
WATER_LINE_STEPS = (5, 11, 19, 29, 42, 58, 77, 99)  # of a map 700 high: after the printed maps' widening rings
_MAP_HEIGHT = 700
_HATCH_PITCH = 7  # of a map 700 high


@dataclass(frozen=True, slots=True)
class Plane:
    """Degrees to metres and back, near `lat`."""

    lat: float

    def to_metres(self, region: Any) -> Any:
        return shapely.transform(region, lambda points: points * self._factors())

    def to_degrees(self, region: Any) -> Any:
        return shapely.transform(region, lambda points: points / self._factors())

    def _factors(self) -> Any:
        return np.array([_METRES_EAST * cos(radians(self.lat)), _METRES_NORTH])


def plane_of(region: Region) -> Plane:
    """The plane about the middle of a region."""
    _, south, _, north = region.bounds
    return Plane((south + north) / 2)


def span_m(region: Region) -> float:
    """The longer side of the box around a region, in metres."""
    west, south, east, north = plane_of(region).to_metres(region).bounds
    return float(max(east - west, north - south))


def simplified(regions: Mapping[str, Region], tolerance_m: float) -> dict[str, Region]:
    """Neighbours keep one common border: each border is simplified once. `tolerance_m`: side of the square lost at most
    at a corner. 0 leaves everything as it is."""
    if tolerance_m <= 0 or not regions:
        return dict(regions)
    plane = plane_of(shapely.union_all(shapely.box(*shapely.bounds(list(regions.values())).T)))
    flat = [plane.to_metres(region) for region in regions.values()]
    if not shapely.coverage_is_valid(flat):  # overlapping areas share no border; each is simplified alone
        thin = [shapely.simplify(region, tolerance_m / 2, preserve_topology=True) for region in flat]
    else:
        thin = list(shapely.coverage_simplify(flat, tolerance_m))
    back = (plane.to_degrees(region) for region in thin)
    return {
        area_id: clockwise(region) if region.is_valid and not region.is_empty else regions[area_id]
        for area_id, region in zip(regions, back, strict=True)
    }


def water_lines(region: Region, steps: Sequence[float] = WATER_LINE_STEPS) -> list[list[Line]]:
    """Outlines around the coast, one list of closed lines per step, nearest first. Steps are of a map 700 high."""
    plane, unit = plane_of(region), span_m(region) / _MAP_HEIGHT
    flat = shapely.simplify(plane.to_metres(region), unit)
    rings: list[list[Line]] = []
    for step in steps:
        around = shapely.simplify(flat.buffer(step * unit, quad_segs=6), unit * 0.5)
        parts = shapely.get_parts(plane.to_degrees(around))
        rings.append([_line(part.exterior.coords) for part in parts])
    return rings


def hatch(region: Region, pitch_m: float) -> list[Line]:
    """Parallel line segments at 45 degrees, `pitch_m` apart, clipped to the region: a map trace has no fill pattern."""
    plane = plane_of(region)
    flat = plane.to_metres(region)
    west, south, east, north = flat.bounds
    height, step = north - south, pitch_m * 2**0.5
    # Multiples of the pitch from a fixed origin, so that the hatches of neighbours run on.
    first = int((west - height - south) // step)
    last = int((east - south) // step) + 1
    lines = [
        LineString([(k * step + south, south), (k * step + south + height, north)]) for k in range(first, last + 1)
    ]
    clipped = shapely.intersection(MultiLineString(lines), flat)
    segments = [part for part in shapely.get_parts(clipped) if isinstance(part, LineString) and part.length > 0]
    return [_line(plane.to_degrees(segment).coords) for segment in segments]


def label_point(region: Region) -> LonLat:
    """The middle of the roomiest place inside the largest part: where a label fits best."""
    plane = plane_of(region)
    largest = max(shapely.get_parts(plane.to_metres(region)), key=shapely.area)
    circle = shapely.maximum_inscribed_circle(largest, tolerance=span_m(region) / 200)
    x, y = plane.to_degrees(circle).coords[0]
    return round(x, _DECIMALS), round(y, _DECIMALS)


def rounded(region: Region) -> Region:
    """At 1 m, clockwise: what goes into files and to the screen."""
    return clockwise(shapely.transform(region, lambda points: np.round(points, _DECIMALS)))


def areas_as_geojson(tree: AreaTree, tolerance_m: float) -> dict[str, Any]:
    """A FeatureCollection of all areas with an outline, each level simplified as one coverage."""
    shown: dict[str, Region] = {}
    for depth in sorted({tree.depth(area.id) for area in tree}):
        level = [area.id for area in tree if tree.depth(area.id) == depth]
        outlines = {i: region for i in level if (region := tree.polygon(i)) is not None}
        shown |= simplified(outlines, tolerance_m)
    return {
        "type": "FeatureCollection",
        "features": [_feature(area, shown[area.id]) for area in tree if area.id in shown],
    }


def hatches(tree: AreaTree) -> dict[str, list[Line]]:
    """Hatch of every area but the root, by area id; as fine as the map of its parent needs."""
    found: dict[str, list[Line]] = {}
    for parent in tree:
        outline = tree.polygon(parent.id)
        if outline is None:
            continue
        pitch_m = span_m(outline) * _HATCH_PITCH / _MAP_HEIGHT
        regions = [(child.id, tree.polygon(child.id)) for child in tree.children(parent.id)]
        found |= {child_id: hatch(region, pitch_m) for child_id, region in regions if region is not None}
    return found


def bounds_of(regions: Iterable[Region]) -> tuple[float, float, float, float]:
    """West, south, east, north around all of them."""
    west, south, east, north = shapely.total_bounds(list(regions))
    return float(west), float(south), float(east), float(north)


def _feature(area: Area, region: Region) -> dict[str, Any]:
    geometry = rounded(region)
    if not geometry.is_valid:  # rounding can fold a sliver
        geometry = clockwise(shapely.make_valid(geometry, method="structure", keep_collapsed=False))
    return {
        "type": "Feature",
        "id": area.id,
        "properties": {
            "id": area.id,
            "parent": area.parent_id,
            "level": area.level,
            "name": area.name,
            "name_en": area.name_en,
            "short": area.short,
            "short_en": area.short_en,
            "label": list(area.centroid or label_point(region)),
            "approximate": area.approximate,
        },
        "geometry": _geometry(geometry),
    }


def _geometry(region: Region) -> dict[str, Any]:
    parts = [[_line(ring.coords) for ring in (part.exterior, *part.interiors)] for part in shapely.get_parts(region)]
    if isinstance(region, Polygon):
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _line(points: Iterable[Sequence[float]]) -> Line:
    return [[round(float(x), _DECIMALS), round(float(y), _DECIMALS)] for x, y in points]
