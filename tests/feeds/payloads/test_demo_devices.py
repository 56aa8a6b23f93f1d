"""The simulated devices: where they stand and how many there are."""

from collections import Counter

from shapely import Point

from brain.model.area import Area, AreaTree
from feeds.payloads.demo_devices import KINDS, devices_of
from feeds.payloads.demo_places import PER_AREA, Places, place_in
from tests.small_city import CITY, VILLAGES, small_tree


def made(seed: int = 1, share: float = 0.02, **more: object):
    tree = small_tree()
    return devices_of(tree, Places(tree, seed), seed, "iot", share, **more)  # type: ignore[arg-type]


def test_all_kinds_are_everywhere_inside_their_area_and_as_many_as_were_asked_for():
    tree, devices = small_tree(), made()
    assert len({device.id for device in devices}) == len(devices)
    found = Counter(device.kind for device in devices)
    assert found == {kind.id: max(round(kind.total * 0.02), 1 if kind.central else 6) for kind in KINDS}
    places = {(device.area_id, device.kind) for device in devices}
    assert places == {(area, kind.id) for kind in KINDS for area in ([CITY] if kind.central else VILLAGES)}
    for device in devices:
        if device.area_id == CITY:
            assert (device.lon, device.lat) == (None, None)
            continue
        outline = tree.polygon(device.area_id)
        assert outline is not None
        assert outline.contains(Point(device.lon, device.lat))
        assert (device.simulated, device.feed) == (True, "iot")


def test_there_are_more_where_more_people_live():
    smoke = Counter(device.area_id for device in made(share=0.2) if device.kind == "smoke")
    assert smoke["0200101"] > 2 * smoke["0200202"]  # 60,000 and 20,000 people
    assert sum(smoke.values()) == 1000


def test_the_full_city_has_the_published_numbers():
    total = {kind.id: kind.total for kind in KINDS}
    assert total["smoke"] + total["boat"] == 5700
    assert total["extranet_line"] == 1349
    per_second = sum(kind.total / kind.interval_s for kind in KINDS if kind.id != "rain")
    assert 2 < per_second < 10  # the embedded broker takes some hundred, the disk keeps all of them for weeks


def test_boats_lie_where_there_is_a_port():
    boats = [device for device in made(share=0.1, ports=("0200101", "0200302")) if device.kind == "boat"]
    assert {device.area_id for device in boats} == {"0200101", "0200302"}
    assert len(boats) == 70


def test_the_same_seed_gives_the_same_devices_and_another_seed_other_places():
    one, other = made(), made(2)
    assert one == made()
    assert [device.id for device in one] == [device.id for device in other]
    placed = [(a, b) for a, b in zip(one, other, strict=True) if a.lon is not None]
    assert all((a.lon, a.lat) != (b.lon, b.lat) for a, b in placed)


def test_an_area_has_so_many_buildings_and_no_more():
    places = Places(small_tree(), 1)
    found = {places.at("0200101", n / 1000) for n in range(1000)}
    assert len(found) == PER_AREA


def test_an_area_without_outline_has_its_devices_in_its_middle_or_nowhere():
    root = Area("1", None, "city", "甲市", "A", (113.0, 22.0), None)
    known = Area("11", "1", "town", "乙镇", "B", (113.1, 22.1), None)
    unknown = Area("12", "1", "town", "丙镇", "C", None, None)
    tree = AreaTree([root, known, unknown], {})
    assert place_in(tree, "11", 1, "x") == (113.1, 22.1)
    assert place_in(tree, "12", 1, "x") == (None, None)
