"""What is kept of feeds: their state, what they brought and what was refused of it, how far they have read."""

import secrets
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, case, delete, func, or_, select, update

from brain.model.area import AreaTree
from brain.store import schema
from brain.store.dialect import insert_into
from brain.store.storable import storable
from brain.store.version import bump_everywhere

INPUT = "feeds"
PAYLOAD_BYTES = 16_384
"""What is kept of a refused payload."""

_MINUTE_MS = 60_000
_MINUTES_KEPT = 60
_TEXT = 512


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """How a feed is. `status` is starting, well, lost, refused, broken, held or stopped; `since_ms` is when that began.

    `last_well_ms` None: not well since the last time it was said. `cause` is one line for people. City time."""

    feed: str
    input: str
    status: str
    since_ms: int
    stale_after_s: float
    simulated: bool = False
    last_well_ms: int | None = None
    failures: int = 0
    cause: str = ""
    next_try_ms: int | None = None


@dataclass(frozen=True, slots=True)
class FeedCounts:
    """What one batch brought: newly stored items, refused ones, absorbed duplicates; `last_item_ms` is when it came."""

    accepted: int = 0
    refused: int = 0
    repeated: int = 0
    last_item_ms: int | None = None


class Refusal(Protocol):
    """A refused item, as brain/feed.Rejected declares it."""

    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def personal(self) -> bool: ...


class Sealer(Protocol):
    """What brain/store/seal.Seal does for a payload."""

    def encrypt(self, plain: bytes, about: str = "") -> bytes: ...


def save_feed_state(conn: Connection, tree: AreaTree, status: FeedStatus) -> None:
    """Write how a feed is; counters and cursor stay. Every screen hears of it: their panels show old data as old."""
    table = schema.feed_state
    row = {**asdict(status), "cause": storable(status.cause, _TEXT)}
    insert = insert_into(conn, table).values(row)
    said: dict[str, ColumnElement[Any]] = {column: insert.excluded[column] for column in row if column != "feed"}
    said["last_well_ms"] = func.coalesce(insert.excluded.last_well_ms, table.c.last_well_ms)
    conn.execute(insert.on_conflict_do_update(index_elements=["feed"], set_=said))
    bump_everywhere(conn, tree, INPUT)


def count_items(conn: Connection, tree: AreaTree, feed: str, counts: FeedCounts, now_ms: int) -> None:
    """Add a batch to the feed's counters and to its minute of city time. Raises LookupError without a saved state."""
    table = schema.feed_state
    values = {name: table.c[name] + getattr(counts, name) for name in ("accepted", "refused", "repeated")}
    if (last_ms := counts.last_item_ms) is not None:
        older = or_(table.c.last_item_ms.is_(None), table.c.last_item_ms < last_ms)
        values["last_item_ms"] = case((older, last_ms), else_=table.c.last_item_ms)
    if not conn.execute(update(table).where(table.c.feed == feed).values(values)).rowcount:
        raise LookupError(f"feed {feed} has no state; save it first")
    _count_minute(conn, feed, counts, now_ms)
    bump_everywhere(conn, tree, INPUT)


def _count_minute(conn: Connection, feed: str, counts: FeedCounts, now_ms: int) -> None:
    table = schema.feed_minute
    minute_ms = now_ms // _MINUTE_MS * _MINUTE_MS
    insert = insert_into(conn, table).values(
        feed=feed, minute_ms=minute_ms, accepted=counts.accepted, refused=counts.refused
    )
    added = {name: table.c[name] + insert.excluded[name] for name in ("accepted", "refused")}
    conn.execute(insert.on_conflict_do_update(index_elements=["feed", "minute_ms"], set_=added))
    old = table.c.minute_ms < minute_ms - _MINUTES_KEPT * _MINUTE_MS
    conn.execute(delete(table).where(table.c.feed == feed, old))


def save_cursor(conn: Connection, feed: str, cursor: str) -> None:
    """Remember how far a feed has read. Raises LookupError without a saved state."""
    table = schema.feed_state
    if not conn.execute(update(table).where(table.c.feed == feed).values(cursor=cursor)).rowcount:
        raise LookupError(f"feed {feed} has no state; save it first")


def unwell_feeds(conn: Connection) -> frozenset[str]:
    """Feeds that are not well, as their processes said last."""
    table = schema.feed_state
    return frozenset(conn.scalars(select(table.c.feed).where(table.c.status != "well")))


def load_cursor(conn: Connection, feed: str) -> str | None:
    """What `save_cursor` remembered last; None for a feed that never read."""
    return conn.scalar(select(schema.feed_state.c.cursor).where(schema.feed_state.c.feed == feed))


# --- dead letters ------------------------------------------------------------------------------------------------
def keep_rejected(
    conn: Connection, feed: str, rejected: Sequence[Refusal], seal: Sealer, now_ms: int, cap: int
) -> None:
    """Count refused items by reason and keep them as dead letters, at most the newest `cap` of a feed.

    Payloads that may hold personal data are encrypted for their row id."""
    if not rejected:
        return
    _count_reasons(conn, feed, rejected, now_ms)
    kept = rejected[-cap:] if cap > 0 else ()
    rows = [_letter(feed, refusal, _letter_id(now_ms, k), seal, now_ms) for k, refusal in enumerate(kept)]
    if rows:
        conn.execute(insert_into(conn, schema.dead_letter), rows)
    _drop_oldest(conn, feed, max(cap, 0))


def _count_reasons(conn: Connection, feed: str, rejected: Sequence[Refusal], now_ms: int) -> None:
    table = schema.refusal_count
    insert = insert_into(conn, table)
    upsert = insert.on_conflict_do_update(
        index_elements=["feed", "reason"],
        set_={"n": table.c.n + insert.excluded.n, "last_ms": insert.excluded.last_ms},
    )
    reasons = Counter(str(refusal.reason) for refusal in rejected)
    conn.execute(upsert, [{"feed": feed, "reason": r, "n": n, "last_ms": now_ms} for r, n in sorted(reasons.items())])


def _letter(feed: str, refusal: Refusal, letter_id: str, seal: Sealer, now_ms: int) -> dict[str, object]:
    payload = refusal.payload[:PAYLOAD_BYTES]
    return {
        "feed": feed,
        "id": letter_id,
        "at_ms": now_ms,
        "reason": str(refusal.reason),
        "detail": storable(refusal.detail, _TEXT),
        "place": storable(refusal.place, _TEXT),
        "payload": seal.encrypt(payload, letter_id) if refusal.personal else payload,
        "sealed": refusal.personal,
    }


def _letter_id(now_ms: int, position: int) -> str:
    """A UUIDv7: sorts by time and, within a batch, by position, so that the oldest is known."""
    bits = (now_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | min(position, 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=bits))


def _drop_oldest(conn: Connection, feed: str, cap: int) -> None:
    table = schema.dead_letter
    count = conn.scalar(select(func.count()).select_from(table).where(table.c.feed == feed)) or 0
    if count > cap:
        oldest = select(table.c.id).where(table.c.feed == feed).order_by(table.c.at_ms, table.c.id).limit(count - cap)
        conn.execute(delete(table).where(table.c.feed == feed, table.c.id.in_(oldest.scalar_subquery())))
