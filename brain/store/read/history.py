"""What one device measured over any span, at the finest grain that tells it in few points and was kept so long."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, func, or_, select, union_all

from brain.model.alert import TargetKind
from brain.model.clock import utc_ms
from brain.model.history import (
    MOST_READINGS,
    SINGLE_S,
    Point,
    fitting_spans_s,
    longest_step_s,
    single,
    thinned,
    together,
)
from brain.model.query.alerts import AlertRow
from brain.model.query.answer import Answer, Provenance
from brain.model.query.history import DeviceHistory, History, MetricLast
from brain.model.reading import Metric
from brain.model.rollup import SPANS_S, Buckets
from brain.store.read.alert_rows import alert_rows
from brain.store.read.ask import Ask, reply
from brain.store.read.freshness import device_state
from brain.store.read.limits import limits_of
from brain.store.read.metric_rows import as_device
from brain.store.read.sources import feed_ids, source_state
from brain.store.schema import alert, device, feed_state, latest, reading, reading_rollup
from brain.store.storable import storable

_HOUR_MS = 3_600_000
_MOST_ALERTS = 200


@reply.register
def device_history(query: DeviceHistory, ask: Ask) -> Answer[History]:
    row = ask.conn.execute(
        select(device, device_state(ask).label("speaks"))
        .where(device.c.id == storable(query.device_id, 64))
        .where(ask.inside(device.c.area_id))
    ).one_or_none()
    if row is None:
        return Answer(None, None)
    told = _history(query, ask, row)
    known = ask.facts.feeds.get(row.feed)
    state = select(feed_state).where(feed_state.c.feed == row.feed)
    sources = (source_state(ask, row.feed, ask.conn.execute(state).one_or_none()),) if known else ()
    moments = [last.at_ms for last in told.metrics]
    newest_ms = min(max(moments), ask.now_ms) if moments else None
    bad = (("excluded.value_bad", told.bad),) if told.bad else ()
    origin = Provenance("history", "formula.device_history", sources=feed_ids(sources), excluded=bad)
    return Answer(told, newest_ms, sources, row.simulated, provenance=(origin,) if told.metric else ())


def stretch_ms(query: DeviceHistory, tz: str, now_ms: int) -> tuple[int, int]:
    """(start, end] of what is asked for; it ends now at the latest, and may be empty."""
    end_ms = now_ms if query.last is None else min(now_ms, _midnight_ms(query.last + timedelta(days=1), tz))
    start_ms = end_ms - query.hours * _HOUR_MS if query.first is None else _midnight_ms(query.first, tz)
    return start_ms, max(start_ms, end_ms)


def _midnight_ms(day: date, tz: str) -> int:
    return utc_ms(datetime.combine(day, time(), ZoneInfo(tz)))


def _history(query: DeviceHistory, ask: Ask, row: Row[Any]) -> History:
    start_ms, end_ms = stretch_ms(query, ask.facts.tz, ask.now_ms)
    metrics = _metrics(ask, row.id)
    metric = next((last.metric for last in metrics if last.metric.id == query.metric), None)
    metric = metric or next((last.metric for last in metrics), None)
    alerts, total = _alerts(ask, row.id, start_ms, end_ms)
    told = History(as_device(row), row.speaks, row.last_reported_ms, metrics, metric, start_ms, end_ms)
    told = replace(told, alerts=alerts, alerts_total=total)
    if metric is None or end_ms == start_ms:
        return told
    series = _Series(ask, row.id, metric.id)
    span_s, all_points = series.told(start_ms, end_ms, row.interval_s, 2 if query.before else 1)
    points = [point for point in all_points if point.end_ms > start_ms]
    each = together((end_ms - start_ms) / 1000, span_s)
    return replace(
        told,
        span_s=span_s * each,
        step_s=longest_step_s(span_s * each, row.interval_s),
        points=thinned(points, each),
        before=thinned(all_points[: len(all_points) - len(points)], each),
        limits=limits_of(ask.facts, metric.id, row.kind),
    )


def _metrics(ask: Ask, device_id: str) -> tuple[MetricLast, ...]:
    """In the order of the config; those it does not define come last, under their ids."""
    known = ask.facts.metrics
    order = {metric: place for place, metric in enumerate(known)}
    found = ask.conn.execute(
        select(latest.c.metric, latest.c.value, latest.c.at_ms).where(latest.c.device_id == device_id)
    )
    rows = sorted(found, key=lambda row: (order.get(row.metric, len(order)), row.metric))
    return tuple(
        MetricLast(known.get(row.metric) or Metric(row.metric, row.metric, row.metric, "", 2), row.value, row.at_ms)
        for row in rows
    )


@dataclass(frozen=True)
class _Series:
    """One metric of one device. Everything is read along the primary keys."""

    ask: Ask
    device_id: str
    metric: str

    def told(self, start_ms: int, end_ms: int, interval_s: int, times: int) -> tuple[int, list[Point]]:
        """(span, points) at the finest grain that is short enough and reaches as far back as the coarser ones do; of
        `times` the stretch, backwards from its end."""
        earliest_ms = end_ms - times * (end_ms - start_ms)
        for span_s in fitting_spans_s((end_ms - start_ms) / 1000, interval_s):
            points = self._points(span_s, earliest_ms, end_ms, times * MOST_READINGS + 1)
            first_ms = points[0].start_ms if points else end_ms
            fits = span_s or len(points) <= times * MOST_READINGS
            if fits and not self._told_before(span_s, earliest_ms, first_ms):
                break
        return span_s, points

    def _points(self, span_s: int, start_ms: int, end_ms: int, most: int) -> list[Point]:
        """In the order of time."""
        return self._readings(start_ms, end_ms, most) if span_s == SINGLE_S else self._buckets(span_s, start_ms, end_ms)

    def _readings(self, start_ms: int, end_ms: int, most: int) -> list[Point]:
        found = self.ask.conn.execute(
            select(reading.c.at_ms, reading.c.value)
            .where(reading.c.device_id == self.device_id, reading.c.metric == self.metric)
            .where(reading.c.at_ms > start_ms, reading.c.at_ms <= end_ms)
            .order_by(reading.c.at_ms)
            .limit(most)
        )
        return [single(at_ms, value) for at_ms, value in found]

    def _buckets(self, span_s: int, start_ms: int, end_ms: int) -> list[Point]:
        """The bucket that runs at the end is told as far as it has come."""
        table, buckets = reading_rollup.c, Buckets(self.ask.facts.tz)
        found = self.ask.conn.execute(
            select(table.end_ms, table.sum, table.min, table.max, table.count, table.bad)
            .where(table.device_id == self.device_id, table.metric == self.metric, table.span_s == span_s)
            .where(table.end_ms > start_ms, table.end_ms <= buckets.end_ms(end_ms, span_s))
            .order_by(table.end_ms)
        )
        return [
            Point(buckets.start_ms(at_ms, span_s), at_ms, total / count if count else None, low, high, count, bad)
            for at_ms, total, low, high, count, bad in found
        ]

    def _told_before(self, span_s: int, start_ms: int, first_ms: int) -> bool:
        """Whether a coarser grain still knows of the stretch before `first_ms`: the finer one is forgotten there. A
        bucket that began before the stretch says nothing of it."""
        table, buckets = reading_rollup.c, Buckets(self.ask.facts.tz)
        coarser = []
        for other in (span for span in SPANS_S if span > span_s):
            end_ms = buckets.end_ms(start_ms + 1, other)
            whole = buckets.start_ms(end_ms, other) >= start_ms
            coarser.append(
                select(table.end_ms)
                .where(table.device_id == self.device_id, table.metric == self.metric, table.span_s == other)
                .where(table.end_ms >= end_ms + (not whole), table.end_ms <= first_ms)
                .exists()
            )
        return bool(coarser) and bool(self.ask.conn.scalar(select(or_(*coarser))))


def _alerts(ask: Ask, device_id: str, start_ms: int, end_ms: int) -> tuple[tuple[AlertRow, ...], int]:
    """The newest that lasted in the stretch and may be listed, and how many there are."""
    # In two parts, each along the index: what was over long before is not looked at.
    of_device = and_(alert.c.target_id == device_id, alert.c.target_kind == TargetKind.DEVICE.value)
    lasting = (
        select(alert.c.id).where(of_device, alert.c.opened_ms <= end_ms, still)
        for still in (alert.c.closed_ms.is_(None), alert.c.closed_ms > start_ms)
    )
    lasted = and_(alert.c.id.in_(union_all(*lasting)), ask.own(alert.c.owner))
    newest = select(alert).where(lasted).order_by(alert.c.opened_ms.desc(), alert.c.id).limit(_MOST_ALERTS)
    rows = ask.conn.execute(newest).all()
    total = ask.conn.scalar(select(func.count()).select_from(alert).where(lasted)) if len(rows) == _MOST_ALERTS else 0
    return alert_rows(ask, rows), total or len(rows)
