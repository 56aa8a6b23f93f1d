"""Chinese coordinate systems. The brain keeps WGS-84 only; each feed and file declares its own and is converted once,
on the way in.

GCJ-02 (Amap, Tencent, most Chinese maps) displaces WGS-84 by up to about 700 m with a formula that was never published
and is known by its reconstruction; BD-09 (Baidu) displaces GCJ-02 once more. Neither has a closed inverse: it is solved
here by fixed-point iteration, to well under a millimetre of the forward formula. CGCS2000 (Tianditu, surveying) differs
from WGS-84 by centimetres and is taken as equal; projected CGCS2000 (metres) is not accepted.

The formulas are here because the one maintained library (coordTransform 0.2.1) stops the inverse after one step, up to
4.5 m off.
"""

from collections.abc import Callable
from enum import StrEnum
from math import atan2, cos, fabs, hypot, isfinite, pi, radians, sin, sqrt

LonLat = tuple[float, float]
_Forward = Callable[[float, float], LonLat]

_A = 6378245.0  # Krasovsky 1940: semi-major axis in metres and squared eccentricity
_EE = 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271  # GCJ-02 displaces inside this box only
_BD_STEP = pi * 3000 / 180
_TOLERANCE = 1e-10  # degrees: 0.01 mm
_MAX_STEPS = 30


class Crs(StrEnum):
    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"


def to_wgs84(lon: float, lat: float, crs: Crs) -> LonLat:
    """Degrees in, degrees out. Raises ValueError for what is not a place on earth."""
    _check(lon, lat)
    if crs is Crs.GCJ02:
        return _gcj02_to_wgs84(lon, lat)
    if crs is Crs.BD09:
        return _gcj02_to_wgs84(*_inverse(_gcj02_to_bd09, lon, lat))
    return lon, lat


def from_wgs84(lon: float, lat: float, crs: Crs) -> LonLat:
    """Degrees in, degrees out. Raises ValueError for what is not a place on earth."""
    _check(lon, lat)
    if crs is Crs.GCJ02:
        return _wgs84_to_gcj02(lon, lat)
    if crs is Crs.BD09:
        return _gcj02_to_bd09(*_wgs84_to_gcj02(lon, lat))
    return lon, lat


def _check(lon: float, lat: float) -> None:
    if not (isfinite(lon) and isfinite(lat) and fabs(lon) <= 180 and fabs(lat) <= 90):
        raise ValueError(f"longitude {lon} and latitude {lat} are not a place on earth")


def _displaced(lon: float, lat: float, margin: float = 0.0) -> bool:
    return _WEST - margin <= lon <= _EAST + margin and _SOUTH - margin <= lat <= _NORTH + margin


def _wgs84_to_gcj02(lon: float, lat: float) -> LonLat:
    return _displace(lon, lat) if _displaced(lon, lat) else (lon, lat)


def _gcj02_to_wgs84(lon: float, lat: float) -> LonLat:
    # The box is one of WGS-84: what comes from inside it was displaced, even to just outside.
    if not _displaced(lon, lat, margin=0.1):
        return lon, lat
    found = _inverse(_displace, lon, lat)
    return found if _displaced(*found) else (lon, lat)


def _inverse(forward: _Forward, lon: float, lat: float) -> LonLat:
    """The point that `forward` takes to (lon, lat); the displacement changes so slowly that each step gains digits."""
    x, y = lon, lat
    for _ in range(_MAX_STEPS):
        at_lon, at_lat = forward(x, y)
        x, y = x + lon - at_lon, y + lat - at_lat
        if hypot(lon - at_lon, lat - at_lat) < _TOLERANCE:
            break
    return x, y


def _displace(lon: float, lat: float) -> LonLat:
    x, y = lon - 105, lat - 35
    ripple = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = (
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x))
        + 2 / 3 * (ripple + 20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi))
    )  # fmt: skip
    east = (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x))
        + 2 / 3 * (ripple + 20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi))
    )  # fmt: skip
    phi = radians(lat)
    w2 = 1 - _EE * sin(phi) ** 2
    w = sqrt(w2)
    return (
        lon + east * 180 / (_A / w * cos(phi) * pi),
        lat + north * 180 / (_A * (1 - _EE) / (w2 * w) * pi),
    )


def _gcj02_to_bd09(lon: float, lat: float) -> LonLat:
    radius = hypot(lon, lat) + 0.00002 * sin(lat * _BD_STEP)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BD_STEP)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006
