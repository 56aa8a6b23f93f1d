"""The waiting list: devices that speak and are not in the register, with what they measured, until somebody admits or
rejects them. What there is no room for is counted, and refused where it is of a device that cannot even be listed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, delete, exists, func, select, tuple_, update

from brain.model.reading import Device, Reading
from brain.store import schema
from brain.store.dialect import insert_into, insert_new
from brain.store.judged import seen_devices
from brain.store.portion import portions
from brain.store.write.latest import READING_COLUMNS, row_of

_KEY = ("feed", "device_id", "metric", "at_ms")
_SAID = ("kind", "name", "area_id", "lon", "lat", "interval_s")
_NOTHING = MappingProxyType({**dict.fromkeys(_SAID), "kind": "", "name": "", "area_id": ""})
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """`devices` of one feed; readings of `each` device, the newest, and `total` of all."""

    devices: int = 1000
    each: int = 1000
    total: int = 100_000


@dataclass(frozen=True, slots=True)
class Held:
    """`rejected` are readings of devices that were rejected, `crowded` of devices for which the list had no room."""

    rejected: Sequence[Reading] = ()
    crowded: Sequence[Reading] = ()


def hold(
    conn: Connection,
    feed: str,
    said: Mapping[str, Device],
    readings: Iterable[Reading],
    now_ms: int,
    limits: Limits = Limits(),
) -> Held:
    """Keep readings of devices that are not in the register; one that is held already is absorbed. `said`: what a feed
    could tell of the devices. `now_ms` is city time."""
    by_device: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_device[reading.device_id].append(reading)
    known = _known(conn, feed, by_device)
    rejected = {device_id for device_id, rejected_ms in known.items() if rejected_ms is not None}
    _hear(conn, feed, rejected, now_ms)
    new = sorted(by_device.keys() - known)
    room = max(0, limits.devices - _devices(conn, feed)) if new else 0
    crowded = set(new[room:])
    let_in = sorted(by_device.keys() - rejected - crowded)
    left = limits.total - _held(conn) if let_in else 0
    for device_id in let_in:
        left -= _hold_one(conn, feed, device_id, said.get(device_id), by_device[device_id], now_ms, left, limits.each)
    return Held(_of(by_device, rejected), _of(by_device, crowded))


def next_registered(
    conn: Connection, feeds: Collection[str], most: int
) -> tuple[str, list[Device], list[Reading]] | None:
    """A feed, and up to `most` of its held readings whose devices are in the register by now, oldest first, with those
    devices; None: there are no such."""
    held, device = schema.waiting_reading, schema.device
    registered = exists().where(device.c.id == held.c.device_id)
    feed = conn.scalar(select(held.c.feed).where(held.c.feed.in_(sorted(feeds)), registered).limit(1))
    if feed is None:
        return None
    columns = [held.c[name] for name in READING_COLUMNS]
    asked = select(*columns).where(held.c.feed == feed, registered).order_by(held.c.at_ms, *held.primary_key)
    readings = [Reading(*row) for row in conn.execute(asked.limit(most))]
    devices = seen_devices(conn, only={reading.device_id for reading in readings})
    return feed, [seen.device for seen in devices], readings


def drop_stored(conn: Connection, feed: str, readings: Sequence[Reading]) -> None:
    """Let go of held readings that are stored now."""
    held = schema.waiting_reading
    keys = sorted((reading.device_id, reading.metric, reading.at_ms) for reading in readings)
    for start in range(0, len(keys), _AT_ONCE):
        same = tuple_(held.c.device_id, held.c.metric, held.c.at_ms).in_(keys[start : start + _AT_ONCE])
        conn.execute(delete(held).where(held.c.feed == feed, same))


def drop_registered(conn: Connection) -> int:
    """Take from the list what is in the register and has no reading left here; how many."""
    waiting, held, device = schema.waiting_device, schema.waiting_reading, schema.device
    registered = exists().where(device.c.id == waiting.c.id)
    empty = ~exists().where(held.c.feed == waiting.c.feed, held.c.device_id == waiting.c.id)
    return conn.execute(delete(waiting).where(registered, empty)).rowcount


def some_registered(conn: Connection) -> bool:
    waiting, device = schema.waiting_device, schema.device
    return conn.scalar(select(waiting.c.id).where(exists().where(device.c.id == waiting.c.id)).limit(1)) is not None


def waiting_feeds(conn: Connection) -> list[str]:
    """Feeds, also of former configurations, whose devices wait."""
    return list(conn.scalars(select(schema.waiting_device.c.feed).distinct()))


def forget_waiting(conn: Connection, cutoff_ms: int, most: int) -> int:
    """Devices, rejected ones too, not heard of since `cutoff_ms`, with what is held of them; how many."""
    waiting = schema.waiting_device
    old = select(waiting.c.feed, waiting.c.id).where(waiting.c.last_ms <= cutoff_ms).limit(most)
    keys = [(row.feed, row.id) for row in conn.execute(old)]
    drop_devices(conn, keys)
    return len(keys)


def drop_devices(conn: Connection, keys: Sequence[tuple[str, str]]) -> int:
    """Take devices (feed, id) from the list with their readings; how many readings that were."""
    waiting = schema.waiting_device
    dropped = drop_held(conn, keys)
    for start in range(0, len(keys), _AT_ONCE):
        some = tuple_(waiting.c.feed, waiting.c.id).in_(keys[start : start + _AT_ONCE])
        conn.execute(delete(waiting).where(some))
    return dropped


def drop_held(conn: Connection, keys: Sequence[tuple[str, str]]) -> int:
    held = schema.waiting_reading
    dropped = 0
    for start in range(0, len(keys), _AT_ONCE):
        some = tuple_(held.c.feed, held.c.device_id).in_(keys[start : start + _AT_ONCE])
        dropped += conn.execute(delete(held).where(some)).rowcount
    return dropped


def _known(conn: Connection, feed: str, device_ids: Iterable[str]) -> dict[str, int | None]:
    """Listed device -> when it was rejected."""
    table = schema.waiting_device
    found: dict[str, int | None] = {}
    for ids in portions(device_ids):
        rows = conn.execute(select(table.c.id, table.c.rejected_ms).where(table.c.feed == feed, table.c.id.in_(ids)))
        found.update((row.id, row.rejected_ms) for row in rows)
    return found


def _hear(conn: Connection, feed: str, device_ids: Collection[str], now_ms: int) -> None:
    """Who was rejected and keeps talking is not forgotten: it would come back as new."""
    table = schema.waiting_device
    for ids in portions(device_ids):
        conn.execute(update(table).where(table.c.feed == feed, table.c.id.in_(ids)).values(last_ms=now_ms))


def _devices(conn: Connection, feed: str) -> int:
    table = schema.waiting_device
    return conn.scalar(select(func.count()).select_from(table).where(table.c.feed == feed)) or 0


def _held(conn: Connection) -> int:
    return int(conn.scalar(select(func.sum(schema.waiting_device.c.held))) or 0)


def _hold_one(
    conn: Connection,
    feed: str,
    device_id: str,
    said: Device | None,
    readings: Sequence[Reading],
    now_ms: int,
    left: int,
    each: int,
) -> int:
    """How many more are held of the device than before."""
    named = {(r.metric, r.at_ms): r for r in reversed(readings)}  # of one key the first that came
    newest = sorted(named.values(), key=lambda r: (-r.at_ms, r.metric))[: max(0, min(left, each))]
    rows = [(feed, *row_of(reading)) for reading in newest]
    there = insert_new(conn, schema.waiting_reading, _KEY, ("feed", *READING_COLUMNS), rows)
    came = len(rows) - len(there)
    over = _cut(conn, feed, device_id, each)
    _note(conn, feed, device_id, said, came - over, len(named) - len(rows) + over, now_ms)
    return came - over


def _cut(conn: Connection, feed: str, device_id: str, each: int) -> int:
    """Drop the oldest beyond `each`; how many."""
    held = schema.waiting_reading
    of_it = (held.c.feed == feed, held.c.device_id == device_id)
    over = (conn.scalar(select(func.count()).select_from(held).where(*of_it)) or 0) - each
    if over <= 0:
        return 0
    oldest = select(held.c.metric, held.c.at_ms).where(*of_it).order_by(held.c.at_ms, held.c.metric).limit(over)
    keys = [tuple(row) for row in conn.execute(oldest)]
    for start in range(0, len(keys), _AT_ONCE):
        same = tuple_(held.c.metric, held.c.at_ms).in_(keys[start : start + _AT_ONCE])
        conn.execute(delete(held).where(*of_it, same))
    return over


def _note(
    conn: Connection, feed: str, device_id: str, said: Device | None, held: int, beyond: int, now_ms: int
) -> None:
    table = schema.waiting_device
    told = {name: getattr(said, name) for name in _SAID} if said else dict(_NOTHING)
    row = {"feed": feed, "id": device_id, "first_ms": now_ms, "last_ms": now_ms, "held": held, "beyond": beyond, **told}
    insert = insert_into(conn, table).values(row)
    counted: dict[str, Any] = {name: table.c[name] + insert.excluded[name] for name in ("held", "beyond")}
    # Not every message tells all: what was said before stays, and the area with the place that it is of.
    placed = said is not None and said.lon is not None
    news = {n: insert.excluded[n] for n in _SAID if told[n] not in (None, "") and (placed or n != "area_id")}
    conn.execute(
        insert.on_conflict_do_update(
            index_elements=["feed", "id"],
            set_={**counted, **news, "last_ms": insert.excluded.last_ms},
        )
    )


def _of(by_device: Mapping[str, Sequence[Reading]], ids: Collection[str]) -> list[Reading]:
    return [reading for device_id in sorted(ids) for reading in by_device[device_id]]
