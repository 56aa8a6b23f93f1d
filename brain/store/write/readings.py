"""Storing devices and what they measured: one batch, one transaction, rows touched in sorted order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, and_, or_, select, update

from brain.model.area import AreaTree
from brain.model.reading import Device, Reading
from brain.model.rollup import Buckets, roll_up
from brain.store import schema
from brain.store.dialect import insert_into, insert_new
from brain.store.portion import portions
from brain.store.version import bump
from brain.store.write.latest import READING_COLUMNS, raise_latest, row_of
from brain.store.write.rollups import INPUT, add_to_rollups, mark_dirty, mark_moved

_KEY = READING_COLUMNS[:3]
_STILL_FILLING_MS = 7 * 86_400_000  # how late readings usually may be; older rollups of areas stay as they were


@dataclass(frozen=True, slots=True)
class ReadingResult:
    """Of the readings offered: `new` were stored, `repeated` were there already, `late` of the new ones were older than
    the newest known of their device and metric (they count to their rollups, never to "latest")."""

    new: int
    repeated: int
    late: int


def store_devices(
    conn: Connection, tree: AreaTree, devices: Iterable[Device], now_ms: int, *, by_people: bool = False
) -> int:
    """Add devices and take over what is said of known ones, but for their state; how many were new or differed. What
    people settled is changed by people only; the feed that brings it, where they could not know it, is filled in.
    `now_ms` is city time."""
    named = {device.id: device for device in devices}
    if not named:
        return 0
    rows = [{**asdict(named[i]), "state": str(named[i].state), "created_ms": now_ms} for i in sorted(named)]
    before = _areas_of(conn, named)
    table = schema.device
    insert = insert_into(conn, table)
    said = [column for column in rows[0] if column not in ("id", "created_ms", "state")]
    differs = or_(*(table.c[column].is_distinct_from(insert.excluded[column]) for column in said))
    upsert = insert.on_conflict_do_update(
        index_elements=["id"],
        set_={column: insert.excluded[column] for column in said},
        where=differs if by_people else and_(differs, table.c.kept.is_(False)),
    ).returning(table.c.id)
    changed = [row.id for row in conn.execute(upsert, rows)]
    filled = set() if by_people else _fill_feeds(conn, named)
    moved = {i: (before[i], named[i].area_id) for i in changed if before.get(i, named[i].area_id) != named[i].area_id}
    mark_moved(conn, moved, now_ms - _STILL_FILLING_MS)
    left = {before[i] for i in changed if i in before}
    bump(conn, tree, ((INPUT, area_id) for area_id in left | filled | {named[i].area_id for i in changed}))
    return len(changed)


def _fill_feeds(conn: Connection, devices: Mapping[str, Device]) -> set[str]:
    """Say of devices that people settled and no feed had brought which one does; the areas of those."""
    table = schema.device
    areas: set[str] = set()
    for device_id in sorted(i for i, device in devices.items() if device.kept and device.feed):
        device = devices[device_id]
        filled = update(table).where(table.c.id == device_id, table.c.kept, table.c.feed == "")
        said = filled.values(feed=device.feed, simulated=device.simulated)
        areas.update(conn.scalars(said.returning(table.c.area_id)))
    return areas


def _areas_of(conn: Connection, device_ids: Iterable[str]) -> dict[str, str]:
    table = schema.device
    found: dict[str, str] = {}
    for ids in portions(device_ids):
        query = select(table.c.id, table.c.area_id).where(table.c.id.in_(ids))
        found.update((row.id, row.area_id) for row in conn.execute(query))
    return found


def store_readings(
    conn: Connection, tree: AreaTree, readings: Sequence[Reading], device_area: Mapping[str, str], *, tz: str
) -> ReadingResult:
    """Store what is new of the readings, with "latest", device rollups, dirty buckets, device times and versions.

    A reading that is there already (same device, metric and time) is absorbed, whatever its value. `device_area` holds
    the area of every device, `tz` is the city's zone. Raises KeyError for a device without an area.
    """
    new = _insert_new(conn, readings)
    if not new:
        return ReadingResult(0, len(readings), 0)
    late = raise_latest(conn, new)
    made = roll_up(new, Buckets(tz))
    add_to_rollups(conn, made)
    mark_dirty(conn, {(device_area[device_id], metric, span, end) for device_id, metric, span, end in made})
    bump(conn, tree, {(INPUT, device_area[reading.device_id]) for reading in new})
    return ReadingResult(len(new), len(readings) - len(new), late)


def _insert_new(conn: Connection, readings: Iterable[Reading]) -> list[Reading]:
    """Store the readings that are not there yet and return those, sorted by device, metric and time."""
    named: dict[tuple[str, str, int], Reading] = {}
    for reading in readings:
        named.setdefault((reading.device_id, reading.metric, reading.at_ms), reading)
    keys = sorted(named)
    rows = [row_of(named[key]) for key in keys]
    there = set(insert_new(conn, schema.reading, _KEY, READING_COLUMNS, rows))
    return [named[key] for key in keys if key not in there]
