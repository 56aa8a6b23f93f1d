"""Rollups: of devices in the transaction of their readings, of areas afterwards from the buckets that became dirty."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, case, delete, func, or_, select

from brain.model.area import AreaTree
from brain.model.rollup import BucketKey, Rollup
from brain.store import schema
from brain.store.dialect import insert_into, insert_rows
from brain.store.meta import hold
from brain.store.portion import portions
from brain.store.version import bump

INPUT = "readings"

_KEY = ("device_id", "metric", "span_s", "end_ms")
_KEPT = ("count", "bad", "sum", "min", "max", "last", "last_ms")
_AREA_KEY = ("area_id", "metric", "span_s", "end_ms")
_AREA_KEPT = ("count", "devices", "sum", "min", "max")

AreaBucket = tuple[str, str, int, int]
"""(area id, metric, span in s, end in ms)."""


def add_to_rollups(conn: Connection, made: Mapping[BucketKey, Rollup]) -> None:
    """Add the rollups of readings that are new to those of their devices."""
    table = schema.reading_rollup
    insert = insert_into(conn, table)
    there, added = table.c, insert.excluded
    newer = added.last_ms > there.last_ms
    upsert = insert.on_conflict_do_update(
        index_elements=[there[column] for column in _KEY],
        set_={
            "count": there.count + added.count,
            "bad": there.bad + added.bad,
            "sum": there.sum + added.sum,
            # A comparison with null is not true: a side without good values never wins.
            "min": case((or_(there.min.is_(None), added.min < there.min), added.min), else_=there.min),
            "max": case((or_(there.max.is_(None), added.max > there.max), added.max), else_=there.max),
            "last": case((newer, added.last), else_=there.last),
            "last_ms": case((newer, added.last_ms), else_=there.last_ms),
        },
    )
    rows = [(*key, *_kept(made[key])) for key in sorted(made)]
    insert_rows(conn, upsert, _KEY + _KEPT, rows)


def _kept(rollup: Rollup) -> tuple[Any, ...]:
    return rollup.count, rollup.bad, rollup.sum, rollup.min, rollup.max, rollup.last, rollup.last_ms


def mark_dirty(conn: Connection, buckets: Collection[AreaBucket]) -> None:
    """Have the area rollups of these buckets made again.

    A row that is there already is written all the same: its lock makes whoever is clearing it wait for us, or us for
    them, so that our readings are in what they count."""
    table = schema.dirty_bucket
    insert = insert_into(conn, table)
    upsert = insert.on_conflict_do_update(
        index_elements=[table.c[column] for column in _AREA_KEY], set_={"span_s": insert.excluded.span_s}
    )
    insert_rows(conn, upsert, _AREA_KEY, sorted(buckets))


def mark_moved(conn: Connection, moved: Mapping[str, tuple[str, str]], since_ms: int) -> None:
    """Have the buckets since then of devices that moved (id -> area before, area now) made again in both areas: the one
    that is not made again would count readings that the other counts too."""
    table = schema.reading_rollup
    buckets: set[AreaBucket] = set()
    for ids in portions(moved):
        there = select(*(table.c[column] for column in _KEY)).where(table.c.device_id.in_(ids))
        for device_id, metric, span_s, end_ms in conn.execute(there.where(table.c.end_ms > since_ms)):
            buckets.update((area_id, metric, span_s, end_ms) for area_id in moved[device_id])
    mark_dirty(conn, buckets)


# --- areas -------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Sum:
    """What an area's devices and the areas below it come to."""

    count: int = 0
    devices: int = 0
    sum: float = 0.0
    min: float | None = None
    max: float | None = None

    def add(self, count: int, devices: int, total: float, low: float | None, high: float | None) -> None:
        self.count += int(count)  # PostgreSQL adds whole numbers up to Decimals
        self.devices += int(devices)
        self.sum += total
        if low is not None and (self.min is None or low < self.min):
            self.min = low
        if high is not None and (self.max is None or high > self.max):
            self.max = high


def make_area_rollups(conn: Connection, tree: AreaTree, limit: int = 5000) -> int:
    """Make the rollups of up to `limit` dirty buckets again, for their areas and all above; how many were taken.

    `count` and `sum` are over all good values, `devices` counts the devices that had one. Call again while the answer
    is `limit`. An area is the sum of its own devices and of the areas right below it, so deeper areas come first."""
    hold(conn, "area_rollups")  # two makers would each miss what the other writes below a shared parent
    taken = _take_dirty(conn, limit)
    by_depth: dict[int, set[AreaBucket]] = defaultdict(set)
    known = [bucket for bucket in taken if bucket[0] in tree]  # a new city pack may have dropped an area
    kinds = _kinds_that_measure(conn, {metric for _, metric, _, _ in known})
    for area_id, metric, span_s, end_ms in known:
        for area in tree.ancestors(area_id):
            by_depth[tree.depth(area.id)].add((area.id, metric, span_s, end_ms))
    for depth in sorted(by_depth, reverse=True):
        _make(conn, tree, by_depth[depth], kinds)
    bump(conn, tree, {(INPUT, bucket[0]) for bucket in known})
    return len(taken)


