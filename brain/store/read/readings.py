"""Environment readings of an area: what its devices measure now, and the last 24 hours."""

from sqlalchemy import select

from brain.model.alert import Level
from brain.model.query.answer import Answer, Provenance
from brain.model.query.readings import Environment, MetricNow
from brain.store.read.alert_states import open_levels
from brain.store.read.ask import Ask, reply
from brain.store.read.metric_rows import (
    MetricRow,
    metric_rows,
    metrics_of_kinds,
    never_heard,
    watched_low,
    worst_devices,
)
from brain.store.read.sources import feed_ids, source_states, stale_after_s
from brain.store.schema import area_rollup, device

_HOURS = 24
_HOUR_MS = 3_600_000


@reply.register
def environment(query: Environment, ask: Ask) -> Answer[tuple[MetricNow, ...]]:
    sources = source_states(ask, "readings")
    rows = metric_rows(ask, device.c.kind, query.metrics)
    never = _never_by_metric(ask, rows)
    metrics = _chosen(query, ask, rows, never)
    values = _metrics_now(ask, metrics, rows, never)
    newest_ms = max((row.newest_ms for row in rows if row.metric in metrics), default=None)
    as_of_ms = None if newest_ms is None else min(newest_ms, ask.now_ms)
    return Answer(
        value=values if any(now.fresh + now.old + now.never for now in values) else None,
        as_of_ms=as_of_ms,
        sources=sources,
        simulated=any(row.simulated for row in rows if row.metric in metrics),
        stale_after_s=stale_after_s(sources),
        provenance=tuple(_provenance(now, feed_ids(sources)) for now in values),
    )


def _never_by_metric(ask: Ask, rows: list[MetricRow]) -> dict[str, int]:
    """Devices never heard of, under each metric that devices of their kind report."""
    silent = never_heard(ask, device.c.kind)
    known = {row.group: {r.metric for r in rows if r.group == row.group} for row in rows}
    if unknown := {kind for _, kind in silent} - known.keys():
        known |= metrics_of_kinds(ask, sorted(unknown))
    counts: dict[str, int] = {}
    for (_, kind), n in silent.items():
        for metric in known.get(kind, ()):
            counts[metric] = counts.get(metric, 0) + n
    return counts


def _chosen(query: Environment, ask: Ask, rows: list[MetricRow], never: dict[str, int]) -> tuple[str, ...]:
    if query.metrics:
        return tuple(metric for metric in query.metrics if metric in ask.facts.metrics)
    order = {metric: place for place, metric in enumerate(ask.facts.metrics)}
    devices = {metric: n for metric, n in never.items() if metric in order}
    for row in rows:
        devices[row.metric] = devices.get(row.metric, 0) + row.fresh + row.old
    return tuple(sorted(devices, key=lambda metric: (-devices[metric], order[metric]))[: query.limit])


def _metrics_now(
    ask: Ask, metrics: tuple[str, ...], rows: list[MetricRow], never: dict[str, int]
) -> tuple[MetricNow, ...]:
    worst = worst_devices(ask, metrics)
    hours = _hours(ask, metrics)
    levels = open_levels(ask)
    found = []
    for metric in metrics:
        own = [row for row in rows if row.metric == metric]
        measured = sum(row.measured for row in own)
        extremes = [value for row in own for value in (row.highest, row.lowest) if value is not None]
        worst_of = min if watched_low(ask.facts, metric) else max
        found.append(
            MetricNow(
                metric=ask.facts.metrics[metric],
                mean=sum(row.total for row in own) / measured if measured else None,
                worst=worst_of(extremes, default=None),
                worst_device=worst.get(metric),
                fresh=sum(row.fresh for row in own),
                old=sum(row.old for row in own),
                never=never.get(metric, 0),
                newest_ms=max((row.newest_ms for row in own), default=None),
                hours=hours[metric],
                level=_gravest(ask, metric, levels),
                bad=sum(row.bad for row in own),
            )
        )
    return tuple(found)


def _hours(ask: Ask, metrics: tuple[str, ...]) -> dict[str, tuple[float | None, ...]]:
    """Mean of each of the last 24 hours, the running one last, by metric."""
    last_end_ms = -(-ask.now_ms // _HOUR_MS) * _HOUR_MS
    means: dict[str, list[float | None]] = {metric: [None] * _HOURS for metric in metrics}
    rows = ask.conn.execute(
        select(area_rollup.c.metric, area_rollup.c.end_ms, area_rollup.c.sum, area_rollup.c.count).where(
            area_rollup.c.area_id == ask.area_id,
            area_rollup.c.metric.in_(metrics),
            area_rollup.c.span_s == _HOUR_MS // 1000,
            area_rollup.c.end_ms > last_end_ms - _HOURS * _HOUR_MS,
            area_rollup.c.end_ms <= last_end_ms,
        )
    )
    for metric, end_ms, total, n in rows:
        if n:
            means[metric][_HOURS - 1 - (last_end_ms - end_ms) // _HOUR_MS] = total / n
    return {metric: tuple(hours) for metric, hours in means.items()}


def _gravest(ask: Ask, metric: str, levels: dict[str, Level]) -> Level | None:
    rules = ask.facts.rules
    return max(
        (level for rule, level in levels.items() if rule in rules and rules[rule].metric == metric), default=None
    )


def _provenance(now: MetricNow, feeds: tuple[str, ...]) -> Provenance:
    left_out = (
        ("excluded.device_old", now.old),
        ("excluded.device_never", now.never),
        ("excluded.value_bad", now.bad),
    )
    return Provenance(
        key=now.metric.id,
        formula_key="formula.metric_mean",
        numerator=now.fresh - now.bad,
        denominator=now.fresh + now.old + now.never,
        sources=feeds,
        excluded=tuple((key, n) for key, n in left_out if n),
        refreshed_ms=now.newest_ms,
    )
