"""Sessions of persons and walls, and how a wall gets one. Tokens and pairing secrets are stored as SHA-256 only.

Times are real time (epoch ms), never the city's: a replay must not log anybody in.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from brain.model.scope import Role
from brain.store.people import PeopleError
from brain.store.schema import account, pairing, session

PERSON, WALL = "person", "wall"
_PAIRING_MS = 600_000
_FOREVER_MS = 3650 * 86_400_000


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session that is still good. `name` is the account's name, or the wall's label."""

    token_hash: str
    kind: str
    name: str
    role: Role
    area_id: str
    unit: str | None
    created_ms: int
    seen_ms: int


@dataclass(frozen=True, slots=True)
class Wall:
    token_hash: str
    label: str
    area_id: str
    created_ms: int
    seen_ms: int


@dataclass(frozen=True, slots=True)
class Pairing:
    """`area_id` is None until an administrator has confirmed the code."""

    code: str
    area_id: str | None
    label: str | None
    approved_by: str | None
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions of persons last: without use, and in any case. Walls last until they are revoked."""

    idle_ms: int
    longest_ms: int


def hash_secret(secret: str) -> str:
    """How a token or pairing secret is stored. Plain SHA-256 will do: the secrets are 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_session(conn: Connection, token_hash: str, account_id: str, now_ms: int, life: Lifetimes) -> None:
    """Log a person in. Raises PeopleError("locked") or ("refused") when the account changed since it was read."""
    row = conn.execute(select(account).where(account.c.id == account_id)).one_or_none()
    if row is None or row.disabled:
        raise PeopleError("refused")
    if row.locked_until_ms is not None and row.locked_until_ms > now_ms:
        raise PeopleError("locked")
    conn.execute(update(account).where(account.c.id == account_id).values(failed=0, locked_until_ms=None))
    _insert_session(conn, token_hash, PERSON, account_id, "", row.area_id, now_ms, now_ms + life.longest_ms)


def find_sessions(conn: Connection, token_hashes: list[str], now_ms: int, life: Lifetimes) -> dict[str, SessionRow]:
    """Those of the sessions that are good now, with what their account may do now."""
    joined = session.outerjoin(account, session.c.account_id == account.c.id)
    asked = select(
        session,
        account.c.name.label("account_name"),
        account.c.role.label("account_role"),
        account.c.area_id.label("account_area"),
        account.c.unit.label("account_unit"),
    ).select_from(joined)
    in_use = session.c.seen_ms > now_ms - life.idle_ms
    good_person = and_(session.c.kind == PERSON, account.c.disabled.is_(False), in_use)
    good = asked.where(
        session.c.token_hash.in_(token_hashes),
        session.c.revoked_ms.is_(None),
        session.c.expires_ms > now_ms,
        or_(session.c.kind == WALL, good_person),
    )
    return {row.token_hash: _session(row) for row in conn.execute(good)}


def touch_session(conn: Connection, token_hash: str, now_ms: int) -> None:
    """Note that somebody used it."""
    conn.execute(update(session).where(session.c.token_hash == token_hash).values(seen_ms=now_ms))


def revoke_session(conn: Connection, token_hash: str, now_ms: int) -> bool:
    """End one session; whether there was one to end."""
    ended = update(session).where(session.c.token_hash == token_hash, session.c.revoked_ms.is_(None))
    return conn.execute(ended.values(revoked_ms=now_ms)).rowcount > 0


def forget_ended(conn: Connection, before_ms: int, life: Lifetimes) -> int:
    """Remove sessions that ended, and pairings that expired, before a time; how many sessions."""
    conn.execute(delete(pairing).where(pairing.c.expires_ms < before_ms))
    unused = and_(session.c.kind == PERSON, session.c.seen_ms < before_ms - life.idle_ms)
    ended = or_(session.c.revoked_ms < before_ms, session.c.expires_ms < before_ms, unused)
    return conn.execute(delete(session).where(ended)).rowcount


