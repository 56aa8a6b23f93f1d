"""The devices of the simulated city: so many of each kind, spread over the areas as its people are.

5,700 smoke detectors and boat terminals is the figure Potou publishes (2023 H1), 1,349 lines of the government network
the one of Zhongshan (2021 H1); the rest is what a city of four million might begin with. Most report seldom, as battery
devices do, and at once what cannot wait (`City.alarms`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from brain.model.area import Area, AreaTree
from brain.model.reading import Device
from feeds.payloads.demo_chance import draw
from feeds.payloads.demo_places import Places


@dataclass(frozen=True, slots=True)
class Kind:
    """`total` devices, each reporting every `interval_s` seconds; at least one in each area. `name` is what they are
    called. `central`: they stand for the whole city and have no place on the map."""

    id: str
    name: str
    total: int
    interval_s: int
    central: bool = False


KINDS = (
    Kind("water_level", "水位", 46, 300),
    Kind("water_pressure", "测压点", 46, 300),
    Kind("air", "空气站", 23, 300),
    Kind("water_quality", "水质站", 23, 1_800),
    Kind("rain", "雨量站", 23, 300),
    Kind("noise", "噪声", 46, 300),
    Kind("dust", "工地扬尘", 69, 300),
    Kind("parking", "停车场", 115, 300),
    Kind("manhole", "井盖", 230, 3_600),
    Kind("lift", "电梯", 460, 3_600),
    Kind("street_light", "路灯", 1150, 3_600),
    Kind("camera", "视频", 1000, 1_800),
    Kind("extranet_line", "外网线路", 1349, 3_600),
    Kind("cloud_host", "云主机", 60, 300, central=True),
    Kind("terminal", "移动终端", 700, 1_800),
    Kind("smoke", "烟感", 5000, 21_600),
    Kind("boat", "渔船", 700, 1200),
)
_CROWD = 50_000  # people of an area nobody counted


def devices_of(
    tree: AreaTree, places: Places, seed: int, feed: str, share: float = 1.0, ports: Sequence[str] = ()
) -> tuple[Device, ...]:
    """All devices, the same for the same arguments. `share` of each kind's total, `ports` are the areas that have boats
    (none given: all), `feed` is the feed their readings come in by."""
    leaves = [area for area in tree if not tree.children(area.id)]
    harbours = [area for area in leaves if area.id in ports] or leaves
    found = []
    for kind in KINDS:
        areas = [tree.root] if kind.central else harbours if kind.id == "boat" else leaves
        for area, count in zip(areas, _spread(kind.total * share, areas), strict=True):
            found += [_device(places, seed, feed, area, kind, number) for number in range(1, count + 1)]
    return tuple(found)


def _spread(total: float, areas: Sequence[Area]) -> Iterator[int]:
    """Whole numbers that together come to `total`, by people; none is less than one."""
    people = [area.population or _CROWD for area in areas]
    left, crowd = max(round(total), len(areas)), sum(people)
    for position, here in enumerate(people):
        most = left - (len(people) - position - 1)  # one is kept for each area to come
        count = min(max(round(left * here / crowd), 1), most)
        left, crowd = left - count, crowd - here
        yield count


def _device(places: Places, seed: int, feed: str, area: Area, kind: Kind, number: int) -> Device:
    device_id = f"sim-{kind.id}-{area.id}-{number}"
    lon, lat = (None, None) if kind.central else places.at(area.id, draw(seed, "place", device_id))
    name = f"{kind.name} {area.label('zh')}{number:02d}"
    return Device(device_id, kind.id, name, area.id, lon, lat, kind.interval_s, feed, simulated=True)
