"""Where things are in the simulated city: the buildings of each area. Callers and devices share them, as in life."""

from collections.abc import Iterator

from brain.model.area import AreaTree
from feeds.payloads.demo_chance import draw

PER_AREA = 150

Place = tuple[float | None, float | None]
"""(lon, lat) in WGS-84; nothing where the area has neither outline nor middle."""


class Places:
    """Made area by area, when first asked for: finding points inside an outline takes a while."""

    def __init__(self, tree: AreaTree, seed: int) -> None:
        self._tree = tree
        self._seed = seed
        self._known: dict[str, tuple[Place, ...]] = {}

    def at(self, area_id: str, roll: float) -> Place:
        """One of the area's buildings. `roll` in [0, 1)."""
        known = self._known.get(area_id)
        if known is None:
            known = tuple(place_in(self._tree, area_id, self._seed, "place", n) for n in range(PER_AREA))
            self._known[area_id] = known
        return known[int(roll * PER_AREA)]


def place_in(tree: AreaTree, area_id: str, seed: int, *about: object) -> Place:
    """A point inside the area; its middle, or nothing, where the area has no outline."""
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
