"""Answers of the brain as a panel may meet them, for any city: normal, empty, stale, failed and hostile.

`answer(query, city, area, kind)` answers every query there is, so a new panel is tested without a line here.
Everything is made from the city's own areas; nothing of it is real.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import pi, sin
from typing import Any

from brain.model.alert import Level
from brain.model.area import Area, AreaTree
from brain.model.facts import Name
from brain.model.geometry import areas_as_geojson, bounds_of, hatches, water_lines
from brain.model.history import Point
from brain.model.indicator import Good, IndicatorDef, IndicatorValue, Qualifier, Quality, ValueKind
from brain.model.period import parse_period
from brain.model.query.alerts import (
    AlertDetail,
    AlertPage,
    AlertRow,
    AlertRows,
    CaseRow,
    ClockRow,
    EventRow,
    EventSeen,
    OpenAlerts,
    RedAlert,
    RedAlerts,
)
from brain.model.query.answer import Answer, Provenance, Query, SourceState
from brain.model.query.areas_day import AreaDay, AreasDay, DayOfAreas
from brain.model.query.categories import Categories, CategoryCount, CategoryRanking
from brain.model.query.clocks import ClockedCase, ClockLimit, LateNow, LateTickets, UrgentClocks, UrgentNow
from brain.model.query.devices import AwayDevice, DevicesOnline, KindOnline, OnlineNow
from brain.model.query.duty import DutyNow, DutyPost
from brain.model.query.feeds import FeedHealth, FeedRow
from brain.model.query.history import DeviceHistory, History, MetricLast
from brain.model.query.indicators import Figure, Figures
from brain.model.query.map import AreaMap, MapArea, MapDevice, MapPin, MapView
from brain.model.query.readings import Environment, MetricNow
from brain.model.query.shares import (
    AreaRanking,
    By,
    Judged,
    RankedArea,
    RankedAreas,
    UnitPerformance,
    Units,
    UnitShare,
)
from brain.model.query.situation import Situation, SituationNow
from brain.model.query.system import JobRun, SystemNow, SystemState, TableSize
from brain.model.query.tickets import Compare, DayOfTickets, TicketsToday, TicketTrend, Trend, TrendDay
from brain.model.query.warnings import WarningRow, WarningRows, WeatherMeasured, WeatherWarnings
from brain.model.reading import Device, Metric
from brain.model.warning import Wording
from dashboard.panel import CityFacts

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


def answer(query: Query, city: CityFacts, area: Area, kind: str = "normal") -> Answer[Any]:
    """What the brain would answer to `query` in a city that is in the state `kind`."""
    if kind == "failed":
        if isinstance(query, OpenAlerts | Situation | FeedHealth | AreaMap | SystemState | WeatherMeasured):
            return _value(query, city, area, "normal")  # the brain's own answers do not fail with a feed
        return Answer(None, None, (source("refused"),), True, 900.0)
    made = _value(query, city, area, "normal" if kind == "stale" else kind)
    if kind == "stale" and made.stale_after_s is not None:
        return replace(made, as_of_ms=NOW_MS - 42 * MINUTE)
    return made


def _value(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    maker = _MAKERS[type(query)]
    return maker(query, city, area, kind)


def _live(value: Any) -> Answer[Any]:
    return Answer(value, NOW_MS - 12_000, (source(),), True, 900.0)


def _kept(value: Any) -> Answer[Any]:
    """What the brain itself keeps: no source, never stale."""
    return Answer(value, NOW_MS - MINUTE, (), True)


def _text(plain: str, kind: str) -> str:
    return HOSTILE if kind == "hostile" else plain


# --- indicators --------------------------------------------------------------------------------------------------
_FIGURES = (
    (
        "hotline_requests_total",
        "12345 受理诉求",
        "12345 requests",
        "件次",
        903600.0,
        "90.36万",
        "2021H1",
        Qualifier.EXACT,
    ),
    ("hotline_on_time_ratio", "按时办结率", "Closed on time", "%", 0.9999, "99.99", "2021H1", Qualifier.EXACT),
    ("hotline_satisfaction_ratio", "群众满意度", "Satisfaction", "%", 0.9837, "98.37", "2021H1", Qualifier.EXACT),
    (
        "service_visits_total",
        "政务大厅办事",
        "Service hall visits",
        "人次",
        530000.0,
        "53万",
        "2021H1",
        Qualifier.EXACT,
    ),
    ("data_collected_total", "归集数据", "Records gathered", "条", 6.95e9, "69.5亿", "as of 2021-06", Qualifier.EXACT),
    ("licence_issued_total", "电子证照", "E-licences", "张", 14_010_000.0, "1401万", "as of 2021-06", Qualifier.OVER),
)
_COMPANIONS: Mapping[str, tuple[tuple[str, str, str, float, str], ...]] = {
    "hotline_requests_total": (
        ("日均", "daily", "件次/日", 4992.0, "4992"),
        ("派单", "dispatched", "件次", 102900.0, "10.29万"),
    ),
    "service_visits_total": (("日均", "daily", "人次/日", 4531.0, "4531"),),
    "data_collected_total": (("信息系统", "systems", "个", 149.0, "149"),),
    "licence_issued_total": (("种类", "kinds", "类", 287.0, "287"),),
}


def _definition(indicator_id: str, name: str, name_en: str, unit: str, good: Good = Good.UP) -> IndicatorDef:
    decimals = 2 if unit == "%" else 0
    return IndicatorDef(indicator_id, name, name_en, unit, good, "hotline", decimals, "hotline", name, name_en)


def _published(indicator_id: str, area: Area, unit: str, value: float | None, text: str, period: str) -> IndicatorValue:
    kind = ValueKind.RATIO if unit == "%" else ValueKind.TOTAL
    span = parse_period(period, TZ)
    return IndicatorValue(
        indicator_id, area.id, span, kind, value, text, unit, "政数局 2021 年上半年工作总结", NOW_MS - 13 * DAY
    )


def _figures(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    if kind == "empty":
        return Answer((), None, ())
    found = tuple(_figure(row, city.areas.root, kind) for row in _FIGURES)
    values = [
        value for figure in found for value in (figure.value, *(beside for _, beside in figure.companions)) if value
    ]
    origins = tuple(Provenance(v.indicator_id, "formula.published", sources=(v.source,)) for v in values)
    return Answer(found, NOW_MS - 13 * DAY, (), provenance=origins)


def _figure(row: tuple[str, str, str, str, float, str, str, Qualifier], area: Area, kind: str) -> Figure:
    indicator_id, name, name_en, unit, amount, text, period, qualifier = row
    definition = _definition(indicator_id, _text(name, kind), _text(name_en, kind), unit)
    value = replace(_published(indicator_id, area, unit, amount, text, period), qualifier=qualifier)
    if indicator_id == "service_visits_total":
        value = replace(value, quality=Quality.DOUBTFUL)
    companions = tuple(
        (_definition("x_y_z", zh, en, u), _published("x_y_z", area, u, v, t, period))
        for zh, en, u, v, t in _COMPANIONS.get(indicator_id, ())
    )
    target = (
        _published(indicator_id, area, "%", 0.995, "99.5", period) if indicator_id == "hotline_on_time_ratio" else None
    )
    if kind == "hostile":
        value = replace(value, source=HOSTILE)
    return Figure(definition, value, companions, None, target)


# --- tickets -----------------------------------------------------------------------------------------------------
_SHAPE = (
    62,
    45,
    36,
    30,
    34,
    58,
    110,
    210,
    352,
    428,
    405,
    360,
    286,
    294,
    340,
    366,
    352,
    330,
    290,
    230,
    190,
    152,
    118,
    86,
)


def _today(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, TicketsToday)
    hour = (NOW_MS - DAY_MS) // HOUR
    before = tuple(round(n * (0.95 + 0.05 * sin(h))) for h, n in enumerate(_SHAPE))
    usual = tuple((n * 0.85, n * 1.12) for n in before)
    if kind == "empty":
        day = DayOfTickets(0, tuple(0 if h <= hour else None for h in range(24)), before, 2810, usual, 0, 0, DAY_MS)
    else:
        hours = tuple((n if h < hour else 148) if h <= hour else None for h, n in enumerate(_SHAPE))
        total = sum(n for n in hours if n is not None)
        day = DayOfTickets(total, hours, before, round(total / 1.038), usual, 1873, 642, DAY_MS)
    if query.compare is Compare.NONE:
        return _live(replace(day, before_by_hour=None, before_same_time=None))
    ago = {Compare.WEEK: 7, Compare.YESTERDAY: 1, Compare.YEAR: 365}[query.compare]
    made = replace(day, before_day_ms=DAY_MS - ago * DAY, same_kind=query.compare is not Compare.YEAR)
    origin = Provenance("total", "formula.tickets_today", day.total, sources=("hotline",), refreshed_ms=NOW_MS - 12_000)
    return replace(_live(made), provenance=(origin,))


def _trend(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, TicketTrend)
    days = []
    for i in range(query.days):
        ms = DAY_MS - (query.days - 1 - i) * DAY
        free = ((ms + 8 * HOUR) // DAY + 3) % 7 >= 5
        n = 0 if kind == "empty" else round((5350 + 420 * sin(i)) * (0.68 if free else 1.0))
        whole = i < query.days - 1
        days.append(
            TrendDay(ms, n if whole else round(n * 0.6), round(n * 0.97 if whole else n * 0.35), not free, whole)
        )
    n = 0 if kind == "empty" else 1
    trend = Trend(tuple(days), 642 * n, 17 * n, 58_204 * n, 57_611 * n, 2_310 * n, 12 * n, 3 * n)
    if query.compare is not Compare.NONE:  # the data begin with the first day compared with but one
        before = (None, *(round(day.received * 0.96) for day in days[1:]))
        trend = replace(trend, before=before)
    left_out = ("excluded.closed_before_created", trend.excluded_n)
    origin = Provenance("on_time", "formula.tickets_on_time", trend.on_time_n, trend.due_n, ("hotline",), (left_out,))
    return replace(_live(trend), provenance=(origin,))


_CATEGORIES = (
    ("噪音扰民", "Noise", 412, 374),
    ("消费维权", "Consumers", 355, 376),
    ("交通出行", "Traffic", 298, 289),
    ("住房物业", "Housing", 261, 257),
    ("市容环卫", "Streets and waste", 233, 250),
    ("劳动社保", "Labour", 187, 187),
)


def _categories(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, CategoryRanking)
    rows = tuple(
        CategoryCount(f"c{i}", _text(zh, kind), _text(en, kind), n, before)
        for i, (zh, en, n, before) in enumerate(_CATEGORIES[: query.limit] if kind != "empty" else ())
    )
    return _live(Categories(rows, sum(row.n for row in rows), 7))


_URGENT = (
    ("独居老人失联", "Elderly person not heard of", (-42, None, None)),
    ("燃气异味", "Smell of gas", (-50, -10, None)),
    ("路面塌陷", "Road collapse", (-200, -150, -100)),
    ("电梯困人", "People in a lift", (-65, None, None)),
)


def urgent_case(city: CityFacts, i: int, kind: str = "normal", **more: Any) -> ClockedCase:
    """Its clocks began as long ago as the first of `_URGENT` says; further ones are minutes ago that a clock ended."""
    zh, en, (began, contacted, arrived) = _URGENT[i % len(_URGENT)]
    start = NOW_MS + began * MINUTE
    ends = (contacted and NOW_MS + contacted * MINUTE, arrived and NOW_MS + arrived * MINUTE, None)
    lengths = (HOUR, 2 * HOUR, 3 * DAY)
    words = (("contact", "联系群众", "Contact"), ("arrive", "到达现场", "On site"), ("close", "办结", "Resolve"))
    clocks = tuple(
        ClockRow(*word, start, start + length, ended, word[0] == "close")
        for word, length, ended in zip(words, lengths, ends, strict=True)
    )
    running = next(clock for clock in clocks if clock.ended_ms is None)
    case = ClockedCase(
        case_id=f"case-{i}",
        number=f"2021071400{i:03d}",
        category_name=_text(zh, kind),
        category_name_en=_text(en, kind),
        area_id=_leaf(city, i * 3),
        clocks=clocks,
        running=running,
        left_s=(running.due_ms - NOW_MS) / 1000,
        alert_id="",
        alert_level=None,
        simulated=True,
    )
    return replace(case, **more)


def _urgent(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, UrgentClocks)
    limits = (
        ClockLimit("contact", "联系群众", "Contact", 3600, None),
        ClockLimit("arrive", "到达现场", "On site", 7200, None),
        ClockLimit("close", "办结", "Resolve", None, 3),
    )
    if kind == "empty":
        return _live(UrgentNow((), 0, 0, limits))
    alert_id = alert_row(city, 6, kind).id
    late = urgent_case(city, 3, kind, alert_id=alert_id, alert_level=Level.ORANGE)
    return _live(UrgentNow((late, *(urgent_case(city, i, kind) for i in range(5))), 21, 1, limits))


def late_case(city: CityFacts, i: int, kind: str = "normal", **more: Any) -> ClockedCase:
    """Late by some hours more than `i`; the first of five are urgent, one is with nobody."""
    hours = (26, 9, 3, 1)[i % 4] + i
    running = ClockRow("close", "办结", "Resolve", NOW_MS - 9 * DAY, NOW_MS - hours * HOUR, None, i % 4 == 3)
    unit = () if i % 5 == 4 else ("water", _text("市水务局", kind), _text("Water affairs", kind))
    named = dict(zip(("unit", "unit_name", "unit_name_en"), unit, strict=False))
    return urgent_case(
        city, i, kind, clocks=(running,), running=running, left_s=-hours * 3600.0, urgent=i < 2, **named, **more
    )


def _late(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, LateTickets)
    if kind == "empty":
        return _live(LateNow((), 0))
    about = {"alert_id": alert_row(city, 6, kind).id, "alert_level": Level.ORANGE}
    rows = tuple(late_case(city, i, kind, **(about if i == 0 else {})) for i in range(query.limit))
    return _live(LateNow(rows, 1_234))


def judged(i: int) -> Judged:
    """Of some all, of some few, of some next to none was due."""
    due = (216, 180, 123, 103, 237, 153, 9, 0)[i % 8]
    return Judged(due, round(due * (0.99, 0.98, 0.9, 0.97, 0.82, 0.95, 0.7, 0)[i % 8]), 3 * i, 1, i % 2)


def _units(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    if kind == "empty":
        return _live(Units((), Judged(), None))
    names = ("水务局", "生态环境局", "公安交警", "城管执法局", "人社局", "市监局", "燃气企业", "供电局")
    rows = [UnitShare(f"u{i}", _text(name, kind), _text(f"Unit {i}", kind), judged(i)) for i, name in enumerate(names)]
    rows.append(UnitShare("", "", "", Judged(31, 30)))
    return _live(Units(tuple(rows), sum((row.judged for row in rows), Judged()), 0.95))


def _ranking(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, AreaRanking)
    rows = []
    for i, part in enumerate(city.areas.children(area.id) or (area,)):
        n = 0 if kind == "empty" else 140 - 17 * i
        if query.by is By.ON_TIME:
            counts = Judged() if kind == "empty" else judged(i)
            share = counts.on_time_n / counts.due_n if counts.due_n else None
            rows.append(RankedArea(part.id, share, counts.due_n, 0.93, counts))
        else:
            rows.append(RankedArea(part.id, n / 9, n, (n - 4 + 3 * i) / 9))
    unit = {By.TICKETS: "map.unit.per_10k", By.ON_TIME: "", By.ALERTS: "area_ranking.alerts_unit"}[query.by]
    made = RankedAreas(tuple(rows), unit)
    return _kept(made) if query.by is By.ALERTS else _live(made)


def _areas_day(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    rows = []
    hour = (NOW_MS - DAY_MS) // HOUR
    for i, part in enumerate(city.areas.children(area.id) or (area,)):
        share = 0.0 if kind == "empty" else 0.004 / (1 + i / 6)
        hours = tuple(n * share if h < hour else None for h, n in enumerate(_SHAPE))
        rows.append(AreaDay(part.id, sum(n for n in hours if n is not None), hours, tuple(n * share for n in _SHAPE)))
    if kind != "empty" and len(rows) > 1:
        rows[-1] = AreaDay(rows[-1].area_id, None, (None,) * 24, (None,) * 24)
    return _live(DayOfAreas(tuple(rows), "map.unit.per_10k", DAY_MS))


# --- readings ----------------------------------------------------------------------------------------------------
def _device(city: CityFacts, name: str, kind: str = "water", i: int = 0) -> Device:
    place = _leaf(city, i)
    lon, lat = _place(city, place, i)
    return Device(f"{kind}-{i}", kind, name, place, lon, lat, 60, "iot", simulated=True)


def _leaf(city: CityFacts, i: int) -> str:
    below = city.areas.children(city.areas.root.id) or (city.areas.root,)
    return below[i % len(below)].id


def _place(city: CityFacts, area_id: str, i: int) -> tuple[float, float]:
    outline = city.areas.polygon(area_id)
    if outline is None:
        return 113.3, 22.5
    point = outline.representative_point()
    return round(point.x + 0.004 * sin(i * 1.7), 5), round(point.y + 0.004 * sin(i * 2.9), 5)


def _environment(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, Environment)
    if kind == "empty":
        return _live(())
    rows = []
    for i, (metric, mean, worst, level) in enumerate(METRICS[: query.limit]):
        hours = tuple(
            None if h == 5 and i == 3 else mean * (1 + 0.25 * sin((h + 3 * i) / 24 * 2 * pi)) for h in range(24)
        )
        shown = replace(metric, name=HOSTILE, name_en=HOSTILE, unit=HOSTILE) if kind == "hostile" else metric
        device = _device(city, _text(("岐江涵洞 A", "紫马岭站", "张溪站")[i % 3], kind), i=i)
        rows.append(MetricNow(shown, mean, worst, device, 118 - 9 * i, 3 * i, i % 3, NOW_MS - 12_000, hours, level))
    origins = tuple(
        Provenance(row.metric.id, "formula.metric_mean", row.fresh, row.fresh + row.old, ("hotline",)) for row in rows
    )
    return replace(_live(tuple(rows)), provenance=origins)


# --- devices -----------------------------------------------------------------------------------------------------
def _devices(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, DevicesOnline)
    if kind == "empty":
        return _live(OnlineNow((), ()))
    rows = (
        ("smoke", "烟感", "Smoke detector", 5214, 0, 41, 6),
        ("air", "空气站", "Air station", 0, 0, 0, 23),
        ("manhole", "井盖", "Manhole", 640, 2, 5, 0),
        ("rain", "雨量站", "Rain gauge", 23, 0, 0, 0),
    )
    kinds = tuple(KindOnline(k, _text(zh, kind), _text(en, kind), *counts) for k, zh, en, *counts in rows)
    below = city.areas.children(area.id) or (area,)
    states = (("old", NOW_MS - 9 * DAY), ("old", NOW_MS - 47 * MINUTE), ("down", NOW_MS - 3 * HOUR), ("never", None))
    away = tuple(
        AwayDevice(f"JG-{i:04}", _text(f"井盖 JG-{i:04}", kind), "manhole", below[i % len(below)].id, *states[i % 4])
        for i in range(query.limit)
    )
    now = OnlineNow(kinds, away)
    return replace(_live(now), provenance=(Provenance("online", "formula.devices_online", now.online, now.total),))


# --- map ---------------------------------------------------------------------------------------------------------
def _map(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, AreaMap)
    below = city.areas.children(area.id) or (area,)
    areas = []
    for i, part in enumerate(below):
        value = round(4.8 + (i * 37 % 127) / 10, 2)
        state = "none" if kind == "empty" or (i == len(below) - 2 and i > 2) else "stale" if i == 5 else "value"
        areas.append(MapArea(part.id, None if state == "none" else value, state, NOW_MS - 12_000))
    if kind == "empty":
        return _live(MapView(tuple(areas), (), (), "map.unit.per_10k"))
    pins = []
    for i, (level, title) in enumerate(
        ((Level.ORANGE, "暴雨预警"), (Level.YELLOW, "臭氧偏高"), (Level.BLUE, "道路拥堵"))
    ):
        place = below[(i * 7 + 2) % len(below)].id
        lon, lat = _place(city, place, i)
        pins.append(MapPin(f"alert-{i}", level, lon, lat, _text(title, kind), _text(f"Alert {i}", kind), place))
    devices = []
    for i in range(60):
        place = below[i % len(below)].id
        lon, lat = _place(city, place, i)
        state = ("fresh", "fresh", "fresh", "old", "never")[i % 5]
        devices.append(MapDevice(f"d{i}", "water", lon, lat, state, _text(f"水位计 {i}", kind), place))
    metric = next((m for m, *_ in METRICS if m.id == query.colour), None)
    if metric is not None and kind == "hostile":
        metric = replace(metric, name=HOSTILE, name_en=HOSTILE, unit=HOSTILE)
    key = "map.unit.per_10k" if metric is None else "map.unit.metric"
    origin = Provenance("areas", "formula.tickets_per_10k", 640, sources=("hotline",))
    return replace(
        _live(MapView(tuple(areas), tuple(pins), tuple(devices), key, metric, {"fresh": 9036, "old": 12, "never": 12})),
        provenance=(origin,),
    )


# --- alerts ------------------------------------------------------------------------------------------------------
_ALERTS = (
    (Level.YELLOW, "acknowledged", "臭氧 8 小时均值", "Ozone, 8 h mean", "生态环境局", "Ecology", 38),
    (Level.BLUE, "handling", "道路拥堵", "Congestion", "公安交警", "Traffic Police", 186),
    (Level.ORANGE, "open", "暴雨内涝风险", "Flood risk", "应急局", "Emergency Management", 15),
    (Level.YELLOW, "handling", "供水压力低", "Low water pressure", "水务局", "Water Bureau", 110),
    (Level.BLUE, "resolved", "电梯困人", "Lift stuck", "市监局", "Market Supervision", 324),
    (Level.YELLOW, "open", "设备失联", "Device silent", "政数局", "Data Bureau", 12),
    (Level.ORANGE, "acknowledged", "紧急诉求联系超时", "Urgent call not contacted", "12345 中心", "12345 Centre", 71),
)


def alert_row(city: CityFacts, i: int, kind: str = "normal", **more: Any) -> AlertRow:
    level, state, what, what_en, owner, owner_en, minutes = _ALERTS[i % len(_ALERTS)]
    opened = NOW_MS - minutes * MINUTE
    row = AlertRow(
        id=f"alert-{i}" if kind != "hostile" else f"../../{i}?a=<b>&c=javascript:x",
        level=level,
        state=state,
        condition="firing",
        rule_kind="threshold",
        what=_text(what, kind),
        what_en=_text(what_en, kind),
        area_id=_leaf(city, i * 5),
        target_kind="device",
        target_id=f"water-{i}",
        target_name=_text("岐江涵洞 A", kind),
        owner=_text(owner, kind),
        owner_en=_text(owner_en, kind),
        opened_ms=opened,
        last_ms=NOW_MS - 1000,
        times=3,
        value=0.46 + i / 100,
        limit_value=0.3,
        metric=WATER,
        acknowledged_by=None if state == "open" else "zhang_san",
        acknowledged_ms=None if state == "open" else opened + 112_000,
        closed_by=None,
        closed_ms=None,
        simulated=True,
        target_name_en=_text("Culvert A", kind),
        peak=0.63,
        due_ms=NOW_MS + 48 * MINUTE,
        version=4,
    )
    return replace(row, **more)


def red_row(city: CityFacts, kind: str = "normal", **more: Any) -> AlertRow:
    given: dict[str, Any] = {
        "level": Level.RED,
        "what": _text("城区内涝", kind),
        "what_en": _text("Flooding", kind),
        "value": 0.61,
        "limit_value": 0.6,
        "opened_ms": NOW_MS - 84_000,
        "state": "open",
        "acknowledged_by": None,
        "acknowledged_ms": None,
        "due_ms": NOW_MS + 96_000,
    }
    return alert_row(city, 0, kind, **(given | more))


def _alerts(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, OpenAlerts)
    rows = [] if kind == "empty" else [alert_row(city, i, kind) for i in range(len(_ALERTS))]
    if query.closed:
        rows = [
            replace(row, state="closed", closed_by="li_si", closed_ms=NOW_MS - i * HOUR) for i, row in enumerate(rows)
        ]
    elif kind == "hostile":
        rows.append(red_row(city, kind))
    levels = {level: sum(row.level is level for row in rows) for level in Level}
    return _kept(AlertRows(tuple(rows), len(rows), levels))


def _case(city: CityFacts, i: int, kind: str) -> CaseRow:
    lon, lat = _place(city, _leaf(city, 0), i)
    return CaseRow(
        id=f"case-{i}",
        number=f"2021071400{i:03d}",
        channel="12345",
        category="water.flood",
        title=_text("路面积水，车辆无法通行", kind),
        state="handling",
        area_id=_leaf(city, 0),
        created_ms=NOW_MS - (i * i + 2 * i + 1) * 70_000,
        due_ms=NOW_MS + DAY,
        closed_ms=None,
        grid_lon=lon,
        grid_lat=lat,
        category_name=_text("积水内涝", kind),
        category_name_en=_text("Flooded road", kind),
        unit_name="水务局",
        unit_name_en="Water Bureau",
        simulated=True,
    )


def detail(city: CityFacts, kind: str = "normal", row: AlertRow | None = None) -> AlertDetail:
    """A red alert of a water gauge with calls around it."""
    start = NOW_MS - 62 * MINUTE
    series = tuple((start + i * MINUTE, 0.08 + 0.53 / (1 + 2.718 ** (-(i - 38) / 7))) for i in range(63))
    row = row or red_row(city, kind)
    events = (
        EventRow(row.opened_ms - 150_000, "rule", "raise", "", "open", "", 0.31, Level.YELLOW),
        EventRow(row.opened_ms, "rule", "escalate", "open", "open", "", 0.6, Level.RED),
        EventRow(
            row.opened_ms + 40_000, "wang_wu", "acknowledge", "open", "acknowledged", _text("已通知现场", kind), None
        ),
    )
    clocks = (
        ClockRow("contact", "联系", "Contact", NOW_MS - HOUR, NOW_MS - 20 * MINUTE, NOW_MS - 30 * MINUTE, False),
        ClockRow("arrive", "到场", "Arrive", NOW_MS - HOUR, NOW_MS + HOUR, None, False),
        ClockRow("close", "办结", "Close", NOW_MS - HOUR, NOW_MS + 40 * HOUR, None, True),
        ClockRow("reply", "回复", "Reply", NOW_MS - HOUR, NOW_MS - 5 * MINUTE, None, False),
    )
    devices = tuple(
        MapDevice(
            f"n{i}", "water", *_place(city, row.area_id, i + 3), ("fresh", "old")[i % 2], _text(f"水位 {i}", kind)
        )
        for i in range(4)
    )
    return AlertDetail(
        row=row,
        events=events,
        device=_device(city, _text("岐江涵洞 A", kind)),
        series=series,
        limits=((Level.RED, 0.6), (Level.YELLOW, 0.3)),
        case=_case(city, 99, kind),
        clocks=clocks,
        near_cases=tuple(_case(city, i, kind) for i in range(19)),
        near_devices=devices,
        near_counts=tuple(19 if i == 12 and kind != "empty" else 0 for i in range(24)),
        near_total=len(devices) * 4,
        version=4,
        series_metric=WATER,
        seen=_seen(kind) if row.rule_kind == "event" or kind == "hostile" else (),
    )


def history(city: CityFacts, kind: str = "normal", **more: Any) -> History:
    """A day of a gauge by five minutes with a gap, a bad value and an alert; before it the same, lower."""
    device = _device(city, _text("岐江涵洞 A", kind))
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


def _seen(kind: str) -> tuple[EventSeen, ...]:
    picture = "javascript:alert(1)" if kind == "hostile" else "https://vms.example.gov.cn/pic/20210714/0001.jpg"
    sure = (0.93, 0.88, None)
    text = _text("闸口浓烟", kind)
    return tuple(EventSeen(NOW_MS - (i + 1) * MINUTE, sure[i], picture, text) for i in range(3))


def red_alert(city: CityFacts, kind: str = "normal", **row: Any) -> RedAlert:
    """A red alert that reaches a second area, where an urgent call waits for somebody to come."""
    own = red_row(city, kind, **row)
    other = alert_row(city, 1, kind, level=Level.ORANGE, target_id="water-9", value=0.48)
    clock = ClockRow("arrive", "到场", "Arrive", NOW_MS - HOUR, NOW_MS + HOUR, None, False)
    return RedAlert(detail(city, kind, own), (own, other), 27, clock, other.area_id)


def _reds(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    """A city is seldom on red: only hostile text is."""
    return _kept((red_alert(city, kind),) if kind == "hostile" else ())


def _page(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    return Answer(None, None) if kind == "empty" else _kept(detail(city, kind))


# --- feeds and situation -----------------------------------------------------------------------------------------
_FEEDS = (
    ("12345 工单", "tickets", "well", 12_000),
    ("物联 MQTT", "readings", "well", 1_000),
    ("气象", "readings", "well", 4 * MINUTE),
    ("水务", "readings", "well", 26_000),
    ("空气站", "readings", "well", 42 * MINUTE),
    ("停车", "readings", "lost", 6 * MINUTE),
    ("证照库", "indicators", "refused", HOUR),
    ("网格", "tickets", "starting", None),
)


def _feeds(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    rows = []
    for i, (title, brings, status, ago) in enumerate(_FEEDS if kind != "empty" else ()):
        state = source(
            status,
            _text(title, kind),
            feed=f"feed{i}",
            last_item_ms=None if ago is None else NOW_MS - ago,
            cause=f"cause.unreachable {_text('连接被拒绝', kind)}" if status in ("lost", "refused") else "",
        )
        recent = tuple(0 if i == 2 and m % 4 else 3 + m for m in range(12))
        rows.append(
            FeedRow(
                state, brings, 90_360 + i, 12 * i, 3, NOW_MS - (ago or 0), (("future", 9), ("malformed", 3)), recent
            )
        )
    return _kept(tuple(rows))


def _situation(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    if kind == "empty":
        return _kept(SituationNow({}, 0, 0, 0, 0, None))
    levels = {Level.ORANGE: 1, Level.YELLOW: 3, Level.BLUE: 2}
    now = SituationNow(levels, 0, 0, 640, 1, alert_row(city, 2, kind), 0, 3)
    if kind == "hostile":
        now = replace(now, by_level={Level.RED: 1}, gravest=red_row(city, kind))
    return _kept(now)


# --- weather, duty, system ---------------------------------------------------------------------------------------
def _warnings(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    if kind == "empty":
        return _live(WarningRows((), 0))
    kinds = ((Level.ORANGE, "暴雨", "Rainstorm"), (Level.BLUE, "雷雨大风", "Thunderstorm"), (None, "大雾", "Fog"))
    rows = []
    for i, (level, zh, en) in enumerate(kinds):
        words, words_en = (
            Wording(_text(event, kind), _text(f"{event} 预警信号", kind), "", _text("注意防范低洼易涝点", kind))
            for event in (zh, en)
        )
        areas = tuple(part.id for part in city.areas.children(area.id))[: 4 - i] or (area.id,)
        times = NOW_MS - HOUR * (i + 1), None, NOW_MS + HOUR * (2 * i + 1)
        rows.append(WarningRow("weather@x", f"w{i}", 0, level, "Severe", words, words_en, areas, *times, True))
    made = _live(WarningRows(tuple(rows), 40 if kind == "hostile" else len(rows)))
    return replace(made, changes_ms=NOW_MS + HOUR)


def _measured(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    found = _environment(Environment(limit=4), city, area, kind)
    return replace(found, stale_after_s=None, sources=())


def _duty(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    posts = []
    for i in range(0 if kind == "empty" else 20):
        until = None if i == 3 else NOW_MS + (i + 1) * HOUR
        people = () if i == 3 else ("张**", "李**")[: 1 + i % 2]
        names = (_text(f"局 {i // 3}", kind), _text(f"Bureau {i // 3}", kind), _text(f"值班长 {i}", kind))
        posts.append(DutyPost(*names, area.id, people, until, until, ("王**",), i == 3))
    return replace(_live(tuple(posts)), changes_ms=NOW_MS + HOUR)


def _system(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    quiet = kind == "empty"
    trouble = () if quiet else (source("lost", _text("停车", kind)), source("refused", _text("证照库", kind)))
    now = SystemNow(
        well=5,
        starting=1,
        old=() if quiet else (source("well", _text("空气站", kind)),),
        trouble=trouble,
        items_per_minute=1_240.4,
        readings_per_minute=1_201.0,
        accepted_hour=70_000,
        refused_hour=0 if quiet else 9_000,
        letters=() if quiet else (("malformed", 612), ("future", 9)),
        buckets=0 if quiet else 61_000,
        oldest_bucket_ms=None if quiet else NOW_MS - 20 * MINUTE,
        database="sqlite",
        database_bytes=1_234_567_890,
        counted_ms=NOW_MS - HOUR,
        tables=(TableSize("reading", 12_345_678, "≈"), TableSize("case", 20_000, "≥"), TableSize("alert", 7, "")),
        outbox=0 if quiet else 12,
        outbox_due_ms=None if quiet else NOW_MS - HOUR,
        outbox_sent=not quiet,
        jobs=(JobRun("silence sweep", NOW_MS - 4_000, False), JobRun(_text("own job", kind), NOW_MS - HOUR, not quiet)),
        schema_revision="0007",
        started_ms=None if quiet else NOW_MS - 40 * HOUR,
        version=_text("0.1.0", kind),
        waiting=0 if quiet else 3,
    )
    return _kept(now)


_Maker = Callable[[Query, CityFacts, Area, str], Answer[Any]]
_MAKERS: Mapping[type[Query], _Maker] = {
    Figures: _figures,
    TicketsToday: _today,
    TicketTrend: _trend,
    CategoryRanking: _categories,
    UrgentClocks: _urgent,
    LateTickets: _late,
    UnitPerformance: _units,
    AreaRanking: _ranking,
    AreasDay: _areas_day,
    Environment: _environment,
    DevicesOnline: _devices,
    AreaMap: _map,
    OpenAlerts: _alerts,
    AlertPage: _page,
    DeviceHistory: _history,
    RedAlerts: _reds,
    FeedHealth: _feeds,
    Situation: _situation,
    WeatherWarnings: _warnings,
    WeatherMeasured: _measured,
    DutyNow: _duty,
    SystemState: _system,
}
