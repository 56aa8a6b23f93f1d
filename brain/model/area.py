"""The tree of areas of a city: any depth, levels may be absent, the root may be a district.

Ids are the city's own (division codes, as strings: they may begin with zeros). Polygons are WGS-84, x = lon, y = lat.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TypeAlias

import shapely
from shapely import STRtree
from shapely.geometry import MultiPolygon, Point, Polygon

LonLat = tuple[float, float]
Region: TypeAlias = Polygon | MultiPolygon

LEVELS = ("city", "county", "town", "village", "grid")  # 市, 区县, 镇街, 村社, 网格


@dataclass(frozen=True, slots=True)
class Area:
    """One node. `level` is one of LEVELS; `short`/`short_en` are for map labels; `centroid` is where a label stands.

    `population` is residents as published (None: not published), `approximate` marks 示意边界.
    """

    id: str
    parent_id: str | None
    level: str
    name: str
    name_en: str
    centroid: LonLat | None = None
    population: int | None = None
    short: str = ""
    short_en: str = ""
    approximate: bool = False

    def label(self, lang: str) -> str:
        """What to call it where room is short."""
        return (self.short_en or self.name_en) if lang == "en" else (self.short or self.name)


class AreaErrors(ValueError):
    """Everything wrong with a set of areas; `problems` are (area id, message) in the order of the input."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{area_id}: {message}" for area_id, message in problems))
        self.problems = problems


_FAR_DEG = 0.25  # some 25 km: who calls from the edge of the city may stand beyond it


class AreaTree:
    """Immutable. Methods that take an id raise KeyError for an unknown one, except `contains` and `in`."""

    __slots__ = ("_areas", "_bounds", "_children", "_depth", "_index", "_indexed_ids", "_polygons", "root")

    root: Area

    def __init__(self, areas: Iterable[Area], polygons: Mapping[str, Region] | None = None) -> None:
        """Raises AreaErrors naming every fault at once.

        An area without a polygon takes the union of its children's where all of them have one.
        """
        nodes = tuple(areas)
        problems = _problems(nodes)
        self._areas = {area.id: area for area in nodes}
        problems += [(i, "has a polygon but is not an area") for i in polygons or {} if i not in self._areas]
        if problems:
            raise AreaErrors(problems)
        self._children: dict[str, tuple[str, ...]] = {area.id: () for area in nodes}
        for area in nodes:
            if area.parent_id is not None:
                self._children[area.parent_id] += (area.id,)
        self.root = next(area for area in nodes if area.parent_id is None)
        self._depth = {area.id: len(tuple(self._up(area.id))) - 1 for area in nodes}
        self._polygons = self._with_unions(dict(polygons or {}))
        self._indexed_ids = tuple(sorted(self._polygons))
        shapes = [self._polygons[area_id] for area_id in self._indexed_ids]
        shapely.prepare(shapes)
        self._index = STRtree(shapes)
        self._bounds = shapely.total_bounds(shapes) if shapes else None

    def __iter__(self) -> Iterator[Area]:
        """All areas, in the order given."""
        return iter(self._areas.values())

    def __len__(self) -> int:
        return len(self._areas)

    def __contains__(self, area_id: object) -> bool:
        return area_id in self._areas

    def get(self, area_id: str) -> Area:
        return self._areas[area_id]

    def children(self, area_id: str) -> tuple[Area, ...]:
        """Direct children, in the order given."""
        return tuple(self._areas[child] for child in self._children[area_id])

    def ancestors(self, area_id: str) -> tuple[Area, ...]:
        """The area itself first, the root last."""
        return tuple(self._areas[i] for i in self._up(area_id))

    def descendants(self, area_id: str) -> tuple[Area, ...]:
        """The area itself first, then everything below it, parents before children."""
        found = [area_id]
        for i in found:  # grows while it is walked
            found.extend(self._children[i])
        return tuple(self._areas[i] for i in found)

    def contains(self, scope_id: str, area_id: str) -> bool:
        """Whether `area_id` is `scope_id` or lies below it. Unknown ids are in nothing and hold nothing."""
        return area_id in self._areas and scope_id in self._areas and scope_id in self._up(area_id)

    def depth(self, area_id: str) -> int:
        """0 for the root."""
        return self._depth[area_id]

    def polygon(self, area_id: str) -> Region | None:
        """WGS-84 outline, None where the city gave none."""
        self._areas[area_id]  # an unknown id is an error, a known one without outline is not
        return self._polygons.get(area_id)

    def locate(self, lon: float, lat: float) -> str | None:
        """The deepest area whose polygon holds the point (WGS-84 degrees), None outside all.

        A point on a border belongs to all its neighbours; of the deepest ones the smallest id is taken, so that the
        same point always gets the same area.
        """
        if not (isfinite(lon) and isfinite(lat)):
            return None
        point = Point(lon, lat)
        holders = [
            self._indexed_ids[k] for k in self._index.query(point) if self._polygons[self._indexed_ids[k]].covers(point)
        ]
        return min(holders, key=lambda i: (-self._depth[i], i), default=None)

    def is_far(self, lon: float, lat: float) -> bool:
        """Whether a place (WGS-84 degrees) cannot be of this city: beyond _FAR_DEG around its areas. Never where
        no area has an outline."""
        if self._bounds is None:
            return False
        west, south, east, north = self._bounds
        return not (west - _FAR_DEG <= lon <= east + _FAR_DEG and south - _FAR_DEG <= lat <= north + _FAR_DEG)

    def _up(self, area_id: str) -> Iterator[str]:
        at: str | None = area_id
        while at is not None:
            yield at
            at = self._areas[at].parent_id

    def _with_unions(self, polygons: dict[str, Region]) -> dict[str, Region]:
        for area_id in sorted(self._areas, key=self._depth.__getitem__, reverse=True):
            children = self._children[area_id]
            if area_id not in polygons and children and all(child in polygons for child in children):
                polygons[area_id] = shapely.union_all([polygons[child] for child in children])
        return polygons


def _problems(nodes: tuple[Area, ...]) -> list[tuple[str, str]]:
    problems: list[tuple[str, str]] = []
    parents: dict[str, str | None] = {}
    for area in nodes:
        if area.id in parents:
            problems.append((area.id, "is there more than once"))
        parents.setdefault(area.id, area.parent_id)
    roots = [area_id for area_id, parent_id in parents.items() if parent_id is None]
    if not nodes:
        problems.append(("", "there are no areas"))
    elif not roots:
        problems.append(("", "no area is the root: one must have no parent"))
    problems += [(extra, f"is a second root beside {roots[0]}: give it a parent") for extra in roots[1:]]
    problems += [
        (area_id, f"has the unknown parent {parent_id}")
        for area_id, parent_id in parents.items()
        if parent_id is not None and parent_id not in parents
    ]
    return problems + [(area_id, "is its own ancestor") for area_id in parents if _in_cycle(area_id, parents)]


def _in_cycle(area_id: str, parents: dict[str, str | None]) -> bool:
    seen: set[str] = set()
    at = parents[area_id]
    while at is not None and at in parents and at not in seen:
        if at == area_id:
            return True
        seen.add(at)
        at = parents[at]
    return False
