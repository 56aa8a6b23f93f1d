"""What the devices of an area say of each metric, summed up in the database: flat in history, one row per group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, not_, select

from brain.model.alert import RuleKind, Trip
from brain.model.facts import Facts
from brain.model.reading import Device, DeviceState
from brain.store.read.ask import Ask
from brain.store.read.freshness import IN_SERVICE, is_fresh
from brain.store.read.ticket_counts import count_if
from brain.store.schema import device, latest


@dataclass(frozen=True, slots=True)
class MetricRow:
    """Sums over one group of devices (`group`: a kind or an area) that have ever reported the metric.

    `total` adds the `measured` values of the fresh ones, `old_total` the `old_measured` last values of the silent ones.
    """

    group: str
    metric: str
    fresh: int
    old: int
    bad: int
    measured: int
    total: float
    highest: float | None
    lowest: float | None
    old_measured: int
    old_total: float
    newest_ms: int
    simulated: int


def metric_rows(ask: Ask, group: ColumnElement[str], metrics: Sequence[str] = ()) -> list[MetricRow]:
    """`metrics` empty: all. In the order of group and metric."""
    fresh, value = is_fresh(ask, latest.c.at_ms), latest.c.value
    good = case((fresh, value))
    stale = case((not_(fresh), value))
    found = ask.conn.execute(
        select(
            group,
            latest.c.metric,
            count_if(fresh),
            count_if(not_(fresh)),
            count_if(and_(fresh, value.is_(None))),
            func.count(good),
            func.coalesce(func.sum(good), 0.0),
            func.max(good),
            func.min(good),
            func.count(stale),
            func.coalesce(func.sum(stale), 0.0),
            func.max(latest.c.at_ms),
            count_if(device.c.simulated),
        )
        .join_from(device, latest, latest.c.device_id == device.c.id)
        .where(IN_SERVICE, ask.inside(device.c.area_id), _wanted(ask.facts, metrics))
        .group_by(group, latest.c.metric)
        .order_by(group, latest.c.metric)
    )
    return [MetricRow(*row) for row in found]


def _wanted(facts: Facts, metrics: Sequence[str]) -> ColumnElement[bool]:
    ids = [metric for metric in metrics or facts.metrics if metric in facts.metrics]
    return latest.c.metric.in_(ids) if ids else false()


def never_heard(ask: Ask, group: ColumnElement[str]) -> dict[tuple[str, str], int]:
    """Devices in service that have not reported anything yet, by (group, kind)."""
    found = ask.conn.execute(
        select(group, device.c.kind, func.count())
        .where(IN_SERVICE, device.c.last_reported_ms.is_(None), ask.inside(device.c.area_id))
        .group_by(group, device.c.kind)
    )
    return {(name, kind): n for name, kind, n in found}


def metrics_of_kinds(ask: Ask, kinds: Sequence[str]) -> dict[str, set[str]]:
    """What devices of these kinds report anywhere in the city: metric ids by kind."""
    found = ask.conn.execute(
        select(device.c.kind, latest.c.metric)
        .join_from(device, latest, latest.c.device_id == device.c.id)
        .where(device.c.kind.in_(sorted(kinds)))
        .distinct()
    )
    known: dict[str, set[str]] = {}
    for kind, metric in found:
        known.setdefault(kind, set()).add(metric)
    return known


def watched_low(facts: Facts, metric: str) -> bool:
    """Whether the rules of the metric only watch for low values, so that the lowest is the worst."""
    trips = {rule.trip for rule in facts.rules.values() if rule.kind is RuleKind.THRESHOLD and rule.metric == metric}
    return trips == {Trip.BELOW}


def worst_devices(ask: Ask, metrics: Sequence[str]) -> dict[str, Device]:
    """Of each metric the fresh device with the worst value, of equal ones the one with the smallest id."""
    low = [metric for metric in metrics if watched_low(ask.facts, metric)]
    badness = case((latest.c.metric.in_(low), -latest.c.value), else_=latest.c.value)
    place = func.row_number().over(partition_by=latest.c.metric, order_by=(badness.desc(), device.c.id))
    ranked = (
        select(device, latest.c.metric, place.label("place"))
        .join_from(device, latest, latest.c.device_id == device.c.id)
        .where(IN_SERVICE, ask.inside(device.c.area_id), _wanted(ask.facts, metrics))
        .where(is_fresh(ask, latest.c.at_ms), latest.c.value.is_not(None))
        .subquery()
    )
    return {row.metric: as_device(row) for row in ask.conn.execute(select(ranked).where(ranked.c.place == 1))}


def as_device(row: Any) -> Device:
    """The device of a row that carries the columns of `device`."""
    return Device(
        id=row.id,
        kind=row.kind,
        name=row.name,
        area_id=row.area_id,
        lon=row.lon,
        lat=row.lat,
        interval_s=row.interval_s,
        feed=row.feed,
        simulated=row.simulated,
        state=DeviceState(row.state),
        kept=row.kept,
    )
