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
    OpenAlerts,
    RedAlert,
    RedAlerts,
)
from brain.model.query.answer import Answer, Query, SourceState
from brain.model.query.feeds import FeedHealth, FeedRow
from brain.model.query.indicators import Figure, Figures
from brain.model.query.map import AreaMap, MapArea, MapDevice, MapPin, MapView
from brain.model.query.readings import Environment, MetricNow
from brain.model.query.situation import Situation, SituationNow
from brain.model.query.tickets import DayOfTickets, TicketsToday, TicketTrend, Trend, TrendDay
from brain.model.reading import Device, Metric
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
        "cause": "" if status == "well" else "connection refused",
        "next_try_ms": None if status == "well" else NOW_MS + 41_000,
        "simulated": True,
    }
    return SourceState(**(given | more))


def answer(query: Query, city: CityFacts, area: Area, kind: str = "normal") -> Answer[Any]:
    """What the brain would answer to `query` in a city that is in the state `kind`."""
    if kind == "failed":
        if isinstance(query, OpenAlerts | Situation | FeedHealth | AreaMap):
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
    return Answer(tuple(_figure(row, city.areas.root, kind) for row in _FIGURES), NOW_MS - 13 * DAY, ())


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
    hour = (NOW_MS - DAY_MS) // HOUR
    before = tuple(round(n * (0.95 + 0.05 * sin(h))) for h, n in enumerate(_SHAPE))
    usual = tuple((n * 0.85, n * 1.12) for n in before)
    if kind == "empty":
        day = DayOfTickets(0, tuple(0 if h <= hour else None for h in range(24)), before, 2810, usual, 0, 0, DAY_MS)
    else:
        hours = tuple((n if h < hour else 148) if h <= hour else None for h, n in enumerate(_SHAPE))
        total = sum(n for n in hours if n is not None)
        day = DayOfTickets(total, hours, before, round(total / 1.038), usual, 1873, 642, DAY_MS)
    return _live(day)


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
    return _live(Trend(tuple(days), 642 * n, 17 * n, 58_204 * n, 57_611 * n, 2_310 * n, 12 * n, 3 * n))


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
    return _live(tuple(rows))


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
    return _live(MapView(tuple(areas), tuple(pins), tuple(devices), key, metric))


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
        version=4,
        series_metric=WATER,
    )


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
            cause=_text("连接被拒绝", kind) if status in ("lost", "refused") else "",
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


_Maker = Callable[[Query, CityFacts, Area, str], Answer[Any]]
_MAKERS: Mapping[type[Query], _Maker] = {
    Figures: _figures,
    TicketsToday: _today,
    TicketTrend: _trend,
    Environment: _environment,
    AreaMap: _map,
    OpenAlerts: _alerts,
    AlertPage: _page,
    RedAlerts: _reds,
    FeedHealth: _feeds,
    Situation: _situation,
}
