"""Lists of the administration: the audit trail and the dead letters, newest first, a page at a time. They belong to no
single area: only a scope of the whole city may read them."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from brain.model.area import AreaTree
from brain.model.scope import Action, Scope
from brain.store.schema import audit, dead_letter

_PREVIEW_BYTES = 300


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
