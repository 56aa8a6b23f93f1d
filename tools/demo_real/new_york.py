"""The city pack of New York, built at run time from the data folder: five boroughs, 71 community districts.

Nothing of the data is kept in the project: its repositories state no licence of their own.
"""

import json
import re
from pathlib import Path
from typing import Any

import orjson

BOROUGHS = {  # borough number of the division codes -> names
    1: ("Manhattan", "曼哈顿"),
    2: ("Bronx", "布朗克斯"),
    3: ("Brooklyn", "布鲁克林"),
    4: ("Queens", "皇后区"),
    5: ("Staten Island", "史泰登岛"),
}
ROOT = "nyc"
CITY_YAML = """\
id: new_york
name: 纽约市
name_en: New York
tz: America/New_York
root: nyc
levels: [city, county, town]
crs: wgs84
bounds: [-74.5, 40.4, -73.5, 41.0]
calendar: {holidays: weekends, day_start: "09:00", day_end: "17:00"}
"""


def build(data: Path, folder: Path) -> dict[str, str]:
    """Write the pack into `folder`; the answer maps a ticket's `community_board` to the id of its area."""
    districts = json.loads((data / "boundaries/nyc/CD.geo.json").read_text(encoding="utf-8"))["features"]
    features = [_feature(ROOT, None, "city", "纽约市", "New York", "")]
    features += [_feature(str(n), ROOT, "county", zh, en, zh) for n, (en, zh) in BOROUGHS.items()]
    boards = {f"Unspecified {en.upper()}": str(n) for n, (en, _) in BOROUGHS.items()}
    for district in districts:
        feature, board = _district(district)
        features.append(feature)
        boards[board] = feature["properties"]["id"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "city.yaml").write_text(CITY_YAML, encoding="utf-8")
    (folder / "areas.geojson").write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    return boards


def _district(source: dict[str, Any]) -> tuple[dict[str, Any], str]:
    given = source["properties"]
    borough = next(number for number, (en, _) in BOROUGHS.items() if en == given["BOROUGH"])
    named = re.fullmatch(r"(.*) \(CD(\d+)\)", given["GEONAME"])
    if named is None:
        raise ValueError(f"unexpected district name {given['GEONAME']!r}")
    # Parks and airports carry GEOCODE 0, and one bears another borough's name: the number decides then.
    number = given["GEOCODE"] % 100 or int(named[2])
    right = number == int(named[2])
    name_en = f"{named[1]}" if right and named[1] != given["BOROUGH"] else f"{given['BOROUGH']} CD{number}"
    zh = BOROUGHS[borough][1]
    short = f"{zh[0]}{number}"
    area = _feature(f"{borough}{number:02d}", str(borough), "town", f"{zh} {number} 区", name_en, short)
    area["geometry"] = source["geometry"]
    return area, f"{number:02d} {given['BOROUGH'].upper()}"


def _feature(area_id: str, parent: str | None, level: str, name: str, name_en: str, short: str) -> dict[str, Any]:
    properties = {"id": area_id, "parent": parent, "level": level, "name": name, "name_en": name_en, "short": short}
    return {"type": "Feature", "properties": properties, "geometry": None}
