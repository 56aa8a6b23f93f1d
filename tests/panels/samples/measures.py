"""What devices measure: now, on the map, over time."""

from collections.abc import Mapping
from dataclasses import replace
from math import pi, sin
from typing import Any

from brain.model.alert import Level
from brain.model.area import Area
from brain.model.history import Point
from brain.model.query.answer import Answer, Provenance, Query
from brain.model.query.devices import AwayDevice, DevicesOnline, KindOnline, OnlineNow
from brain.model.query.history import DeviceHistory, History, MetricLast
from brain.model.query.map import AreaMap, MapArea, MapDevice, MapPin, MapView
from brain.model.query.readings import Environment, MetricNow
from brain.model.query.warnings import WeatherMeasured
from dashboard.panel import CityFacts
from tests.panels.samples.alerts import alert_row, red_row
from tests.panels.samples.base import (
    DAY,
    HOSTILE,
    HOUR,
    METRICS,
    MINUTE,
    NOW_MS,
    WATER,
    Maker,
    device_of,
    live_answer,
    place_of,
    worded,
)


def _environment(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, Environment)
    if kind == "empty":
        return live_answer(())
    rows = []
    for i, (metric, mean, worst, level) in enumerate(METRICS[: query.limit]):
        hours = tuple(
            None if h == 5 and i == 3 else mean * (1 + 0.25 * sin((h + 3 * i) / 24 * 2 * pi)) for h in range(24)
        )
        shown = replace(metric, name=HOSTILE, name_en=HOSTILE, unit=HOSTILE) if kind == "hostile" else metric
        device = device_of(city, worded(("岐江涵洞 A", "紫马岭站", "张溪站")[i % 3], kind), i=i)
        rows.append(MetricNow(shown, mean, worst, device, 118 - 9 * i, 3 * i, i % 3, NOW_MS - 12_000, hours, level))
    origins = tuple(
        Provenance(row.metric.id, "formula.metric_mean", row.fresh, row.fresh + row.old, ("hotline",)) for row in rows
    )
    return replace(live_answer(tuple(rows)), provenance=origins)


def _devices(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, DevicesOnline)
    if kind == "empty":
        return live_answer(OnlineNow((), ()))
    rows = (
        ("smoke", "烟感", "Smoke detector", 5214, 0, 41, 6),
        ("air", "空气站", "Air station", 0, 0, 0, 23),
        ("manhole", "井盖", "Manhole", 640, 2, 5, 0),
        ("rain", "雨量站", "Rain gauge", 23, 0, 0, 0),
    )
    kinds = tuple(KindOnline(k, worded(zh, kind), worded(en, kind), *counts) for k, zh, en, *counts in rows)
    below = city.areas.children(area.id) or (area,)
    states = (("old", NOW_MS - 9 * DAY), ("old", NOW_MS - 47 * MINUTE), ("down", NOW_MS - 3 * HOUR), ("never", None))
    away = tuple(
        AwayDevice(f"JG-{i:04}", worded(f"井盖 JG-{i:04}", kind), "manhole", below[i % len(below)].id, *states[i % 4])
        for i in range(query.limit)
    )
    now = OnlineNow(kinds, away)
    return replace(
        live_answer(now), provenance=(Provenance("online", "formula.devices_online", now.online, now.total),)
    )


def _map(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, AreaMap)
    below = city.areas.children(area.id) or (area,)
    areas = []
    for i, part in enumerate(below):
        value = round(4.8 + (i * 37 % 127) / 10, 2)
        state = "none" if kind == "empty" or (i == len(below) - 2 and i > 2) else "stale" if i == 5 else "value"
        areas.append(MapArea(part.id, None if state == "none" else value, state, NOW_MS - 12_000))
    if kind == "empty":
        return live_answer(MapView(tuple(areas), (), (), "map.unit.per_10k"))
    pins = []
    for i, (level, title) in enumerate(
        ((Level.ORANGE, "暴雨预警"), (Level.YELLOW, "臭氧偏高"), (Level.BLUE, "道路拥堵"))
    ):
        place = below[(i * 7 + 2) % len(below)].id
        lon, lat = place_of(city, place, i)
        pins.append(MapPin(f"alert-{i}", level, lon, lat, worded(title, kind), worded(f"Alert {i}", kind), place))
    devices = []
    for i in range(60):
        place = below[i % len(below)].id
        lon, lat = place_of(city, place, i)
        state = ("fresh", "fresh", "fresh", "old", "never")[i % 5]
        devices.append(MapDevice(f"d{i}", "water", lon, lat, state, worded(f"水位计 {i}", kind), place))
    metric = next((m for m, *_ in METRICS if m.id == query.colour), None)
    if metric is not None and kind == "hostile":
        metric = replace(metric, name=HOSTILE, name_en=HOSTILE, unit=HOSTILE)
    key = "map.unit.per_10k" if metric is None else "map.unit.metric"
    origin = Provenance("areas", "formula.tickets_per_10k", 640, sources=("hotline",))
    return replace(
        live_answer(
            MapView(tuple(areas), tuple(pins), tuple(devices), key, metric, {"fresh": 9036, "old": 12, "never": 12})
        ),
        provenance=(origin,),
    )


def history(city: CityFacts, kind: str = "normal", **more: Any) -> History:
    """A day of a gauge by five minutes with a gap, a bad value and an alert; before it the same, lower."""
    device = device_of(city, worded("岐江涵洞 A", kind))
    start = NOW_MS - DAY

    def points(begin: int, rise: float) -> tuple[Point, ...]:
        found = []
        for i in range(288):
            end, mean = begin + (i + 1) * 5 * MINUTE, rise + 0.3 * (1 + sin(i / 40))
            found.append(Point(end - 5 * MINUTE, end, mean, mean - 0.05, mean + 0.1, 5, 0))
        found[200] = replace(found[200], mean=None, low=None, high=None, count=0, bad=5)
        return tuple(found[:90] + found[120:])

    given: dict[str, Any] = {
        "device": device,
        "speaks": "fresh",
        "reported_ms": NOW_MS - MINUTE,
        "metrics": (MetricLast(WATER, 0.42, NOW_MS - MINUTE), MetricLast(METRICS[1][0], None, NOW_MS - MINUTE)),
        "metric": WATER,
        "start_ms": start,
        "end_ms": NOW_MS,
        "span_s": 300,
        "step_s": 900.0,
        "points": () if kind == "empty" else points(start, 0.0),
        "before": () if kind == "empty" else points(start - DAY, -0.1),
        "limits": ((Level.RED, 0.6), (Level.YELLOW, 0.3)),
        "alerts": () if kind == "empty" else (red_row(city, kind), alert_row(city, 1, kind, opened_ms=start - HOUR)),
        "alerts_total": 2,
    }
    return History(**(given | more))


def _history(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    origin = Provenance("history", "formula.device_history", sources=("iot",), excluded=(("excluded.value_bad", 5),))
    return Answer(history(city, kind), NOW_MS - MINUTE, simulated=True, provenance=(origin,))


def _measured(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    found = _environment(Environment(limit=4), city, area, kind)
    return replace(found, stale_after_s=None, sources=())


MAKERS: Mapping[type[Query], Maker] = {
    Environment: _environment,
    DevicesOnline: _devices,
    AreaMap: _map,
    DeviceHistory: _history,
    WeatherMeasured: _measured,
}
