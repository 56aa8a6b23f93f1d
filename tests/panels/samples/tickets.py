"""Calls and tickets: counted, ranked, judged, with their clocks."""

from collections.abc import Mapping
from dataclasses import replace
from math import sin
from typing import Any

from brain.model.alert import Level
from brain.model.area import Area
from brain.model.query.alerts import (
    ClockRow,
)
from brain.model.query.answer import Answer, Provenance, Query
from brain.model.query.areas_day import AreaDay, AreasDay, DayOfAreas
from brain.model.query.categories import Categories, CategoryCount, CategoryRanking
from brain.model.query.clocks import ClockedCase, ClockLimit, LateNow, LateTickets, UrgentClocks, UrgentNow
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
from brain.model.query.tickets import Compare, DayOfTickets, TicketsToday, TicketTrend, Trend, TrendDay
from dashboard.panel import CityFacts
from tests.panels.samples.alerts import alert_row
from tests.panels.samples.base import (
    DAY,
    DAY_MS,
    HOUR,
    MINUTE,
    NOW_MS,
    Maker,
    kept_answer,
    leaf_of,
    live_answer,
    worded,
)

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
        return live_answer(replace(day, before_by_hour=None, before_same_time=None))
    ago = {Compare.WEEK: 7, Compare.YESTERDAY: 1, Compare.YEAR: 365}[query.compare]
    made = replace(day, before_day_ms=DAY_MS - ago * DAY, same_kind=query.compare is not Compare.YEAR)
    origin = Provenance("total", "formula.tickets_today", day.total, sources=("hotline",), refreshed_ms=NOW_MS - 12_000)
    return replace(live_answer(made), provenance=(origin,))


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
    return replace(live_answer(trend), provenance=(origin,))


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
        CategoryCount(f"c{i}", worded(zh, kind), worded(en, kind), n, before)
        for i, (zh, en, n, before) in enumerate(_CATEGORIES[: query.limit] if kind != "empty" else ())
    )
    return live_answer(Categories(rows, sum(row.n for row in rows), 7))


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
        category_name=worded(zh, kind),
        category_name_en=worded(en, kind),
        area_id=leaf_of(city, i * 3),
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
        return live_answer(UrgentNow((), 0, 0, limits))
    alert_id = alert_row(city, 6, kind).id
    late = urgent_case(city, 3, kind, alert_id=alert_id, alert_level=Level.ORANGE)
    return live_answer(UrgentNow((late, *(urgent_case(city, i, kind) for i in range(5))), 21, 1, limits))


def late_case(city: CityFacts, i: int, kind: str = "normal", **more: Any) -> ClockedCase:
    """Late by some hours more than `i`; the first of five are urgent, one is with nobody."""
    hours = (26, 9, 3, 1)[i % 4] + i
    running = ClockRow("close", "办结", "Resolve", NOW_MS - 9 * DAY, NOW_MS - hours * HOUR, None, i % 4 == 3)
    unit = () if i % 5 == 4 else ("water", worded("市水务局", kind), worded("Water affairs", kind))
    named = dict(zip(("unit", "unit_name", "unit_name_en"), unit, strict=False))
    return urgent_case(
        city, i, kind, clocks=(running,), running=running, left_s=-hours * 3600.0, urgent=i < 2, **named, **more
    )


def _late(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    assert isinstance(query, LateTickets)
    if kind == "empty":
        return live_answer(LateNow((), 0, 0))
    about = {"alert_id": alert_row(city, 6, kind).id, "alert_level": Level.ORANGE}
    rows = tuple(late_case(city, i, kind, **(about if i == 0 else {})) for i in range(query.limit))
    return live_answer(LateNow(rows, 1_234, 2))


def judged(i: int) -> Judged:
    """Of some all, of some few, of some next to none was due."""
    due = (216, 180, 123, 103, 237, 153, 9, 0)[i % 8]
    return Judged(due, round(due * (0.99, 0.98, 0.9, 0.97, 0.82, 0.95, 0.7, 0)[i % 8]), 3 * i, 1, i % 2)


def _units(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    if kind == "empty":
        return live_answer(Units((), Judged(), None))
    names = ("水务局", "生态环境局", "公安交警", "城管执法局", "人社局", "市监局", "燃气企业", "供电局")
    rows = [
        UnitShare(f"u{i}", worded(name, kind), worded(f"Unit {i}", kind), judged(i)) for i, name in enumerate(names)
    ]
    rows.append(UnitShare("", "", "", Judged(31, 30)))
    return live_answer(Units(tuple(rows), sum((row.judged for row in rows), Judged()), 0.95))


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
    return kept_answer(made) if query.by is By.ALERTS else live_answer(made)


def _areas_day(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    rows = []
    hour = (NOW_MS - DAY_MS) // HOUR
    for i, part in enumerate(city.areas.children(area.id) or (area,)):
        share = 0.0 if kind == "empty" else 0.004 / (1 + i / 6)
        hours = tuple(n * share if h < hour else None for h, n in enumerate(_SHAPE))
        rows.append(AreaDay(part.id, sum(n for n in hours if n is not None), hours, tuple(n * share for n in _SHAPE)))
    if kind != "empty" and len(rows) > 1:
        rows[-1] = AreaDay(rows[-1].area_id, None, (None,) * 24, (None,) * 24)
    return live_answer(DayOfAreas(tuple(rows), "map.unit.per_10k", DAY_MS))


MAKERS: Mapping[type[Query], Maker] = {
    TicketsToday: _today,
    TicketTrend: _trend,
    CategoryRanking: _categories,
    UrgentClocks: _urgent,
    LateTickets: _late,
    UnitPerformance: _units,
    AreaRanking: _ranking,
    AreasDay: _areas_day,
}
