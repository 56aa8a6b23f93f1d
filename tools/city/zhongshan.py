"""Makes cities/zhongshan/areas.geojson again: python -m tools.city.zhongshan <data folder> [output file]

The data folder holds boundaries/cn_amap_gcj02, boundaries/cn_codes and boundaries/cn_towns_points (their origin and
licences: cities/zhongshan/SOURCES.md). Real borders of the towns are not published under a free licence: the city is
cut half-way between the seats of its towns, and every outline is marked approximate (示意边界).
"""

import csv
import json
import sys
from dataclasses import dataclass
from math import hypot, pi, sin
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPoint, MultiPolygon, Point, Polygon
from shapely.ops import polygonize

from brain.model.area import Region
from brain.model.crs import Crs
from brain.model.geojson import read_geojson
from brain.model.geometry import label_point, plane_of, rounded, simplified

CITY = "442000"
OUTPUT = Path(__file__).parents[2] / "cities" / "zhongshan" / "areas.geojson"
POPULATION_AT = "2021-12-31"


@dataclass(frozen=True)
class Town:
    """`seats` are ids of GeoNames. Short names and spellings are ours; codes and full names come from the data."""

    code: str
    short: str
    english: str
    seats: tuple[str, ...]
    population: int
    population_at: str = POPULATION_AT


# Residents at the end of 2021 as published by the city's statistics bureau. It counts 民众 and 中山港 as one for that
# year (393,622), so these two carry the figures of the end of 2022.
TOWNS = (
    Town("442000001", "石岐", "Shiqi", ("1795060",), 260_394),
    Town("442000002", "东区", "Dongqu", ("8334020",), 216_792),
    Town("442000003", "中山港", "Zhongshangang", ("6919874",), 288_982, "2022-12-31"),
    Town("442000004", "西区", "Xiqu", ("8334021",), 134_428),
    Town("442000005", "南区", "Nanqu", ("8540822",), 91_146),  # the seat is listed under its former name 环城
    Town("442000006", "五桂山", "Wuguishan", ("1916128",), 46_227),
    Town("442000007", "民众", "Minzhong", ("1800449",), 119_776, "2022-12-31"),
    Town("442000008", "南朗", "Nanlang", ("1799932",), 114_049),
    Town("442000101", "黄圃", "Huangpu", ("1807302",), 189_052),
    Town("442000103", "东凤", "Dongfeng", ("1913121",), 204_258),
    Town("442000105", "古镇", "Guzhen", ("1809140",), 233_502),
    Town("442000106", "沙溪", "Shaxi", ("1795769",), 227_517),
    Town("442000107", "坦洲", "Tanzhou", ("1913154",), 387_157),
    Town("442000108", "港口", "Gangkou", ("1810763",), 141_030),
    Town("442000109", "三角", "Sanjiao", ("1913145",), 126_763),
    Town("442000110", "横栏", "Henglan", ("1808462",), 204_008),
    Town("442000111", "南头", "Nantou", ("1913126",), 160_349),
    Town("442000112", "阜沙", "Fusha", ("1913138",), 73_864),
    Town("442000114", "三乡", "Sanxiang", ("1796569",), 236_964),
    Town("442000115", "板芙", "Banfu", ("1913131",), 96_513),
    Town("442000116", "大涌", "Dayong", ("1813174",), 99_627),
    Town("442000117", "神湾", "Shenwan", ("1795585",), 39_184),
    Town("442000118", "小榄", "Xiaolan", ("1790113", "1916154"), 790_454),  # with 东升, merged into it in 2021
)
CITY_POPULATION = 4_466_900


def main(data: Path, output: Path = OUTPUT) -> None:
    boundaries = data / "boundaries"
    city = _city(boundaries / "cn_amap_gcj02" / "zhongshan_442000.geojson")
    names = _names(boundaries / "cn_codes" / "streets_seed.csv")
    seats = _seats(boundaries / "cn_towns_points" / "towns_geonames_wgs84.csv")
    if set(names) != {town.code for town in TOWNS}:
        sys.exit(f"the towns of the data are not the towns of this tool: {sorted(names)}")
    regions = cut(city, {town.code: [seats[seat] for seat in town.seats if seat in seats] for town in TOWNS})
    regions = {code: rounded(region) for code, region in simplified(regions, 30).items()}
    features = [_feature(CITY, None, "city", "中山市", "中山", "Zhongshan", CITY_POPULATION, POPULATION_AT, None)]
    for town in TOWNS:
        name, region = names[town.code], regions[town.code]
        population = (town.population, town.population_at)
        features.append(_feature(town.code, CITY, "town", name, town.short, town.english, *population, region))
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    output.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{output}: {len(features)} areas, {output.stat().st_size} bytes")


