"""What all samples share: moments, words, places and devices of the city, and answers around a value."""

from collections.abc import Callable
from math import sin
from typing import Any

from brain.model.alert import Level
from brain.model.area import Area, AreaTree
from brain.model.facts import Name
from brain.model.geometry import areas_as_geojson, bounds_of, hatches, water_lines
from brain.model.query.answer import Answer, Query, SourceState
from brain.model.reading import Device, Metric
from dashboard.panel import CityFacts

Maker = Callable[[Query, CityFacts, Area, str], Answer[Any]]
"""(query, city, area, kind) -> what the brain would answer."""

TZ = "Asia/Shanghai"
NOW_MS = 1_626_243_968_000  # Wednesday 2021-07-14 14:26:08 in Shanghai
DAY_MS = 1_626_192_000_000  # its midnight
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
KINDS = ("normal", "empty", "stale", "failed", "hostile")
HOSTILE = '<img src=x onerror=alert(1)><b>b</b>{x}$y$ =HYPERLINK("http://x")\u202eevil\x00%{z} javascript:alert(1)'
WATER = Metric("water_level_m", "积水深度", "Water depth", "m", 2, 0, 20)
METRICS = (
    (WATER, 0.18, 0.62, Level.RED),
    (Metric("air_pm25_ugm3", "PM2.5", "PM2.5", "µg/m³", 0, 0, 1000), 31.4, 88.0, None),
    (Metric("air_o3_ugm3", "臭氧", "Ozone", "µg/m³", 0, 0, 1000), 148.0, 214.0, Level.YELLOW),
    (Metric("air_temperature_c", "气温", "Temperature", "°C", 1, -60, 60), 31.6, 36.2, None),
    (Metric("noise_db", "环境噪声", "Noise", "dB", 0, 0, 150), 58.2, 83.0, None),
    (Metric("manhole_open", "井盖倾角", "Manhole tilt", "°", 1, 0, 180), 0.4, 12.0, Level.BLUE),
)


def shapes_of(tree: AreaTree) -> dict[str, Any]:
    """Screen geometry as a city pack gives it."""
    outline = tree.polygon(tree.root.id)
    return {
        "areas": areas_as_geojson(tree, 0),
        "water_lines": water_lines(outline) if outline is not None else [],
        "hatch": hatches(tree),
        "labels": [],
        "inset": None,
        "bounds": list(bounds_of([outline])) if outline is not None else None,
        "approximate": False,
    }


def city_of(tree: AreaTree) -> CityFacts:
    kinds = {"water_level": Name("内涝水位站", "Flood gauge")}
    return CityFacts("small", tree.root.name, tree.root.name_en, TZ, tree, shapes_of(tree), kinds)


def source(status: str = "well", title: str = "12345 工单", **more: Any) -> SourceState:
    given: dict[str, Any] = {
        "feed": "hotline",
        "title": title,
        "title_en": "Hotline 12345" if title == "12345 工单" else title,
        "status": status,
        "since_ms": NOW_MS - 6 * MINUTE,
        "last_item_ms": NOW_MS - 12_000,
        "stale_after_s": 900.0,
        "cause": "" if status == "well" else "cause.unreachable connection refused",
        "next_try_ms": None if status == "well" else NOW_MS + 41_000,
        "simulated": True,
    }
    return SourceState(**(given | more))


def live_answer(value: Any) -> Answer[Any]:
    return Answer(value, NOW_MS - 12_000, (source(),), True, 900.0)


def kept_answer(value: Any) -> Answer[Any]:
    """What the brain itself keeps: no source, never stale."""
    return Answer(value, NOW_MS - MINUTE, (), True)


def worded(plain: str, kind: str) -> str:
    return HOSTILE if kind == "hostile" else plain


def device_of(city: CityFacts, name: str, kind: str = "water", i: int = 0) -> Device:
    place = leaf_of(city, i)
    lon, lat = place_of(city, place, i)
    return Device(f"{kind}-{i}", kind, name, place, lon, lat, 60, "iot", simulated=True)


def leaf_of(city: CityFacts, i: int) -> str:
    below = city.areas.children(city.areas.root.id) or (city.areas.root,)
    return below[i % len(below)].id


def place_of(city: CityFacts, area_id: str, i: int) -> tuple[float, float]:
    outline = city.areas.polygon(area_id)
    if outline is None:
        return 113.3, 22.5
    point = outline.representative_point()
    return round(point.x + 0.004 * sin(i * 1.7), 5), round(point.y + 0.004 * sin(i * 2.9), 5)
