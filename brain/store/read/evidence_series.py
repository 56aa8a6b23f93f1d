"""The curve behind an alert: what its device measured around it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from brain.model.alert import Trip
from brain.model.reading import Device, Metric
from brain.store.read.ask import Ask
from brain.store.schema import latest, reading, reading_rollup

_BEFORE_MS = 2 * 3_600_000
_AFTER_MS = 2 * 3_600_000
_RAW_MS = 3 * 3_600_000
_MOST_MS = 24 * 3_600_000
_SPAN_S = 300


@dataclass(frozen=True, slots=True)
class Series:
    """As in AlertDetail."""

    points: tuple[tuple[int, float | None], ...] = ()
    metric: Metric | None = None
    span_s: int = 0


def series_of(ask: Ask, row: Row[Any], target: Device) -> Series:
    """`row` of the table alert. A silence has no metric of its own: it shows what the device reported last."""
    rule = ask.facts.rules.get(row.rule_id)
    metric = rule.metric if rule and rule.metric else _last_metric(ask, target.id)
    if metric is None or metric not in ask.facts.metrics:
        return Series()
    end_ms = ask.now_ms if row.closed_ms is None else min(ask.now_ms, row.closed_ms + _AFTER_MS)
    start_ms = max(row.opened_ms - _BEFORE_MS, end_ms - _MOST_MS)
    known = ask.facts.metrics[metric]
    if end_ms - start_ms <= _RAW_MS:
        return Series(_readings(ask, target.id, metric, start_ms, end_ms), known)
    low = rule is not None and rule.trip is Trip.BELOW
    return Series(_extremes(ask, target.id, metric, start_ms, end_ms, low), known, _SPAN_S)


def _last_metric(ask: Ask, device_id: str) -> str | None:
    return ask.conn.scalar(
        select(latest.c.metric)
        .where(latest.c.device_id == device_id)
        .order_by(latest.c.at_ms.desc(), latest.c.metric)
        .limit(1)
    )


def _readings(
    ask: Ask, device_id: str, metric: str, start_ms: int, end_ms: int
) -> tuple[tuple[int, float | None], ...]:
    found = ask.conn.execute(
        select(reading.c.at_ms, reading.c.value)
        .where(reading.c.device_id == device_id, reading.c.metric == metric)
        .where(reading.c.at_ms >= start_ms, reading.c.at_ms <= end_ms)
        .order_by(reading.c.at_ms)
    )
    return tuple((at_ms, value) for at_ms, value in found)


def _extremes(
    ask: Ask, device_id: str, metric: str, start_ms: int, end_ms: int, low: bool
) -> tuple[tuple[int, float | None], ...]:
    """A mean would hide the very peak that raised the alert. The running span is stamped now."""
    found = ask.conn.execute(
        select(reading_rollup.c.end_ms, reading_rollup.c.min if low else reading_rollup.c.max)
        .where(reading_rollup.c.device_id == device_id, reading_rollup.c.metric == metric)
        .where(reading_rollup.c.span_s == _SPAN_S)
        .where(reading_rollup.c.end_ms > start_ms, reading_rollup.c.end_ms < end_ms + _SPAN_S * 1000)
        .order_by(reading_rollup.c.end_ms)
    )
    return tuple((min(at_ms, end_ms), value) for at_ms, value in found)
