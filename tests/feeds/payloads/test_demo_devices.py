"""The simulated devices: where they stand and how many there are."""

from collections import Counter

from shapely import Point

from brain.model.area import Area, AreaTree
from feeds.payloads.demo_devices import KINDS, devices_of, is_silent, place_in
from tests.small_city import VILLAGES, small_tree


def test_every_area_without_areas_below_has_all_kinds_inside_its_outline():
    tree = small_tree()
    devices = devices_of(tree, 1, "iot")
    assert len({device.id for device in devices}) == len(devices)
    found = Counter((device.area_id, device.kind) for device in devices)
    assert found == {(village, kind.id): kind.per_area for village in VILLAGES for kind in KINDS}
    for device in devices:
        outline = tree.polygon(device.area_id)
        assert outline is not None
        assert outline.contains(Point(device.lon, device.lat))
        assert device.simulated
        assert device.feed == "iot"


def test_the_same_seed_gives_the_same_devices_and_another_seed_other_places():
    tree = small_tree()
    assert devices_of(tree, 1, "iot") == devices_of(small_tree(), 1, "iot")
    one, other = devices_of(tree, 1, "iot"), devices_of(tree, 2, "iot")
    assert [device.id for device in one] == [device.id for device in other]
    assert all((a.lon, a.lat) != (b.lon, b.lat) for a, b in zip(one, other, strict=True))


def test_some_devices_are_silent():
    silent = [n for n in range(40) for device in devices_of(small_tree(), n, "iot") if is_silent(device, n)]
    assert 15 <= len(silent) <= 90  # 1.5 % of 3120


def test_an_area_without_outline_has_its_devices_in_its_middle_or_nowhere():
    root = Area("1", None, "city", "甲市", "A", (113.0, 22.0), None)
    known = Area("11", "1", "town", "乙镇", "B", (113.1, 22.1), None)
    unknown = Area("12", "1", "town", "丙镇", "C", None, None)
    tree = AreaTree([root, known, unknown], {})
    assert place_in(tree, "11", 1, "x") == (113.1, 22.1)
    assert place_in(tree, "12", 1, "x") == (None, None)
