"""A small invented city for tests: one city, three towns, two villages each, all squares, nothing of it real.

The tree (x = lon, y = lat, towns side by side from west to east, each cut into a south and a north village):

    020          澄州市     113.0..113.6 x 22.0..22.4
      02001      东渡镇     113.0..113.2   100,000 people
        0200101  渡南村     lat 22.0..22.2  60,000
        0200102  渡北村     lat 22.2..22.4  40,000
      02002      柳湾镇     113.2..113.4    50,000
        0200201, 0200202
      02003      石桥街道   113.4..113.6    20,000
        0200301, 0200302 (without published population)
"""

from collections.abc import Mapping
from types import MappingProxyType

from shapely.geometry import box

from brain.model.alert import Level, Rule, RuleKind, Trip
from brain.model.area import Area, AreaTree
from brain.model.calendar import WorkCalendar
from brain.model.case import CaseType, ClockKind, ClockRule, Transition
from brain.model.facts import Facts, FeedFacts, Name
from brain.model.indicator import Good, IndicatorDef
from brain.model.reading import Device, Metric

CITY = "020"
TOWNS = ("02001", "02002", "02003")
VILLAGES = ("0200101", "0200102", "0200201", "0200202", "0200301", "0200302")

_TOWN_NAMES = (
    ("东渡镇", "Dongdu Town", "东渡"),
    ("柳湾镇", "Liuwan Town", "柳湾"),
    ("石桥街道", "Shiqiao Street", "石桥"),
)
_TOWN_PEOPLE = (100_000, 50_000, 20_000)
_VILLAGE_NAMES = (
    ("渡南村", "Dunan"),
    ("渡北村", "Dubei"),
    ("湾南村", "Wannan"),
    ("湾北村", "Wanbei"),
    ("桥南社区", "Qiaonan"),
    ("桥北社区", "Qiaobei"),
)
_VILLAGE_PEOPLE: tuple[int | None, ...] = (60_000, 40_000, 30_000, 20_000, 20_000, None)


