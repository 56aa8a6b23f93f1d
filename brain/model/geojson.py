"""Reads the areas a city brings as GeoJSON. Every fault is answered with what it is, where, and what to do.

Positions are [lon, lat] in degrees of the declared system; what comes out is WGS-84 with clockwise outer rings, as
d3-geo (plotly's map) needs them: it takes an anticlockwise one for the rest of the globe. Holes are kept.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon

from brain.model.area import Region
from brain.model.crs import Crs, to_wgs84

MAX_BYTES = 20_000_000
Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True, slots=True)
class GeoProblem:
    """`feature` counts from 1; None: the file as a whole. A warning was mended, everything else refuses its feature."""

    feature: int | None
    id: str
    reason: str
    message: str
    hint: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class GeoFeature:
    """`region` is None where the file says `"geometry": null` (an area that is only listed)."""

    id: str
    properties: Mapping[str, Any]
    region: Region | None


class _Fault(Exception):
    def __init__(self, reason: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.reason, self.message, self.hint = reason, message, hint


def read_geojson(
    data: bytes, *, id_key: str = "id", crs: Crs = Crs.WGS84, expected: Bounds | None = None, max_bytes: int = MAX_BYTES
) -> tuple[list[GeoFeature], list[GeoProblem]]:
    """The good features and all problems. Ids are read from `properties[id_key]`, as text.

    `expected` is where the city lies; a feature that fits there only with its axes swapped is refused as such.
    """
    try:
        features = _features(data, max_bytes)
    except _Fault as fault:
        return [], [GeoProblem(None, "", fault.reason, fault.message, fault.hint)]
    good: list[GeoFeature] = []
    problems: list[GeoProblem] = []
    seen: dict[str, int] = {}
    for number, feature in enumerate(features, start=1):
        area_id = ""
        try:
            area_id = _id(feature, id_key)
            if area_id in seen:
                raise _Fault("duplicate_id", f"feature {seen[area_id]} has the same id", "give every area its own id")
            seen[area_id] = number
            region, mended = _region(feature.get("geometry"), crs, expected)
            good.append(GeoFeature(area_id, MappingProxyType(dict(feature["properties"])), region))
            if mended:
                hint = "check the outline on the map, or mend it in the file"
                problems.append(GeoProblem(number, area_id, "self_intersection", mended, hint, warning=True))
        except _Fault as fault:
            problems.append(GeoProblem(number, area_id, fault.reason, fault.message, fault.hint))
    return good, problems


def _features(data: bytes, max_bytes: int) -> list[Any]:
    if len(data) > max_bytes:
        hint = "simplify the outlines (1 m is finer than any screen) or give a larger limit"
        raise _Fault("oversized", f"{len(data)} bytes are more than the limit of {max_bytes}", hint)
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _Fault("encoding", f"not UTF-8 at byte {error.start}", "save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise _Fault(
            "json", f"line {error.lineno}, column {error.colno}: {error.msg}", "not valid JSON there"
        ) from error
    except ValueError as error:  # an integer of thousands of digits
        raise _Fault("json", str(error), "not valid JSON there") from error
    except RecursionError as error:
        raise _Fault("json", "nested too deeply", "GeoJSON needs no more than a dozen levels") from error
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise _Fault("not_a_collection", 'the file is not a "FeatureCollection"', "export the areas as one collection")
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise _Fault("no_features", '"features" is missing or empty', "export at least one area")
    return features


def _no_constant(name: str) -> float:
    raise _Fault("not_a_number", f"{name} is no coordinate", "remove or replace it; JSON knows no such number")


def _id(feature: Any, id_key: str) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) and feature.get("type") == "Feature" else None
    if not isinstance(properties, dict):
        raise _Fault("not_a_feature", 'not a "Feature" with "properties"', "export every area as a Feature")
    value = properties.get(id_key)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        hint = f'give every feature a text in properties["{id_key}"], such as its division code'
        raise _Fault("no_id", f'properties["{id_key}"] is {value!r}', hint)
    return str(value).strip()


def _region(geometry: Any, crs: Crs, expected: Bounds | None) -> tuple[Region | None, str]:
    """The region in WGS-84 and, if it had to be mended, how."""
    if geometry is None:
        return None, ""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise _Fault("geometry_type", f"{kind} is no area", "give a Polygon or MultiPolygon, or null for no outline")
    coordinates = geometry.get("coordinates")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        raise _Fault("empty_geometry", "there are no coordinates", "give the outline, or null for no outline")
    rings = [[_ring(ring) for ring in part] if isinstance(part, list) else [] for part in parts]
    if not all(rings):
        raise _Fault("empty_geometry", "a part has no ring", "give every part its outer ring")
    _check_place(rings, expected)
    converted = [[[to_wgs84(x, y, crs) for x, y in ring] for ring in part] for part in rings]
    polygons = [Polygon(part[0], part[1:]) for part in converted]
    return _valid(polygons[0] if len(polygons) == 1 else MultiPolygon(polygons))


def _ring(ring: Any) -> list[tuple[float, float]]:
    if not isinstance(ring, list) or len(ring) < 4:
        raise _Fault("short_ring", "a ring has fewer than four positions", "three corners, and the first one again")
    points = [_position(position) for position in ring]
    if points[0] != points[-1]:
        message = f"a ring begins at {points[0]} and ends at {points[-1]}"
        raise _Fault("open_ring", message, "repeat the first position at the end; the file may be cut short")
    return points


def _position(position: Any) -> tuple[float, float]:
    if not isinstance(position, Sequence) or isinstance(position, str) or len(position) < 2:
        raise _Fault("position", f"{position!r} is no position", "write positions as [lon, lat]")
    x, y = position[0], position[1]
    if not (_is_finite(x) and _is_finite(y)):
        raise _Fault(
            "not_a_number", f"[{x!r}, {y!r}] holds no finite numbers", "write positions as [lon, lat] in degrees"
        )
    return float(x), float(y)


def _is_finite(value: Any) -> bool:
    # By comparison: it is false for NaN, and isfinite fails on integers that no float holds.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _check_place(rings: list[list[list[tuple[float, float]]]], expected: Bounds | None) -> None:
    points = [point for part in rings for ring in part for point in ring]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    bounds = (min(xs), min(ys), max(xs), max(ys))
    swapped = (bounds[1], bounds[0], bounds[3], bounds[2])
    on_earth = _within(bounds, (-180, -90, 180, 90))
    hint = "swap each position: GeoJSON wants [lon, lat]"
    if not on_earth and _within(swapped, (-180, -90, 180, 90)):
        raise _Fault("swapped_axes", f"latitudes reach {bounds[3]:g}: the axes look swapped", hint)
    if not on_earth:
        message = f"coordinates run from {bounds[:2]} to {bounds[2:]}"
        raise _Fault("out_of_range", message, "export in degrees of longitude and latitude, not in projected metres")
    if expected and not _touch(bounds, expected):
        if _touch(swapped, expected):
            raise _Fault("swapped_axes", f"it lies at {bounds[:2]}, in the city only with axes swapped", hint)
        raise _Fault(
            "elsewhere", f"it lies at {bounds[:2]}, outside the city's bounds {expected}", "check the file and crs"
        )


def _within(inner: Bounds, outer: Bounds) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _touch(a: Bounds, b: Bounds) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def _valid(region: Region) -> tuple[Region, str]:
    mended = ""
    if not region.is_valid:
        why = shapely.is_valid_reason(region)
        region = shapely.make_valid(region, method="structure", keep_collapsed=False)
        mended = f"the outline was mended: {why}"
    if not isinstance(region, Polygon | MultiPolygon) or region.is_empty or region.area == 0:
        raise _Fault("no_surface", "the outline encloses nothing", "draw it again: its corners lie on one line")
    return clockwise(region), mended


def clockwise(region: Region) -> Region:
    """The same region with clockwise outer rings and anticlockwise holes."""
    return shapely.orient_polygons(region, exterior_cw=True)