# --- walls -------------------------------------------------------------------------------------------------------
def start_pairing(conn: Connection, code: str, secret_hash: str, now_ms: int) -> Pairing:
    """A wall shows `code` for ten minutes. Raises PeopleError("code_taken"): make another."""
    conn.execute(delete(pairing).where(pairing.c.expires_ms < now_ms))
    if conn.scalar(select(pairing.c.code).where(pairing.c.code == code)) is not None:
        raise PeopleError("code_taken")
    expires_ms = now_ms + _PAIRING_MS
    conn.execute(insert(pairing).values(code=code, secret_hash=secret_hash, created_ms=now_ms, expires_ms=expires_ms))
    return Pairing(code, None, None, None, expires_ms)


def find_pairing(conn: Connection, secret_hash: str, now_ms: int) -> Pairing | None:
    """The pairing of the wall that knows the secret."""
    known = select(pairing).where(pairing.c.secret_hash == secret_hash, pairing.c.expires_ms > now_ms)
    row = conn.execute(known).one_or_none()
    return None if row is None else _pairing(row)


def approve_pairing(conn: Connection, code: str, by: str, area_id: str, label: str, now_ms: int) -> None:
    """Confirm the code a wall shows. Raises PeopleError("no_code") when no wall waits with it."""
    waiting = (pairing.c.code == code, pairing.c.expires_ms > now_ms, pairing.c.approved_by.is_(None))
    approved = update(pairing).where(*waiting).values(approved_by=by, area_id=area_id, label=label)
    if conn.execute(approved).rowcount == 0:
        raise PeopleError("no_code")


def list_approved(conn: Connection, now_ms: int) -> tuple[Pairing, ...]:
    """Confirmed pairings whose wall has not yet fetched its session, by label."""
    waiting = select(pairing).where(pairing.c.approved_by.is_not(None), pairing.c.expires_ms > now_ms)
    return tuple(_pairing(row) for row in conn.execute(waiting.order_by(pairing.c.label, pairing.c.code)))


def finish_pairing(conn: Connection, secret_hash: str, token_hash: str, now_ms: int) -> Wall | None:
    """Exchange a confirmed pairing for the wall's session, once; None while it is not confirmed."""
    taken = delete(pairing).where(
        pairing.c.secret_hash == secret_hash, pairing.c.expires_ms > now_ms, pairing.c.approved_by.is_not(None)
    )
    row = conn.execute(taken.returning(pairing.c.area_id, pairing.c.label)).one_or_none()
    if row is None:
        return None
    _insert_session(conn, token_hash, WALL, None, row.label, row.area_id, now_ms, now_ms + _FOREVER_MS)
    return Wall(token_hash, row.label, row.area_id, now_ms, now_ms)


def list_walls(conn: Connection) -> tuple[Wall, ...]:
    """The walls that are paired, by label."""
    paired = select(session).where(session.c.kind == WALL, session.c.revoked_ms.is_(None))
    rows = conn.execute(paired.order_by(session.c.label, session.c.created_ms))
    return tuple(Wall(row.token_hash, row.label, row.area_id, row.created_ms, row.seen_ms) for row in rows)


def _insert_session(
    conn: Connection,
    token_hash: str,
    kind: str,
    account_id: str | None,
    label: str,
    area_id: str,
    now_ms: int,
    expires_ms: int,
) -> None:
    values = {"token_hash": token_hash, "kind": kind, "account_id": account_id, "label": label, "area_id": area_id}
    conn.execute(insert(session).values(**values, created_ms=now_ms, seen_ms=now_ms, expires_ms=expires_ms))


def _pairing(row: "Row[tuple[object, ...]]") -> Pairing:
    return Pairing(row.code, row.area_id, row.label, row.approved_by, row.expires_ms)


def _session(row: "Row[tuple[object, ...]]") -> SessionRow:
    if row.kind == WALL:
        return SessionRow(row.token_hash, WALL, row.label, Role.WALL, row.area_id, None, row.created_ms, row.seen_ms)
    return SessionRow(
        row.token_hash,
        PERSON,
        row.account_name,
        Role(row.account_role),
        row.account_area,
        row.account_unit,
        row.created_ms,
        row.seen_ms,
    )
