"""Alerts: in lists, on their page, on the stage, in the sentence."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from brain.model.alert import Level
from brain.model.area import Area
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
from brain.model.query.answer import Answer, Query
from brain.model.query.map import MapDevice
from brain.model.query.situation import Situation, SituationNow
from dashboard.panel import CityFacts
from tests.panels.samples.base import (
    DAY,
    HOUR,
    MINUTE,
    NOW_MS,
    WATER,
    Maker,
    device_of,
    kept_answer,
    leaf_of,
    place_of,
    worded,
)

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
        what=worded(what, kind),
        what_en=worded(what_en, kind),
        area_id=leaf_of(city, i * 5),
        target_kind="device",
        target_id=f"water-{i}",
        target_name=worded("岐江涵洞 A", kind),
        owner=worded(owner, kind),
        owner_en=worded(owner_en, kind),
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
        target_name_en=worded("Culvert A", kind),
        peak=0.63,
        due_ms=NOW_MS + 48 * MINUTE,
        version=4,
    )
    return replace(row, **more)


def red_row(city: CityFacts, kind: str = "normal", **more: Any) -> AlertRow:
    given: dict[str, Any] = {
        "level": Level.RED,
        "what": worded("城区内涝", kind),
        "what_en": worded("Flooding", kind),
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
    return kept_answer(AlertRows(tuple(rows), len(rows), levels))


def _case(city: CityFacts, i: int, kind: str) -> CaseRow:
    lon, lat = place_of(city, leaf_of(city, 0), i)
    return CaseRow(
        id=f"case-{i}",
        number=f"2021071400{i:03d}",
        channel="12345",
        category="water.flood",
        title=worded("路面积水，车辆无法通行", kind),
        state="handling",
        area_id=leaf_of(city, 0),
        created_ms=NOW_MS - (i * i + 2 * i + 1) * 70_000,
        due_ms=NOW_MS + DAY,
        closed_ms=None,
        grid_lon=lon,
        grid_lat=lat,
        category_name=worded("积水内涝", kind),
        category_name_en=worded("Flooded road", kind),
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
            row.opened_ms + 40_000, "wang_wu", "acknowledge", "open", "acknowledged", worded("已通知现场", kind), None
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
            f"n{i}", "water", *place_of(city, row.area_id, i + 3), ("fresh", "old")[i % 2], worded(f"水位 {i}", kind)
        )
        for i in range(4)
    )
    return AlertDetail(
        row=row,
        events=events,
        device=device_of(city, worded("岐江涵洞 A", kind)),
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
        seen=seen_events(kind) if row.rule_kind == "event" or kind == "hostile" else (),
    )


def red_alert(city: CityFacts, kind: str = "normal", **row: Any) -> RedAlert:
    """A red alert that reaches a second area, where an urgent call waits for somebody to come."""
    own = red_row(city, kind, **row)
    other = alert_row(city, 1, kind, level=Level.ORANGE, target_id="water-9", value=0.48)
    clock = ClockRow("arrive", "到场", "Arrive", NOW_MS - HOUR, NOW_MS + HOUR, None, False)
    return RedAlert(detail(city, kind, own), (own, other), 27, clock, other.area_id)


def _reds(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    """A city is seldom on red: only hostile text is."""
    return kept_answer((red_alert(city, kind),) if kind == "hostile" else ())


def _page(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    return Answer(None, None) if kind == "empty" else kept_answer(detail(city, kind))


def _situation(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    if kind == "empty":
        return kept_answer(SituationNow({}, 0, 0, 0, 0, None))
    levels = {Level.ORANGE: 1, Level.YELLOW: 3, Level.BLUE: 2}
    now = SituationNow(levels, 0, 0, 640, 1, alert_row(city, 2, kind), 0, 3)
    if kind == "hostile":
        now = replace(now, by_level={Level.RED: 1}, gravest=red_row(city, kind))
    return kept_answer(now)


def seen_events(kind: str) -> tuple[EventSeen, ...]:
    picture = "javascript:alert(1)" if kind == "hostile" else "https://vms.example.gov.cn/pic/20210714/0001.jpg"
    sure = (0.93, 0.88, None)
    text = worded("闸口浓烟", kind)
    return tuple(EventSeen(NOW_MS - (i + 1) * MINUTE, sure[i], picture, text) for i in range(3))


MAKERS: Mapping[type[Query], Maker] = {
    OpenAlerts: _alerts,
    AlertPage: _page,
    RedAlerts: _reds,
    Situation: _situation,
}
