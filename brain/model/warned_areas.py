"""Which areas of the city a warning is for: by code, or by the shapes drawn in the message."""

from collections.abc import Iterable, Sequence
from math import cos, radians
from typing import TypeAlias

import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from brain.model.area import AreaTree, LonLat

Shape: TypeAlias = BaseGeometry
"""What is drawn in a message, in degrees."""

_KM_PER_DEGREE = 111.2
_LEAST_KM = 0.01  # a circle without radius is a place
_MOST_KM = 20_000.0
_CODE_DIGITS = (6, 9, 12)  # of Chinese division codes: county, town, village
_FINER_THAN_WARNINGS = ("village", "grid")


def area_of_code(tree: AreaTree, code: str) -> str | None:
    """The area of a division code: an area id, with zeros at the end more or less (442000 is 442000000000).

    The code of a province or city that holds the whole tree gives the root. None: a place elsewhere."""
    if code in tree:
        return code
    if not code.isascii() or not code.isdigit() or len(code) not in _CODE_DIGITS:
        return None
    alike = [area.id for area in tree if area.id.ljust(12, "0") == code.ljust(12, "0")]
    if alike:
        return alike[0]
    above = code[:6].removesuffix("00").removesuffix("00") if not code[6:].strip("0") else code
    return tree.root.id if tree.root.id.isdigit() and tree.root.id.startswith(above) else None


def circle(centre: LonLat, radius_km: float) -> Polygon:
    """As a polygon in degrees, good to a few per cent up to some hundred km. Raises ValueError outside the earth."""
    lon, lat = centre
    _check(lon, lat)
    if not 0 <= radius_km <= _MOST_KM:
        raise ValueError("a radius is 0 to 20000 km")
    radius = max(radius_km, _LEAST_KM) / _KM_PER_DEGREE
    wide = radius / max(cos(radians(lat)), 0.01)
    unit = shapely.get_coordinates(Point(0, 0).buffer(1))
    return Polygon([(lon + x * wide, lat + y * radius) for x, y in unit])


def outline(points: Sequence[LonLat]) -> Shape:
    """The surface within the points; a ring that crosses itself is mended. Raises ValueError for what has none."""
    for lon, lat in points:
        _check(lon, lat)
    if len(set(points)) < 3:
        raise ValueError("a polygon has at least three corners")
    shape = shapely.make_valid(Polygon(points))
    if not shape.area:
        raise ValueError("the polygon has no surface")
    return shape


def touched(tree: AreaTree, shapes: Iterable[Shape]) -> tuple[str, ...]:
    """The areas the shapes reach into, down to towns; where all parts of an area are reached, the area itself.

    Empty: none. A city without outlines is reached by nothing."""
    shape = shapely.union_all(list(shapes))
    return _touched(tree, tree.root.id, shape) or ()


def _touched(tree: AreaTree, area_id: str, shape: Shape) -> tuple[str, ...]:
    polygon = tree.polygon(area_id)
    if polygon is not None and not (polygon.intersects(shape) and not polygon.touches(shape)):
        return ()
    parts = [area for area in tree.children(area_id) if area.level not in _FINER_THAN_WARNINGS]
    if not parts:
        return (area_id,) if polygon is not None else ()
    found = [_touched(tree, part.id, shape) for part in parts]
    if all(ids == (part.id,) for ids, part in zip(found, parts, strict=True)):
        return (area_id,)
    return tuple(sorted(area for ids in found for area in ids))


def _check(lon: float, lat: float) -> None:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("latitude and longitude are exchanged or not on earth")
