"""What devices, or brokers for them, say of their being there."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select, update

from brain.model.area import AreaTree
from brain.model.reading import Availability
from brain.store import schema
from brain.store.portion import portions
from brain.store.version import bump
from brain.store.write.rollups import INPUT


def store_availability(conn: Connection, tree: AreaTree, said: Iterable[Availability]) -> None:
    """The last word of each device counts. Gone: since the first time it was said. There: it is not gone, and where it
    said so itself it was heard then."""
    last: dict[str, Availability] = {}
    for word in said:
        known = last.get(word.device_id)
        if known is None or word.at_ms >= known.at_ms:
            last[word.device_id] = word
    changed: list[str] = []
    for ids in portions(sorted(last)):
        changed += _store(conn, {device_id: last[device_id] for device_id in ids})
    bump(conn, tree, ((INPUT, area_id) for area_id in sorted(set(changed))))


def _store(conn: Connection, last: Mapping[str, Availability]) -> list[str]:
    """The areas of devices whose row changed."""
    table = schema.device
    columns = (table.c.id, table.c.area_id, table.c.last_reported_ms, table.c.offline_ms)
    areas = []
    for row in conn.execute(select(*columns).where(table.c.id.in_(last)).order_by(table.c.id)).all():
        word = last[row.id]
        heard_ms, gone_ms = row.last_reported_ms, row.offline_ms
        if not word.online:
            still_gone = gone_ms is not None and gone_ms >= (heard_ms or 0)
            # It was said after what is stored, whatever the device's own clock says of that.
            gone_ms = gone_ms if still_gone else max(word.at_ms, heard_ms or 0)
        else:
            gone_ms = None
            heard_ms = max(heard_ms or 0, word.at_ms) if word.heard else heard_ms
        if (heard_ms, gone_ms) == (row.last_reported_ms, row.offline_ms):
            continue
        conn.execute(update(table).where(table.c.id == row.id).values(last_reported_ms=heard_ms, offline_ms=gone_ms))
        areas.append(row.area_id)
    return areas
