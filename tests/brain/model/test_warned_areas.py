"""Areas of warnings: by code in all its lengths, by shapes, merged upwards."""

import pytest
from shapely.geometry import box

from brain.model.area import Area, AreaTree
from brain.model.warned_areas import area_of_code, circle, outline, touched
from tests.small_city import CITY, TOWNS, small_tree

TREE = small_tree()
ZHONGSHAN = AreaTree(
    [Area("442000", None, "city", "中山市", "Zhongshan"), Area("442000001", "442000", "town", "石岐", "Shiqi")],
    {"442000001": box(113, 22, 114, 23)},
)


@pytest.mark.parametrize(
    ("code", "area"),
    [
        ("442000001", "442000001"),
        ("442000001000", "442000001"),
        ("442000000000", "442000"),
        ("440000", "442000"),  # the province holds the city
        ("440000000000", "442000"),
        ("440100", None),
        ("442001", None),
        ("442000999", None),
        ("006109", None),
        ("44", None),
        ("", None),
        ("four", None),
    ],
)
def test_codes(code: str, area: str | None) -> None:
    assert area_of_code(ZHONGSHAN, code) == area


def square(west: float, south: float, east: float, north: float) -> tuple[str, ...]:
    return touched(TREE, [outline([(west, south), (east, south), (east, north), (west, north)])])


def test_shapes_reach_towns_and_merge_into_the_city() -> None:
    assert square(113.05, 22.1, 113.15, 22.3) == (TOWNS[0],)
    assert square(113.1, 22.1, 113.3, 22.3) == TOWNS[:2]
    assert square(112.0, 21.0, 115.0, 24.0) == (CITY,)
    assert square(113.1, 22.1, 113.5, 22.11) == (CITY,)  # every town is reached
    assert square(112.0, 22.0, 113.0, 22.4) == ()  # a common border is no reaching
    assert touched(TREE, [circle((113.1, 22.2), 0), circle((113.5, 22.2), 1)]) == (TOWNS[0], TOWNS[2])
    assert touched(AreaTree([Area("x", None, "city", "x", "x")]), [circle((113.1, 22.2), 5)]) == ()


def test_a_circle_has_its_radius() -> None:
    west, south, east, north = circle((113.0, 60.0), 111.2).bounds
    assert (north - south, east - west) == pytest.approx((2, 4), rel=0.01)


@pytest.mark.parametrize("points", [[], [(113, 22), (114, 22)], [(113, 22), (114, 23), (113, 22)], [(22, 113)] * 4])
def test_what_is_no_shape(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match=r"polygon|earth"):
        outline(points)


@pytest.mark.parametrize("radius", [-1.0, 1e9, float("nan")])
def test_what_is_no_circle(radius: float) -> None:
    with pytest.raises(ValueError, match="radius"):
        circle((113, 22), radius)
