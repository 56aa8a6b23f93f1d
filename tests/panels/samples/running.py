"""What runs: feeds, the system, duty, and the warnings of the weather."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from brain.model.alert import Level
from brain.model.area import Area
from brain.model.query.answer import Answer, Query
from brain.model.query.duty import DutyNow, DutyPost
from brain.model.query.feeds import FeedHealth, FeedRow
from brain.model.query.system import JobRun, SystemNow, SystemState, TableSize
from brain.model.query.warnings import WarningRow, WarningRows, WeatherWarnings
from brain.model.warning import Wording
from dashboard.panel import CityFacts
from tests.panels.samples.base import HOUR, MINUTE, NOW_MS, Maker, kept_answer, live_answer, source, worded

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
            worded(title, kind),
            feed=f"feed{i}",
            last_item_ms=None if ago is None else NOW_MS - ago,
            cause=f"cause.unreachable {worded('连接被拒绝', kind)}" if status in ("lost", "refused") else "",
        )
        recent = tuple(0 if i == 2 and m % 4 else 3 + m for m in range(12))
        rows.append(
            FeedRow(
                state, brings, 90_360 + i, 12 * i, 3, NOW_MS - (ago or 0), (("future", 9), ("malformed", 3)), recent
            )
        )
    return kept_answer(tuple(rows))


def _warnings(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    if kind == "empty":
        return live_answer(WarningRows((), 0))
    kinds = ((Level.ORANGE, "暴雨", "Rainstorm"), (Level.BLUE, "雷雨大风", "Thunderstorm"), (None, "大雾", "Fog"))
    rows = []
    for i, (level, zh, en) in enumerate(kinds):
        words, words_en = (
            Wording(worded(event, kind), worded(f"{event} 预警信号", kind), "", worded("注意防范低洼易涝点", kind))
            for event in (zh, en)
        )
        areas = tuple(part.id for part in city.areas.children(area.id))[: 4 - i] or (area.id,)
        times = NOW_MS - HOUR * (i + 1), None, NOW_MS + HOUR * (2 * i + 1)
        rows.append(WarningRow("weather@x", f"w{i}", 0, level, "Severe", words, words_en, areas, *times, True))
    made = live_answer(WarningRows(tuple(rows), 40 if kind == "hostile" else len(rows)))
    return replace(made, changes_ms=NOW_MS + HOUR)


def _duty(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    posts = []
    for i in range(0 if kind == "empty" else 20):
        until = None if i == 3 else NOW_MS + (i + 1) * HOUR
        people = () if i == 3 else ("张**", "李**")[: 1 + i % 2]
        names = (worded(f"局 {i // 3}", kind), worded(f"Bureau {i // 3}", kind), worded(f"值班长 {i}", kind))
        posts.append(DutyPost(*names, area.id, people, until, until, ("王**",), i == 3))
    return replace(live_answer(tuple(posts)), changes_ms=NOW_MS + HOUR)


def _system(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    quiet = kind == "empty"
    trouble = () if quiet else (source("lost", worded("停车", kind)), source("refused", worded("证照库", kind)))
    now = SystemNow(
        well=5,
        starting=1,
        old=() if quiet else (source("well", worded("空气站", kind)),),
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
        jobs=(
            JobRun("silence sweep", NOW_MS - 4_000, False),
            JobRun(worded("own job", kind), NOW_MS - HOUR, not quiet),
        ),
        schema_revision="0007",
        started_ms=None if quiet else NOW_MS - 40 * HOUR,
        version=worded("0.1.0", kind),
        waiting=0 if quiet else 3,
    )
    return kept_answer(now)


MAKERS: Mapping[type[Query], Maker] = {
    FeedHealth: _feeds,
    WeatherWarnings: _warnings,
    DutyNow: _duty,
    SystemState: _system,
}