def _take_dirty(conn: Connection, limit: int) -> list[AreaBucket]:
    table = schema.dirty_bucket
    key = [table.c[column] for column in _AREA_KEY]
    query = select(*key).order_by(*key).limit(limit)
    taken = [(row.area_id, row.metric, row.span_s, row.end_ms) for row in conn.execute(query)]
    if taken:
        one = delete(table).where(*(column == bindparam(f"this_{column.name}") for column in key))
        conn.execute(one, [dict(zip((f"this_{c}" for c in _AREA_KEY), bucket, strict=True)) for bucket in taken])
    return taken


def _kinds_that_measure(conn: Connection, metrics: Collection[str]) -> dict[tuple[str, str], list[str]]:
    """(area, metric) -> kinds of its own devices that ever reported it; the thousands of others are not asked."""
    device, latest = schema.device, schema.latest
    query = (
        select(device.c.area_id, latest.c.metric, device.c.kind)
        .join(latest, latest.c.device_id == device.c.id)
        .where(latest.c.metric.in_(sorted(metrics)))
        .distinct()
    )
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for area_id, metric, kind in conn.execute(query):
        found[area_id, metric].append(kind)
    return found


def _make(
    conn: Connection, tree: AreaTree, buckets: set[AreaBucket], kinds: Mapping[tuple[str, str], list[str]]
) -> None:
    """Make buckets of areas none of which is above another."""
    sums = {bucket: _Sum() for bucket in buckets}
    for span_s in sorted({span_s for _, _, span_s, _ in buckets}):
        some = [bucket for bucket in buckets if bucket[2] == span_s]
        parents = {child.id: area_id for area_id in {bucket[0] for bucket in some} for child in tree.children(area_id)}
        own = _of_devices(conn, some, span_s, kinds)
        below = _of_areas(conn, some, span_s, parents)
        for area_id, metric, end_ms, *values in (*own, *((parents[child], *rest) for child, *rest in below)):
            if (bucket := (area_id, metric, span_s, end_ms)) in sums:
                sums[bucket].add(*values)
    _write_areas(conn, sums)


def _of_devices(
    conn: Connection, buckets: Iterable[AreaBucket], span_s: int, kinds: Mapping[tuple[str, str], list[str]]
) -> Iterable[tuple[Any, ...]]:
    """(area, metric, end, count, devices, sum, min, max) of the devices right in each area: a statement for each kind,
    since devices of a kind measure the same. May say more than was asked for."""
    device, rollup = schema.device, schema.reading_rollup
    of_kind: dict[str, list[AreaBucket]] = defaultdict(list)
    for bucket in buckets:
        for kind in kinds.get((bucket[0], bucket[1]), ()):
            of_kind[kind].append(bucket)
    for kind, some in sorted(of_kind.items()):
        for ids in portions({bucket[0] for bucket in some}):
            yield from conn.execute(
                select(
                    device.c.area_id,
                    rollup.c.metric,
                    rollup.c.end_ms,
                    func.sum(rollup.c.count),
                    func.sum(case((rollup.c.count > 0, 1), else_=0)),
                    func.sum(rollup.c.sum),
                    func.min(rollup.c.min),
                    func.max(rollup.c.max),
                )
                .join(rollup, rollup.c.device_id == device.c.id)
                .where(device.c.area_id.in_(ids), device.c.kind == kind)
                .where(*_metrics_and_ends(rollup, some, span_s))
                .group_by(device.c.area_id, rollup.c.metric, rollup.c.end_ms)
            ).all()


def _of_areas(
    conn: Connection, buckets: Collection[AreaBucket], span_s: int, area_ids: Iterable[str]
) -> Iterable[tuple[Any, ...]]:
    """(area, metric, end, count, devices, sum, min, max) of areas made before; may say more than was asked for."""
    table = schema.area_rollup
    for ids in portions(area_ids):
        yield from conn.execute(
            select(table.c.area_id, table.c.metric, table.c.end_ms, *(table.c[column] for column in _AREA_KEPT)).where(
                table.c.area_id.in_(ids), *_metrics_and_ends(table, buckets, span_s)
            )
        ).all()


def _metrics_and_ends(table: Table, buckets: Collection[AreaBucket], span_s: int) -> tuple[ColumnElement[bool], ...]:
    metrics, ends_ms = {bucket[1] for bucket in buckets}, {bucket[3] for bucket in buckets}
    return (
        table.c.metric.in_(sorted(metrics)),
        table.c.span_s == span_s,
        table.c.end_ms.in_(sorted(ends_ms)),
    )


def _write_areas(conn: Connection, sums: Mapping[AreaBucket, _Sum]) -> None:
    table = schema.area_rollup
    insert = insert_into(conn, table)
    upsert = insert.on_conflict_do_update(
        index_elements=[table.c[column] for column in _AREA_KEY],
        set_={column: insert.excluded[column] for column in _AREA_KEPT},
    )
    rows = [(*key, s.count, s.devices, s.sum, s.min, s.max) for key, s in sorted(sums.items(), key=lambda kv: kv[0])]
    insert_rows(conn, upsert, _AREA_KEY + _AREA_KEPT, rows)
