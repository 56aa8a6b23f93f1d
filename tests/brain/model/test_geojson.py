"""Bad outlines are answered with what, where and what to do; good ones come out the way maps need them."""

import json
from math import inf, nan

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, shape

from brain.model.crs import Crs, from_wgs84
from brain.model.geojson import read_geojson

RING = [[113.0, 22.0], [113.1, 22.0], [113.1, 22.1], [113.0, 22.1], [113.0, 22.0]]  # anticlockwise
HOLE = [[113.02, 22.02], [113.04, 22.02], [113.04, 22.04], [113.02, 22.04], [113.02, 22.02]]
BOW_TIE = [[113.0, 22.0], [113.1, 22.1], [113.1, 22.0], [113.0, 22.1], [113.0, 22.0]]


def feature(*rings, area_id="a", kind="Polygon", **properties):
    geometry = {"type": kind, "coordinates": list(rings)}
    return {"type": "Feature", "properties": {"id": area_id, **properties}, "geometry": geometry}


def collection(*features) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def read_one(*features, **options):
    good, problems = read_geojson(collection(*features), **options)
    assert problems == []
    return good[0]


def is_clockwise(ring) -> bool:
    return not shapely.is_ccw(ring)


def test_a_good_outline_is_read_with_its_properties():
    found = read_one(feature(RING, name="石岐"))
    assert (found.id, found.properties["name"]) == ("a", "石岐")
    assert found.region.area == pytest.approx(0.01)


@pytest.mark.parametrize("ring", [RING, RING[::-1]])
@pytest.mark.parametrize("hole", [HOLE, HOLE[::-1]])
def test_outer_rings_come_out_clockwise_and_holes_are_kept(ring, hole):
    region = read_one(feature(ring, hole)).region
    assert is_clockwise(region.exterior)
    assert len(region.interiors) == 1
    assert not is_clockwise(region.interiors[0])
    assert not region.contains(Point(113.03, 22.03))


def test_several_parts_stay_one_area():
    island = [[x + 0.5, y] for x, y in RING]
    assert len(shapely.get_parts(read_one(feature([RING], [island], kind="MultiPolygon")).region)) == 2


def test_height_is_dropped_and_an_integer_id_is_text():
    found = read_one(feature([[*position, 7.5] for position in RING], area_id=442000))
    assert found.id == "442000"
    assert not shapely.has_z(found.region)


def test_an_area_may_be_listed_without_outline():
    listed = {"type": "Feature", "properties": {"id": "a"}, "geometry": None}
    assert read_one(listed).region is None


def test_another_id_property_may_be_named():
    assert read_one(feature(RING, adcode="442000"), id_key="adcode").id == "442000"


def test_the_declared_system_is_converted():
    shifted = [list(from_wgs84(x, y, Crs.GCJ02)) for x, y in RING]
    region = read_one(feature(shifted), crs=Crs.GCJ02).region
    assert shapely.hausdorff_distance(region, shape({"type": "Polygon", "coordinates": [RING]})) < 1e-8


def test_a_crossing_outline_is_mended_and_told():
    good, problems = read_geojson(collection(feature(BOW_TIE)))
    assert [(p.reason, p.warning, p.feature, p.id) for p in problems] == [("self_intersection", True, 1, "a")]
    assert "Self-intersection" in problems[0].message
    region = good[0].region
    assert region is not None
    assert region.is_valid
    assert region.area == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "json"),
        (b'{"type": "FeatureCollection", "features": [', "json"),
        (b"[" * 100_000, "json"),
        (b'{"type": "FeatureCollection", "features": [' + b"9" * 5000 + b"]}", "json"),
        (b'\xff\xfe{"type": 1}', "encoding"),
        ("中山".encode("gb18030"), "encoding"),
        (b'{"a": NaN}', "not_a_number"),
        (b"[1, 2]", "not_a_collection"),
        (json.dumps(feature(RING)).encode(), "not_a_collection"),
        (collection(), "no_features"),
        (b'{"type": "FeatureCollection"}', "no_features"),
    ],
)
def test_a_file_that_is_no_collection_is_refused_as_a_whole(data, reason):
    good, problems = read_geojson(data)
    assert good == []
    assert [(p.feature, p.reason) for p in problems] == [(None, reason)]
    assert problems[0].hint


