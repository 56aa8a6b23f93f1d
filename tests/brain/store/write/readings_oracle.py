"""What the store must hold after a set of readings, computed in plain Python without the store's own bucket code."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from brain.model.area import AreaTree
from brain.model.reading import Device, Reading
from brain.store import schema
from brain.store.engine import Store

T = TypeVar("T")
Rows = dict[tuple[Any, ...], tuple[Any, ...]]


def expected(readings: Collection[Reading], area_of: Mapping[str, str], tree: AreaTree, tz: str) -> dict[str, Rows]:
    """Rows by table, key -> values. Sums are exact as long as the values are dyadic fractions."""
    buckets: dict[tuple[str, str, int, int], list[Reading]] = defaultdict(list)
    for reading in readings:
        for span_s, end_ms in _ends(reading.at_ms, ZoneInfo(tz)):
            buckets[reading.device_id, reading.metric, span_s, end_ms].append(reading)
    areas: dict[tuple[str, str, int, int], list[Reading]] = defaultdict(list)
    for (device, metric, span_s, end_ms), some in buckets.items():
        for area in tree.ancestors(area_of[device]):
            areas[area.id, metric, span_s, end_ms] += some
    newest: dict[tuple[str, str], Reading] = {}
    for reading in sorted(readings, key=lambda r: r.at_ms):
        newest[reading.device_id, reading.metric] = reading
    return {
        "reading": {(r.device_id, r.metric, r.at_ms): (r.value,) for r in readings},
        "latest": {key: (r.at_ms, r.value) for key, r in newest.items()},
        "reading_rollup": {key: _rollup(some) for key, some in buckets.items()},
        "area_rollup": {key: _area(some) for key, some in areas.items()},
        "device": {
            (device,): (max((r.at_ms for r in readings if r.device_id == device), default=None),) for device in area_of
        },
    }


def _ends(at_ms: int, zone: ZoneInfo) -> Iterable[tuple[int, int]]:
    for span_s in (300, 3600):
        whole, rest = divmod(at_ms, span_s * 1000)
        yield span_s, (whole + (rest > 0)) * span_s * 1000
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if local != midnight:
        midnight = (midnight + timedelta(days=1)).replace(hour=0)
    yield 86400, round(midnight.timestamp() * 1000)


def _rollup(readings: list[Reading]) -> tuple[Any, ...]:
    good = [r.value for r in readings if r.value is not None]
    last = max(readings, key=lambda r: r.at_ms)
    low, high = min(good, default=None), max(good, default=None)
    return len(good), len(readings) - len(good), sum(good), low, high, last.value, last.at_ms


def _area(readings: list[Reading]) -> tuple[Any, ...]:
    good = [r.value for r in readings if r.value is not None]
    devices = {r.device_id for r in readings if r.value is not None}
    return len(good), len(devices), sum(good), min(good, default=None), max(good, default=None)


_TABLES = {
    "reading": (("device_id", "metric", "at_ms"), ("value",)),
    "latest": (("device_id", "metric"), ("at_ms", "value")),
    "reading_rollup": (
        ("device_id", "metric", "span_s", "end_ms"),
        ("count", "bad", "sum", "min", "max", "last", "last_ms"),
    ),
    "area_rollup": (("area_id", "metric", "span_s", "end_ms"), ("count", "devices", "sum", "min", "max")),
    "device": (("id",), ("last_reported_ms",)),
}


def stored(conn: Connection) -> dict[str, Rows]:
    """The same, as the store holds it."""
    found: dict[str, Rows] = {}
    for name, (key, values) in _TABLES.items():
        table = schema.metadata.tables[name]
        rows = conn.execute(select(*(table.c[column] for column in (*key, *values)))).all()
        found[name] = {tuple(row[: len(key)]): tuple(row[len(key) :]) for row in rows}
    return found


class _Undone(Exception):
    pass


def tried(store: Store, work: Callable[[Connection], T]) -> T:
    """What `work` answers in a transaction that is taken back, so that one store serves many examples."""
    answers: list[T] = []

    def undo(conn: Connection) -> None:
        answers.append(work(conn))
        raise _Undone

    error = store.write(undo).exception()
    if not isinstance(error, _Undone):
        raise error or AssertionError("the work was not undone")
    return answers[-1]


def devices_in(areas: Iterable[str]) -> list[Device]:
    return [Device(f"d{n}", "air", f"device {n}", area, 113.0, 22.0, 60, "f") for n, area in enumerate(areas)]