def cut(city: Region, seats: dict[str, list[tuple[float, float]]]) -> dict[str, Region]:
    """The part of the city nearest to each town's seats; the parts fit without gap or overlap."""
    plane = plane_of(city)
    ground = plane.to_metres(city)
    points = [(code, plane.to_metres(Point(seat))) for code, places in seats.items() for seat in places]
    borders = shapely.voronoi_polygons(
        MultiPoint([point for _, point in points]), extend_to=ground.buffer(20_000), only_edges=True
    )
    borders = shapely.transform(shapely.segmentize(borders, 250), _bent)
    network = shapely.union_all([borders, ground.boundary])  # not clipped first: ends must meet the coast exactly
    pieces: dict[str, list[Polygon]] = {code: [] for code in seats}
    for face in polygonize(network):
        if ground.contains(face.representative_point()):
            pieces[_owner(face, points)].append(face)
    _reunite(pieces, dict(points))
    return {code: plane.to_degrees(_whole(parts)) for code, parts in pieces.items()}


def _bent(points: Any) -> Any:
    """Bends the straight borders by up to 400 m: invented either way, they sit better beside a real coast."""
    x, y = points[:, 0] / 1000, points[:, 1] / 1000
    east = [260 * sin(2 * pi * b / 7.3) + 140 * sin(2 * pi * (a + b) / 4.1) for a, b in zip(x, y, strict=True)]
    north = [260 * sin(2 * pi * a / 6.7) + 140 * sin(2 * pi * (a - b) / 4.7) for a, b in zip(x, y, strict=True)]
    return points + np.column_stack([east, north])


def _owner(face: Polygon, points: list[tuple[str, Point]]) -> str:
    """The town whose seat is nearest to where the middle of the face was before bending."""
    middle = np.array(face.representative_point().coords)
    x, y = (middle - (_bent(middle) - middle))[0]
    return min(points, key=lambda item: hypot(item[1].x - x, item[1].y - y))[0]


def _reunite(pieces: dict[str, list[Polygon]], seats: dict[str, Point]) -> None:
    """A piece that the coast cut off from its town goes to the neighbour with the longest common border."""
    for code, parts in pieces.items():
        main_part = max(parts, key=lambda part: part.area)
        for part in [part for part in parts if part is not main_part and not part.touches(main_part)]:
            borders = {
                other: sum(part.intersection(piece).length for piece in theirs)
                for other, theirs in pieces.items()
                if other != code
            }
            nearest = max(borders, key=lambda other: borders[other])
            if borders[nearest] > 0:  # an island stays where it is
                parts.remove(part)
                pieces[nearest].append(part)


def _whole(parts: list[Polygon]) -> Polygon | MultiPolygon:
    return shapely.union_all(parts)


def _city(path: Path) -> Region:
    features, problems = read_geojson(path.read_bytes(), id_key="adcode", crs=Crs.GCJ02)
    if problems or len(features) != 1 or features[0].region is None:
        sys.exit(f"{path}: one polygon expected: {problems}")
    return features[0].region


def _names(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file) if row["areaCode"] == CITY}


def _seats(path: Path) -> dict[str, tuple[float, float]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["geonameid"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)}


def _feature(
    code: str, parent: str | None, level: str, name: str, short: str, english: str, people: int, at: str, region: Any
) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "id": code,
        "parent": parent,
        "level": level,
        "name": name,
        "name_en": english,
        "short": short,
        "population": people,
        "population_at": at,
    }
    if region is not None:
        properties |= {"label": list(label_point(region)), "approximate": True, "border": "示意边界"}
    geometry = None if region is None else json.loads(shapely.to_geojson(region))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*map(Path, sys.argv[1:]))
