"""Coordinates survive the way in and out to better than a metre."""

from math import cos, hypot, nan, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.crs import Crs, from_wgs84, to_wgs84

LON = st.floats(73, 137)
LAT = st.floats(2, 55)


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return hypot((a[0] - b[0]) * 111_320 * cos(radians(a[1])), (a[1] - b[1]) * 111_320)


@given(LON, LAT, st.sampled_from(Crs))
def test_there_and_back_is_exact(lon, lat, crs):
    assert metres((lon, lat), to_wgs84(*from_wgs84(lon, lat, crs), crs)) < 1e-3


@given(LON, LAT)
def test_the_displacements_have_their_known_size(lon, lat):
    gcj = from_wgs84(lon, lat, Crs.GCJ02)
    assert metres((lon, lat), gcj) < 1500
    assert 300 < metres(gcj, from_wgs84(lon, lat, Crs.BD09)) < 1500


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [  # pairs that other implementations are tested with: Shanghai, Shenzhen, Beijing
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_gcj02_of_known_places(wgs84, gcj02):
    assert metres(from_wgs84(wgs84[0], wgs84[1], Crs.GCJ02), gcj02) < 0.1


@pytest.mark.parametrize("place", [(-73.98, 40.75), (0.0, 0.0), (180.0, 90.0), (105.0, -90.0), (139.7, 35.7)])
def test_places_outside_china_are_not_displaced(place):
    assert from_wgs84(place[0], place[1], Crs.GCJ02) == place
    assert to_wgs84(place[0], place[1], Crs.GCJ02) == place


@given(LON, LAT)
def test_cgcs2000_is_taken_as_wgs84(lon, lat):
    assert to_wgs84(lon, lat, Crs.CGCS2000) == (lon, lat)


@pytest.mark.parametrize(
    "place", [(nan, 1.0), (1.0, nan), (181.0, 0.0), (38_512_345.0, 2_501_234.0), (0.0, float("inf"))]
)
@pytest.mark.parametrize("crs", Crs)
def test_what_is_no_place_is_refused(place, crs):
    with pytest.raises(ValueError, match="not a place on earth"):
        to_wgs84(place[0], place[1], crs)
    with pytest.raises(ValueError, match="not a place on earth"):
        from_wgs84(place[0], place[1], crs)
