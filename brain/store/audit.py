"""The audit trail: who did what, from where, with which result. Append-only; each row's hash covers the row before it.

Whoever can write to the database could still hash the whole chain anew: against that, keep `head` somewhere else
(the log of another machine) and hand it to `verify`.
"""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from brain.model.privacy import shorten, tidy
from brain.model.scope import Scope
from brain.store import schema
from brain.store.meta import hold, read_meta, write_meta

START = "0" * 64
"""What the first row names as the hash before it."""

_HEAD = "audit.head"
_CUT = "audit.cut"  # the last row that retention took
_AT_ONCE = 1000
_TEXTS = ("actor", "role", "action", "target", "address", "detail")
_COVERED = ("seq", "at_ms", "city_ms", "result", *_TEXTS, "before_hash")
_BEFORE_ALL = -(2**62)


class Result(StrEnum):
    DONE = "done"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"  # the target does not exist
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Deed:
    """`at_ms` is real time, `city_ms` city time. `detail` must hold no personal data; long texts are cut."""

    actor: str
    role: str
    action: str
    target: str
    result: Result
    at_ms: int
    city_ms: int
    address: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: the number of rows and the hash of the last one."""

    seq: int
    hash: str


def by(scope: Scope, action: str, target: str, result: Result, at_ms: int, city_ms: int, **more: str) -> Deed:
    """A deed of whoever `scope` is; `more` are address and detail."""
    return Deed(scope.actor, scope.role, action, target, result, at_ms, city_ms, **more)


def record(conn: Connection, deed: Deed) -> int:
    """Append a row; its number. Do it last in a transaction: until the end of it, others who record have to wait."""
    hold(conn, "audit")
    end = head(conn)
    row: dict[str, Any] = {
        "seq": end.seq + 1,
        "at_ms": deed.at_ms,
        "city_ms": deed.city_ms,
        "result": str(deed.result),
        "before_hash": end.hash,
        **{name: _fit(name, getattr(deed, name)) for name in _TEXTS},
    }
    row["hash"] = _hash(row)
    conn.execute(insert(schema.audit).values(row))
    write_meta(conn, _HEAD, f"{row['seq']}:{row['hash']}")
    return end.seq + 1


def head(conn: Connection) -> Head:
    """The end of the chain as it was last written. Kept apart from the rows, so that a cut is not closed over."""
    seq, _, digest = (read_meta(conn, _HEAD) or "").partition(":")
    if seq.isdecimal():
        return Head(int(seq), digest)
    table = schema.audit
    last = conn.execute(select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)).one_or_none()
    return Head(0, START) if last is None else Head(last.seq, last.hash)


def verify(conn: Connection, remembered: Head | None = None) -> int | None:
    """The number of the first row that was changed, is missing or stands in another's place; None when all is whole.

    Rows cut off at the end show against the head the store keeps, and against `remembered`, which also shows a chain
    that was made anew.
    """
    ends = [head(conn)] if remembered is None else [head(conn), remembered]
    at, after = _cut(conn), _BEFORE_ALL
    while rows := _rows_after(conn, after):
        after = rows[-1].seq
        for row in rows:
            if row.seq != at.seq + 1 or row.before_hash != at.hash or row.hash != _hash(row._mapping):
                return at.seq + 1
            at = Head(row.seq, row.hash)
            if any(end.seq == at.seq and end.hash != at.hash for end in ends):
                return at.seq
    return at.seq + 1 if any(end.seq > at.seq for end in ends) else None


def forget_before(conn: Connection, cutoff_ms: int, most: int) -> int:
    """Drop up to `most` rows from the beginning, none after the first that is younger; how many.

    `cutoff_ms` is real time. Where it was cut is kept, so that the rest is still a whole chain."""
    hold(conn, "audit")
    table = schema.audit
    oldest = conn.execute(select(table.c.seq, table.c.hash, table.c.at_ms).order_by(table.c.seq).limit(most))
    old = list(takewhile(lambda row: row.at_ms <= cutoff_ms, oldest))
    if not old:
        return 0
    write_meta(conn, _CUT, f"{old[-1].seq}:{old[-1].hash}")
    return conn.execute(delete(table).where(table.c.seq <= old[-1].seq)).rowcount


def _cut(conn: Connection) -> Head:
    seq, _, digest = (read_meta(conn, _CUT) or f"0:{START}").partition(":")
    return Head(int(seq), digest)


def _rows_after(conn: Connection, seq: int) -> list[Row[Any]]:
    table = schema.audit
    return list(conn.execute(select(table).where(table.c.seq > seq).order_by(table.c.seq).limit(_AT_ONCE)))


def _hash(row: Any) -> str:
    covered = json.dumps([row[name] for name in _COVERED], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(covered.encode()).hexdigest()


def _fit(name: str, text: str) -> str:
    length = schema.audit.c[name].type.length  # type: ignore[attr-defined]
    return shorten(tidy(text), length)
