"""The pack of Beijing's twelve air stations, built at run time, and their hours of 2016 as MQTT messages.

The readings are UCI 501, Beijing Multi-Site Air Quality (S. Chen, 2017, CC BY 4.0). Its files name the stations without
coordinates; those here are rounded to about a kilometre. An area is what lies nearest to a station, marked 示意边界.
"""

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import orjson
import pandas as pd
from shapely import MultiPoint, Point, voronoi_polygons
from shapely.geometry import mapping

ROOT = "110000"
STATIONS = {  # id in the file -> Chinese name, lon, lat (WGS-84)
    "Aotizhongxin": ("奥体中心", 116.40, 39.98),
    "Changping": ("昌平", 116.23, 40.22),
    "Dingling": ("定陵", 116.22, 40.29),
    "Dongsi": ("东四", 116.42, 39.93),
    "Guanyuan": ("官园", 116.34, 39.93),
    "Gucheng": ("古城", 116.18, 39.91),
    "Huairou": ("怀柔", 116.63, 40.33),
    "Nongzhanguan": ("农展馆", 116.46, 39.94),
    "Shunyi": ("顺义", 116.66, 40.13),
    "Tiantan": ("天坛", 116.41, 39.89),
    "Wanliu": ("万柳", 116.29, 39.99),
    "Wanshouxigong": ("万寿西宫", 116.35, 39.88),
}
POLLUTANTS = {  # column of the file -> metric of the config
    "PM2.5": "air_pm25_ugm3",
    "PM10": "air_pm10_ugm3",
    "SO2": "air_so2_ugm3",
    "NO2": "air_no2_ugm3",
    "CO": "air_co_ugm3",
    "O3": "air_o3_ugm3",
}
FILE = "iot_beijing_air/prsa_2016_12stations.csv.gz"
ZONE = timezone(timedelta(hours=8))  # the file's hours are Beijing time
CITY_YAML = f"""\
id: beijing
name: 北京市
name_en: Beijing
tz: Asia/Shanghai
root: "{ROOT}"
levels: [city, town]
crs: wgs84
bounds: [115.0, 39.0, 118.0, 41.5]
"""
_REACH_DEG = 0.14


def area_id(station: str) -> str:
    return f"bj_{station.lower()}"


def device_id(station: str) -> str:
    return f"air-{station.lower()}"


def build(folder: Path) -> None:
    """Write the pack into `folder`."""
    seats = {station: Point(lon, lat) for station, (_, lon, lat) in STATIONS.items()}
    cells = list(voronoi_polygons(MultiPoint(list(seats.values())), extend_to=Point(116.4, 40.1).buffer(2)).geoms)
    near = MultiPoint(list(seats.values())).buffer(_REACH_DEG)
    root: dict[str, object] = {
        "id": ROOT,
        "parent": None,
        "level": "city",
        "name": "北京市",
        "name_en": "Beijing",
        "short": "北京",
    }
    features: list[dict[str, object]] = [{"type": "Feature", "properties": root, "geometry": None}]
    for station, (name, _, _) in STATIONS.items():
        cell = next(cell for cell in cells if cell.contains(seats[station])).intersection(near)
        properties: dict[str, object] = {
            "id": area_id(station),
            "parent": ROOT,
            "level": "town",
            "name": name,
            "name_en": station,
        }
        properties |= {"short": name, "approximate": True}
        features.append({"type": "Feature", "properties": properties, "geometry": mapping(cell)})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "city.yaml").write_text(CITY_YAML, encoding="utf-8")
    (folder / "areas.geojson").write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))


def table(data: Path) -> pd.DataFrame:
    """The file as it is, in its order, with `at` (aware) beside year, month, day, hour."""
    with gzip.open(data / FILE, "rt") as text:
        rows = pd.read_csv(text)
    rows["at"] = pd.to_datetime(rows[["year", "month", "day", "hour"]]).dt.tz_localize(ZONE)
    return rows


def messages(data: Path) -> Iterator[tuple[datetime, str, bytes]]:
    """(time, topic, payload) of every station and hour, in time order. What the file does not have is left out."""
    names = list(POLLUTANTS)
    rows = table(data)
    for at, station, *values in zip(rows["at"], rows["station"], *(rows[name] for name in names), strict=True):
        metrics = {POLLUTANTS[name]: value for name, value in zip(names, values, strict=True) if value == value}
        if metrics:
            topic = f"city/{area_id(station)}/air/{device_id(station)}"
            moment = at.to_pydatetime()
            yield moment, topic, orjson.dumps({"at": round(moment.timestamp()), "metrics": metrics})
