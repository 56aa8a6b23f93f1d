"""The devices of the simulated city: some of each kind in every area that has no area below it."""

from collections.abc import Iterator
from dataclasses import dataclass

from brain.model.area import Area, AreaTree
from brain.model.reading import Device
from feeds.payloads.demo_chance import draw


@dataclass(frozen=True, slots=True)
class Kind:
    """`per_area` devices in each area, each reporting every `interval_s` seconds. `name` is what they are called."""

    id: str
    name: str
    per_area: int
    interval_s: int


KINDS = (
    Kind("water_level", "水位", 2, 30),
    Kind("air", "空气站", 1, 60),
    Kind("noise", "噪声", 1, 60),
    Kind("water_pressure", "测压点", 1, 60),
    Kind("parking", "停车场", 1, 120),
    Kind("manhole", "井盖", 3, 300),
    Kind("smoke", "烟感", 3, 300),
    Kind("rain", "雨量站", 1, 300),
)
SILENT_SHARE = 0.015  # of the devices never report again after the simulated past


def devices_of(tree: AreaTree, seed: int, feed: str) -> tuple[Device, ...]:
    """All devices, the same for the same tree and seed. `feed` is the feed their readings come in by."""
    leaves = [area for area in tree if not tree.children(area.id)]
    return tuple(
        _device(tree, seed, feed, area, kind, number)
        for area in leaves
        for kind in KINDS
        for number in range(1, kind.per_area + 1)
    )


def is_silent(device: Device, seed: int) -> bool:
    return draw(seed, "silent", device.id) < SILENT_SHARE


def _device(tree: AreaTree, seed: int, feed: str, area: Area, kind: Kind, number: int) -> Device:
    device_id = f"sim-{kind.id}-{area.id}-{number}"
    lon, lat = place_in(tree, area.id, seed, device_id)
    name = f"{kind.name} {area.label('zh')}{number:02d}"
    return Device(device_id, kind.id, name, area.id, lon, lat, kind.interval_s, feed, simulated=True)


def place_in(tree: AreaTree, area_id: str, seed: int, *about: object) -> tuple[float | None, float | None]:
    """A point inside the area, WGS-84; its middle, or nothing, where the area has no outline."""
    outline = tree.polygon(area_id)
    if outline is None:
        return tree.get(area_id).centroid or (None, None)
    west, south, east, north = outline.bounds
    for lon, lat in _tries(seed, about, west, south, east, north):
        if tree.locate(lon, lat) == area_id:
            return round(lon, 5), round(lat, 5)
    inside = outline.representative_point()
    return inside.x, inside.y


def _tries(
    seed: int, about: tuple[object, ...], west: float, south: float, east: float, north: float
) -> Iterator[tuple[float, float]]:
    for attempt in range(30):
        yield (
            west + (east - west) * draw(seed, "lon", *about, attempt),
            south + (north - south) * draw(seed, "lat", *about, attempt),
        )