def small_tree() -> AreaTree:
    areas = [Area(CITY, None, "city", "澄州市", "Chengzhou", (113.3, 22.2), 170_000, "澄州", "Chengzhou")]
    polygons = {}
    for i, (town, (name, name_en, short)) in enumerate(zip(TOWNS, _TOWN_NAMES, strict=True)):
        west = 113.0 + 0.2 * i
        centre = (round(west + 0.1, 3), 22.2)
        areas.append(Area(town, CITY, "town", name, name_en, centre, _TOWN_PEOPLE[i], short, name_en.split()[0]))
    for i, (village, (name, name_en)) in enumerate(zip(VILLAGES, _VILLAGE_NAMES, strict=True)):
        west, south = 113.0 + 0.2 * (i // 2), 22.0 + 0.2 * (i % 2)
        centre = (round(west + 0.1, 3), round(south + 0.1, 3))
        areas.append(Area(village, TOWNS[i // 2], "village", name, name_en, centre, _VILLAGE_PEOPLE[i]))
        polygons[village] = box(west, south, west + 0.2, south + 0.2)
    return AreaTree(areas, polygons)  # towns and the city are the unions of their villages


def _rules() -> Mapping[str, Rule]:
    rules = (
        Rule(
            "water_yellow",
            RuleKind.THRESHOLD,
            "积水偏高",
            "Water rising",
            Level.YELLOW,
            "water",
            metric="water_level_m",
            device_kind="water",
            raise_at=0.3,
            clear_at=0.2,
        ),
        Rule(
            "water_red",
            RuleKind.THRESHOLD,
            "严重内涝",
            "Flooding",
            Level.RED,
            "water",
            metric="water_level_m",
            device_kind="water",
            raise_at=0.6,
            clear_at=0.5,
            pending_for_s=60,
            keep_firing_for_s=120,
        ),
        Rule(
            "air_orange",
            RuleKind.THRESHOLD,
            "细颗粒物超标",
            "PM2.5 too high",
            Level.ORANGE,
            "environment",
            metric="air_pm25_ugm3",
            device_kind="air",
            raise_at=115.0,
            clear_at=100.0,
        ),
        Rule(
            "cold_blue",
            RuleKind.THRESHOLD,
            "低温",
            "Cold",
            Level.BLUE,
            "environment",
            metric="air_temperature_c",
            trip=Trip.BELOW,
            raise_at=5.0,
            clear_at=7.0,
        ),
        Rule("device_silent", RuleKind.SILENT, "设备失联", "Device silent", Level.YELLOW, "bureau", factor=3.0),
        Rule(
            "contact_late",
            RuleKind.CLOCK,
            "紧急诉求联系超时",
            "Urgent request not contacted",
            Level.ORANGE,
            "hotline",
            case_type="ticket",
            clock="contact",
            urgent_only=True,
        ),
        Rule(
            "close_late",
            RuleKind.CLOCK,
            "工单办结超时",
            "Ticket past its deadline",
            Level.YELLOW,
            "hotline",
            case_type="ticket",
            clock="close",
        ),
    )
    return MappingProxyType({rule.id: rule for rule in rules})


def _ticket_type() -> CaseType:
    """The type "ticket": received -> dispatched -> handling -> closed."""
    close = ClockRule("close", "办结", "Close", ClockKind.WORKING, "received", ("closed",), working_days=3)
    return CaseType(
        id="ticket",
        states=("received", "dispatched", "handling", "closed"),
        initial="received",
        final=("closed",),
        transitions=(
            Transition("dispatch", ("received",), "dispatched"),
            Transition("return", ("dispatched", "handling"), "received", needs_reason=True),
            Transition("sign", ("dispatched",), "handling"),
            Transition("close", ("received", "dispatched", "handling"), "closed"),
        ),
        clocks=(close,),
        urgent_clocks=(
            ClockRule(
                "contact", "联系", "Contact", ClockKind.ELAPSED, "received", ("dispatched", "closed"), seconds=3600
            ),
            ClockRule("arrive", "到场", "Arrive", ClockKind.ELAPSED, "received", ("handling", "closed"), seconds=7200),
            close,
        ),
    )


def _indicators() -> Mapping[str, IndicatorDef]:
    defs = (
        IndicatorDef(
            "hotline_received_total", "12345 受理诉求", "Requests received", "件次", Good.NONE, "hotline", 0, "hotline"
        ),
        IndicatorDef(
            "hotline_received_daily", "日均受理", "Received a day", "件次/日", Good.NONE, "hotline", 0, "hotline"
        ),
        IndicatorDef("hotline_dispatched_total", "派单", "Dispatched", "件次", Good.NONE, "hotline", 0, "hotline"),
        IndicatorDef("hotline_on_time_ratio", "按时办结率", "Closed on time", "%", Good.UP, "hotline", 2, "hotline"),
        IndicatorDef("data_catalogue_items_total", "归集数据", "Records gathered", "条", Good.UP, "data", 0, "bureau"),
    )
    return MappingProxyType({definition.id: definition for definition in defs})


def small_feeds() -> Mapping[str, FeedFacts]:
    return MappingProxyType(
        {
            "iot": FeedFacts(Name("物联感知", "Sensors"), "readings", 300.0, True),
            "hotline": FeedFacts(Name("12345 热线", "Hotline 12345"), "tickets", 900.0, True),
            "letters": FeedFacts(Name("网上信箱", "Letters"), "tickets", 86400.0, False),
            "figures": FeedFacts(Name("公开数据", "Published figures"), "indicators", 1e9, False),
        }
    )


def small_city(tz: str = "Asia/Shanghai") -> Facts:
    """The facts of the small city. `tz` may be any zone; tests of day borders use one that is half an hour off."""
    return Facts(
        tree=small_tree(),
        tz=tz,
        calendar=WorkCalendar(tz=tz),
        metrics=MappingProxyType(
            {
                metric.id: metric
                for metric in (
                    Metric("air_pm25_ugm3", "PM2.5", "PM2.5", "µg/m³", 0, 0, 1000),
                    Metric("air_temperature_c", "气温", "Temperature", "°C", 1, -60, 60),
                    Metric("water_level_m", "积水深度", "Water depth", "m", 2, 0, 20),
                )
            }
        ),
        device_kinds=MappingProxyType({"air": Name("空气", "Air"), "water": Name("水位", "Water")}),
        rules=_rules(),
        case_types=MappingProxyType({"ticket": _ticket_type()}),
        indicators=_indicators(),
        headline=(
            ("hotline_received_total", ("hotline_received_daily", "hotline_dispatched_total")),
            ("hotline_on_time_ratio", ()),
            ("data_catalogue_items_total", ()),
        ),
        categories=MappingProxyType(
            {
                "noise": Name("噪音扰民", "Noise"),
                "road": Name("道路交通", "Roads"),
                "water": Name("供水排水", "Water"),
                "gas": Name("燃气", "Gas"),
            }
        ),
        units=MappingProxyType(
            {
                "hotline": Name("12345 中心", "Hotline centre"),
                "water": Name("水务局", "Water bureau"),
                "environment": Name("生态环境局", "Environment bureau"),
                "bureau": Name("政数局", "Data bureau"),
            }
        ),
        feeds=small_feeds(),
    )


def small_devices() -> tuple[Device, ...]:
    """Two devices in each of the first five villages (air, water), none in the sixth; reporting each minute."""
    found = []
    for i, village in enumerate(VILLAGES[:-1]):
        lon, lat = round(113.05 + 0.2 * (i // 2), 3), round(22.05 + 0.2 * (i % 2), 3)
        for kind, name in (("air", "空气站"), ("water", "水位计")):
            found.append(
                Device(f"{kind}-{i + 1}", kind, f"{name} {i + 1}", village, lon, lat, 60, "iot", simulated=True)
            )
    return tuple(found)
