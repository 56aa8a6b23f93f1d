"""The tree of areas: built whole or refused whole, and the same point always in the same area."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from brain.model.area import Area, AreaErrors, AreaTree


def area(area_id: str, parent_id: str | None, level: str = "town") -> Area:
    return Area(area_id, parent_id, level, f"{area_id}镇", f"Town {area_id}")


def square(west: float, south: float, size: float = 1.0) -> Polygon:
    return box(west, south, west + size, south + size)


@pytest.fixture
def tree() -> AreaTree:
    """City 1 of towns 11 and 12 side by side; town 11 has village 111 in its south-west quarter."""
    areas = [area("1", None, "city"), area("11", "1"), area("12", "1"), area("111", "11", "village")]
    outlines = {"11": square(0, 0), "12": square(1, 0), "111": square(0, 0, 0.5)}
    return AreaTree(areas, outlines)


def ids(areas) -> list[str]:
    return [a.id for a in areas]


def test_walks_up_and_down(tree):
    assert tree.root.id == "1"
    assert ids(tree.children("1")) == ["11", "12"]
    assert ids(tree.ancestors("111")) == ["111", "11", "1"]
    assert ids(tree.descendants("1")) == ["1", "11", "12", "111"]
    assert [tree.depth(i) for i in ("1", "11", "111")] == [0, 1, 2]
    assert ids(tree) == ["1", "11", "12", "111"]
    assert len(tree) == 4


def test_a_scope_holds_itself_and_what_is_below(tree):
    assert tree.contains("11", "11")
    assert tree.contains("1", "111")
    assert not tree.contains("111", "11")
    assert not tree.contains("12", "111")
    assert not tree.contains("1", "nowhere")
    assert not tree.contains("nowhere", "1")


@pytest.mark.parametrize("ask", ["get", "children", "ancestors", "descendants", "polygon", "depth"])
def test_an_unknown_id_is_a_key_error(tree, ask):
    result = getattr(tree, ask)
    with pytest.raises(KeyError):
        result("nowhere")
    assert "nowhere" not in tree


@pytest.mark.parametrize(
    ("point", "found"),
    [
        ((0.25, 0.25), "111"),
        ((0.75, 0.75), "11"),
        ((1.5, 0.5), "12"),
        ((0.5, 0.25), "111"),  # on the border of the village: still the deepest
        ((1.0, 0.75), "11"),  # on the border of two towns: the smaller id
        ((2.5, 0.5), None),
        ((nan, 0.5), None),
        ((0.5, inf), None),
    ],
)
def test_a_point_is_in_the_deepest_area(tree, point, found):
    assert tree.locate(*point) == found


def test_borders_do_not_depend_on_the_order_of_the_areas():
    areas = [area("1", None), area("b", "1"), area("a", "1"), area("c", "1")]
    outlines = {"a": square(0, 0), "b": square(1, 0), "c": square(1, 1)}
    for tree in (AreaTree(areas, outlines), AreaTree(areas[::-1], dict(reversed(outlines.items())))):
        assert [tree.locate(*point) for point in ((1.0, 0.5), (1.0, 1.0), (1.5, 1.0))] == ["a", "a", "b"]


def test_a_parent_without_outline_is_the_union_of_its_children(tree):
    assert tree.polygon("1").equals(box(0, 0, 2, 1))


def test_holes_belong_to_nobody_else():
    ring = Polygon(square(0, 0, 3).exterior, [square(1, 1).exterior])
    lake = AreaTree([area("1", None), area("11", "1")], {"11": ring})
    assert lake.locate(0.5, 0.5) == "11"
    assert lake.locate(1.5, 1.5) is None


def test_an_area_may_have_no_outline():
    listed = AreaTree([area("1", None), area("11", "1"), area("12", "1")], {"11": square(0, 0)})
    assert listed.polygon("12") is None
    assert listed.polygon("1") is None
    assert listed.locate(0.5, 0.5) == "11"


def test_a_district_alone_is_a_tree():
    assert AreaTree([area("440608", None, "county")]).root.level == "county"


def test_everything_wrong_is_said_at_once():
    broken = [
        area("1", None),
        area("2", None),
        area("11", "1"),
        area("11", "1"),
        area("12", "9"),
        area("a", "b"),
        area("b", "a"),
    ]
    with pytest.raises(AreaErrors) as caught:
        AreaTree(broken, {"77": square(0, 0)})
    assert {area_id for area_id, _ in caught.value.problems} == {"2", "11", "12", "a", "b", "77"}


@pytest.mark.parametrize("areas", [[], [area("a", "a")]])
def test_without_a_root_there_is_no_tree(areas):
    with pytest.raises(AreaErrors, match=r"no areas|no parent"):
        AreaTree(areas)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_ancestors_and_descendants_are_each_other_backwards(parents):
    """parents[k] says under which of the earlier areas area k+1 hangs."""
    areas = [area("0", None)] + [area(str(k), str(parent % k)) for k, parent in enumerate(parents, start=1)]
    tree = AreaTree(areas)
    for a in tree:
        for b in tree:
            below = a in tree.descendants(b.id)
            assert below == (b in tree.ancestors(a.id)) == tree.contains(b.id, a.id)
        assert tree.depth(a.id) == len(tree.ancestors(a.id)) - 1


def test_the_label_is_the_short_name_where_there_is_one():
    town = Area("1", None, "town", "石岐街道", "Shiqi Subdistrict", short="石岐")
    assert town.label("zh") == "石岐"
    assert town.label("en") == "Shiqi Subdistrict"
