"""What the map draws: neighbours keep their common border, lines stay inside, nothing is turned inside out."""

from math import cos, radians

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box, shape

from brain.model.area import Area, AreaTree
from brain.model.geometry import (
    WATER_LINE_STEPS,
    areas_as_geojson,
    bounds_of,
    hatch,
    hatches,
    label_point,
    plane_of,
    rounded,
    simplified,
    span_m,
    water_lines,
)


def ragged(west: float, east: float, south: float = 22.0) -> Polygon:
    """A box with a crooked eastern side; its neighbour to the east shares it when made by `neighbour`."""
    side = [(east + 0.003 * (k % 3), south + 0.01 * k) for k in range(11)]
    return Polygon([(west, south), *side, (west, south + 0.1)])


def neighbour(west: float, east: float, south: float = 22.0) -> Polygon:
    side = [(west + 0.003 * (k % 3), south + 0.01 * k) for k in range(11)]
    return Polygon([*side, (east, south + 0.1), (east, south)])


def begin_elsewhere(region: Polygon, steps: int) -> Polygon:
    """The same polygon written from another corner on."""
    ring = list(region.exterior.coords)[:-1]
    return Polygon(ring[steps:] + ring[:steps])


PAIR = {"a": ragged(113.0, 113.1), "b": neighbour(113.1, 113.2)}
L_SHAPE = Polygon([(113.0, 22.0), (113.3, 22.0), (113.3, 22.05), (113.05, 22.05), (113.05, 22.3), (113.0, 22.3)])


def test_metres_are_metres():
    square = box(113.0, 22.0, 113.1, 22.1)
    assert span_m(square) == pytest.approx(11_057, rel=0.001)  # a tenth of a degree of latitude
    east = box(113.0, 22.0, 113.5, 22.1)
    assert span_m(east) == pytest.approx(0.5 * 111_320 * cos(radians(22.05)), rel=0.001)


def test_there_and_back_to_the_plane():
    plane = plane_of(L_SHAPE)
    assert shapely.hausdorff_distance(plane.to_degrees(plane.to_metres(L_SHAPE)), L_SHAPE) < 1e-12


def test_neighbours_are_simplified_along_one_border():
    thin = simplified(PAIR | {"b": begin_elsewhere(PAIR["b"], 4)}, 1000)
    assert shapely.get_num_coordinates(thin["a"]) < shapely.get_num_coordinates(PAIR["a"])
    assert thin["a"].intersection(thin["b"]).area == 0
    assert shapely.union_all(list(thin.values())).area == pytest.approx(thin["a"].area + thin["b"].area)
    assert len(shapely.get_parts(shapely.union_all(list(thin.values())))[0].interiors) == 0
    assert shapely.coverage_is_valid(list(thin.values()))


def test_without_tolerance_nothing_changes():
    assert simplified(PAIR, 0) == PAIR
    assert simplified({}, 100) == {}


def test_overlapping_areas_are_simplified_each_alone():
    pair = {"a": PAIR["a"], "b": shapely.transform(PAIR["a"], lambda p: p + 0.02)}
    thin = simplified(pair, 2000)
    assert thin.keys() == pair.keys()
    assert all(region.is_valid and not region.is_empty for region in thin.values())
    assert shapely.get_num_coordinates(thin["a"]) < shapely.get_num_coordinates(pair["a"])


def test_water_lines_lie_round_each_other():
    rings = [Polygon(lines[0]) for lines in water_lines(L_SHAPE)]
    assert len(rings) == len(WATER_LINE_STEPS)
    for inner, outer in zip([L_SHAPE, *rings], rings, strict=False):
        assert outer.contains(inner)


def test_each_island_has_its_water_line_until_they_meet():
    islands = shapely.union_all([box(113.0, 22.0, 113.1, 22.1), box(113.15, 22.0, 113.25, 22.1)])
    counts = [len(lines) for lines in water_lines(islands)]
    assert counts[0] == 2
    assert counts[-1] == 1


@pytest.mark.parametrize("region", [L_SHAPE, Polygon(box(0, 0, 1, 1).exterior, [box(0.4, 0.4, 0.6, 0.6).exterior])])
def test_hatch_stays_inside_and_misses_holes(region):
    pitch_m = span_m(region) / 40
    segments = [LineString(line) for line in hatch(region, pitch_m)]
    assert len(segments) > 20
    assert all(region.buffer(1e-4).covers(segment) for segment in segments)
    plane = plane_of(region)
    area_m2 = plane.to_metres(region).area
    length_m = sum(plane.to_metres(segment).length for segment in segments)
    assert length_m * pitch_m == pytest.approx(area_m2, rel=0.05)  # so dense that length times pitch fills the area


def test_hatches_of_neighbours_run_on():
    plane_pitch = 400
    left, right = (
        LineString(hatch(region, plane_pitch)[5]) for region in (box(113, 22, 113.1, 22.1), box(113.1, 22, 113.2, 22.1))
    )
    plane = plane_of(box(113, 22, 113.2, 22.1))

    def offset(line: LineString) -> float:
        x, y = plane.to_metres(line).coords[0]
        return float((x - y) / (plane_pitch * 2**0.5) % 1)

    assert min(abs(offset(left) - offset(right)), 1 - abs(offset(left) - offset(right))) < 0.02


def test_a_label_stands_inside_also_where_the_centroid_does_not():
    assert not L_SHAPE.contains(L_SHAPE.centroid)
    assert L_SHAPE.contains(Point(label_point(L_SHAPE)))


def test_a_label_stands_in_the_largest_part():
    parts = shapely.union_all([box(113.0, 22.0, 113.1, 22.1), box(114.0, 22.0, 114.5, 22.5)])
    assert label_point(parts)[0] > 114


@given(st.floats(0.02, 0.2), st.floats(0.02, 0.2))
def test_a_label_stands_inside_any_triangle(width, height):
    triangle = Polygon([(113.0, 22.0), (113.0 + width, 22.0), (113.0, 22.0 + height)])
    assert triangle.contains(Point(label_point(triangle)))


def tree() -> AreaTree:
    areas = [Area("1", None, "city", "城", "City")]
    areas += [Area(i, "1", "town", i, i, approximate=True, short=i.upper()) for i in PAIR]
    areas.append(Area("listed", "1", "town", "listed", "listed"))
    return AreaTree(areas, {**PAIR, "1": shapely.union_all(list(PAIR.values()))})


def test_all_outlined_areas_go_to_the_screen_clockwise():
    features = areas_as_geojson(tree(), 100)["features"]
    assert [feature["id"] for feature in features] == ["1", "a", "b"]
    for feature in features:
        region = shape(feature["geometry"])
        assert region.is_valid
        assert not shapely.is_ccw(region.exterior)
        assert region.contains(Point(feature["properties"]["label"]))
    assert features[1]["properties"] | {"label": None} == {
        "id": "a",
        "parent": "1",
        "level": "town",
        "name": "a",
        "name_en": "a",
        "short": "A",
        "short_en": "",
        "label": None,
        "approximate": True,
    }


def test_every_area_below_the_root_can_be_hatched():
    assert hatches(tree()).keys() == {"a", "b"}


def test_what_goes_to_files_is_rounded_to_a_metre():
    points = shapely.get_coordinates(rounded(shapely.transform(PAIR["a"], lambda p: p + 1e-8)))
    assert (points == points.round(5)).all()


def test_bounds_hold_all():
    assert bounds_of(PAIR.values()) == pytest.approx((113.0, 22.0, 113.2, 22.1))
