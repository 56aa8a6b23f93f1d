"""Lists of the administration: the audit trail, the dead letters and the waiting devices, a page at a time. They belong
to no single area: only a scope of the whole city may read them."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, exists, func, select, tuple_

from brain.model.area import AreaTree
from brain.model.scope import Action, Scope
from brain.store.schema import audit, dead_letter, device, waiting_device, waiting_reading
from brain.store.storable import storable

_PREVIEW_BYTES = 300
# One that is in the register only waits for its readings to be stored.
_WAITS = and_(waiting_device.c.rejected_ms.is_(None), ~exists().where(device.c.id == waiting_device.c.id))


@dataclass(frozen=True, slots=True)
class AuditRow:
    """`at_ms` is real time, `city_ms` the city's."""

    seq: int
    at_ms: int
    city_ms: int
    actor: str
    role: str
    action: str
    target: str
    result: str
    address: str
    detail: str


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A refused item. `preview` is the beginning of its payload, None where that is encrypted. City time."""

    feed: str
    id: str
    at_ms: int
    reason: str
    detail: str
    place: str
    preview: str | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A device that speaks and is not in the register. What it says of itself may be missing: "" or None. `held` of its
    readings are kept, `beyond` were not; `metrics` of them. City time."""

    feed: str
    id: str
    kind: str
    name: str
    area_id: str
    lon: float | None
    lat: float | None
    interval_s: int | None
    first_ms: int
    last_ms: int
    held: int
    beyond: int
    rejected_by: str | None
    rejected_ms: int | None
    metrics: tuple[str, ...]


def list_audit(
    conn: Connection, tree: AreaTree, scope: Scope, before_seq: int | None, limit: int
) -> tuple[AuditRow, ...]:
    """Rows before `before_seq` (None: the newest). Raises Forbidden."""
    scope.require(Action.AUDIT_READ)
    scope.require_area(tree, tree.root.id)
    columns = [audit.c[name] for name in AuditRow.__slots__]
    asked = select(*columns).order_by(audit.c.seq.desc()).limit(limit)
    if before_seq is not None:
        asked = asked.where(audit.c.seq < before_seq)
    return tuple(AuditRow(**row._mapping) for row in conn.execute(asked))


def list_letters(
    conn: Connection, tree: AreaTree, scope: Scope, feed: str, before_id: str | None, limit: int
) -> tuple[LetterRow, ...]:
    """Letters of a feed before `before_id` (None: the newest; ids sort by time). Raises Forbidden."""
    scope.require(Action.DEADLETTER_READ)
    scope.require_area(tree, tree.root.id)
    asked = select(dead_letter).where(dead_letter.c.feed == feed).order_by(dead_letter.c.id.desc()).limit(limit)
    if before_id is not None and not before_id.isprintable():  # from an address; not every database takes it
        return ()
    if before_id is not None:
        asked = asked.where(dead_letter.c.id < before_id)
    return tuple(
        LetterRow(row.feed, row.id, row.at_ms, row.reason, row.detail, row.place, _preview(row.payload, row.sealed))
        for row in conn.execute(asked)
    )


def _preview(payload: bytes | None, sealed: bool) -> str | None:
    if sealed:
        return None
    return (payload or b"")[:_PREVIEW_BYTES].decode("utf-8", "replace")


def list_waiting(
    conn: Connection, tree: AreaTree, scope: Scope, *, rejected: bool, after: tuple[str, str], limit: int
) -> tuple[WaitingRow, ...]:
    """Devices that wait, or were rejected, by feed and id, after one of them. Raises Forbidden."""
    scope.require(Action.DEADLETTER_READ)
    scope.require_area(tree, tree.root.id)
    feed, device_id = (storable(text, 64) for text in after)
    table = waiting_device
    asked = (
        select(table)
        .where(table.c.rejected_ms.is_not(None) if rejected else _WAITS)
        .where(tuple_(table.c.feed, table.c.id) > (feed, device_id))
        .order_by(table.c.feed, table.c.id)
        .limit(limit)
    )
    rows = list(conn.execute(asked))
    measured = _measured(conn, [(row.feed, row.id) for row in rows])
    names = [name for name in WaitingRow.__slots__ if name != "metrics"]
    return tuple(
        WaitingRow(**{n: getattr(row, n) for n in names}, metrics=measured.get((row.feed, row.id), ())) for row in rows
    )


def count_waiting(conn: Connection) -> int:
    """Devices that wait for somebody."""
    return conn.scalar(select(func.count()).select_from(waiting_device).where(_WAITS)) or 0


def _measured(conn: Connection, keys: list[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    held = waiting_reading
    asked = select(held.c.feed, held.c.device_id, held.c.metric).distinct().order_by(held.c.metric)
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in conn.execute(asked.where(tuple_(held.c.feed, held.c.device_id).in_(keys))):
        key = row.feed, row.device_id
        found[key] = (*found.get(key, ()), row.metric)
    return found