def test_a_byte_order_mark_is_no_fault():
    assert read_geojson(b"\xef\xbb\xbf" + collection(feature(RING)))[1] == []


def test_a_file_beyond_the_limit_is_not_even_parsed():
    data = collection(feature(RING))
    assert read_geojson(data, max_bytes=len(data))[1] == []
    assert [p.reason for p in read_geojson(data, max_bytes=len(data) - 1)[1]] == ["oversized"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"type": "Point", "coordinates": [113, 22]}, "not_a_feature"),
        ("text", "not_a_feature"),
        ({"type": "Feature", "properties": None, "geometry": None}, "not_a_feature"),
        ({"type": "Feature", "properties": {"name": "x"}, "geometry": None}, "no_id"),
        (feature(RING, area_id=""), "no_id"),
        (feature(RING, area_id=True), "no_id"),
        (feature(RING, area_id=["a"]), "no_id"),
        (feature(RING, kind="LineString"), "geometry_type"),
        ({"type": "Feature", "properties": {"id": "a"}, "geometry": "x"}, "geometry_type"),
        (feature(), "empty_geometry"),
        (feature([], kind="MultiPolygon"), "empty_geometry"),
        (feature(RING[:3]), "short_ring"),
        (feature("ring"), "short_ring"),
        (feature(RING[:4]), "open_ring"),
        (feature([[113.0], *RING]), "position"),
        (feature(["ab", *RING]), "position"),
        (feature([["113", 22.0], *RING]), "not_a_number"),
        (feature([[True, 22.0], *RING]), "not_a_number"),
        (feature([[None, 22.0], *RING]), "not_a_number"),
        (feature([[10**400, 22.0], *RING]), "not_a_number"),
        (feature([[y, x] for x, y in RING]), "swapped_axes"),
        (feature([[x * 100_000, y * 100_000] for x, y in RING]), "out_of_range"),
        (feature([RING[0], RING[1], RING[0], RING[1], RING[0]]), "no_surface"),
        (feature([RING[0]] * 5), "no_surface"),
    ],
)
def test_a_bad_feature_is_named_and_the_good_one_stays(bad, reason):
    good, problems = read_geojson(collection(bad, feature(RING, area_id="good")))
    assert [found.id for found in good] == ["good"]
    assert [(p.feature, p.reason, p.warning) for p in problems] == [(1, reason, False)]
    assert problems[0].message
    assert problems[0].hint


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_not_a_number_spelled_out_is_refused(value):
    _, problems = read_geojson(collection(feature([[value, 22.0], *RING[1:-1], [value, 22.0]])))
    assert [p.reason for p in problems] == ["not_a_number"]


def test_infinity_by_exponent_is_refused():
    data = collection(feature(RING)).replace(b"113.1", b"1e999")
    assert [p.reason for p in read_geojson(data)[1]] == ["not_a_number"]


def test_an_id_that_stands_twice_is_refused_once():
    good, problems = read_geojson(collection(feature(RING), feature(HOLE)))
    assert len(good) == 1
    assert [(p.feature, p.id, p.reason) for p in problems] == [(2, "a", "duplicate_id")]


def test_axes_swapped_within_the_globe_are_found_by_where_the_city_lies():
    around_york = (-75.0, 40.0, -73.0, 41.5)
    manhattan = [[-74.0, 40.7], [-73.9, 40.7], [-73.9, 40.8], [-74.0, 40.7]]
    assert read_geojson(collection(feature(manhattan)), expected=around_york)[1] == []
    swapped = feature([[y, x] for x, y in manhattan])
    assert [p.reason for p in read_geojson(collection(swapped), expected=around_york)[1]] == ["swapped_axes"]
    assert [p.reason for p in read_geojson(collection(feature(RING)), expected=around_york)[1]] == ["elsewhere"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["Polygon", "MultiPolygon"]))
def test_whatever_stands_in_the_coordinates_is_read_or_answered(coordinates, kind):
    bad = {"type": "Feature", "properties": {"id": "a"}, "geometry": {"type": kind, "coordinates": coordinates}}
    good, problems = read_geojson(collection(bad))
    assert len(good) + len([p for p in problems if not p.warning]) == 1


@given(st.binary(max_size=200))
def test_whatever_the_bytes_they_are_answered(data):
    good, problems = read_geojson(data)
    assert bool(good) != bool(problems)
