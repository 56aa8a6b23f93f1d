"""Accounts: who may log in, and as what. Passwords are stored as argon2id. Times are real time (epoch ms), never the
city's: a replay must not unlock anybody."""

import uuid
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from brain.model.scope import Role
from brain.store.meta import hold
from brain.store.schema import account, session

_HOLD = "people"
# Looked like any account's when the name is unknown, so that the time of an answer does not tell names.
_NOBODYS_PASSWORD = "$argon2id$v=19$m=65536,t=3,p=4$2MweSARt3BGAsf/1ggIqQQ$lhqNQXBDCdvxWpn627aQ+mKON4Znvvwp8Fz4WP0dQmI"  # noqa: S105


class PeopleError(Exception):
    """What was asked of accounts or walls cannot be; `code` is the end of a catalogue key `people.<code>`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    role: Role
    area_id: str
    unit: str | None
    disabled: bool
    created_ms: int
    locked_until_ms: int | None


@dataclass(frozen=True, slots=True)
class Rights:
    """What an account may do: `unit` is for unit staff alone."""

    role: Role
    area_id: str
    unit: str | None = None
    disabled: bool = False


# --- passwords ---------------------------------------------------------------------------------------------------
def hash_password(password: str) -> str:
    """argon2id; takes some 50 ms and 64 MB."""
    return PasswordHasher().hash(password)


def password_fits(stored: str | None, password: str) -> bool:
    """Whether `password` is the stored one; as slow for None (no such account) as for a wrong one."""
    try:
        return PasswordHasher().verify(stored or _NOBODYS_PASSWORD, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


# --- accounts ----------------------------------------------------------------------------------------------------
def count_accounts(conn: Connection) -> int:
    return conn.scalar(select(func.count()).select_from(account)) or 0


def list_accounts(conn: Connection) -> tuple[Account, ...]:
    return tuple(_account(row) for row in conn.execute(select(account).order_by(account.c.name)))


def find_account(conn: Connection, name: str) -> tuple[Account, str] | None:
    """The account of this name and its stored password."""
    if not name.isprintable():  # no account is called so, and not every database takes every character
        return None
    row = conn.execute(select(account).where(account.c.name == name)).one_or_none()
    return None if row is None else (_account(row), row.password)


def create_account(conn: Connection, name: str, password: str, rights: Rights, now_ms: int) -> Account:
    """`password` is already hashed. Raises PeopleError("name_taken")."""
    hold(conn, _HOLD)
    if conn.scalar(select(account.c.id).where(account.c.name == name)) is not None:
        raise PeopleError("name_taken")
    account_id = str(uuid.uuid4())
    said = {"id": account_id, "name": name, "password": password, **_columns(rights)}
    conn.execute(insert(account).values(**said, created_ms=now_ms, changed_ms=now_ms))
    return _made(account_id, name, rights, now_ms)


def create_first_account(conn: Connection, name: str, password: str, area_id: str, now_ms: int) -> Account:
    """The first administrator. Raises PeopleError("not_first") when there is any account."""
    hold(conn, _HOLD)
    if count_accounts(conn):
        raise PeopleError("not_first")
    return create_account(conn, name, password, Rights(Role.ADMINISTRATOR, area_id), now_ms)


def change_account(
    conn: Connection, account_id: str, rights: Rights, now_ms: int, password: str | None = None
) -> Account:
    """Set what an account may do, and its (hashed) password where one is given; unlocks it and ends its sessions.

    Raises LookupError for an unknown account, PeopleError("last_administrator") when nobody could administer any more.
    """
    hold(conn, _HOLD)
    before = conn.execute(select(account).where(account.c.id == account_id)).one_or_none()
    if before is None:
        raise LookupError(account_id)
    others = _administrators().where(account.c.id != account_id)
    stays = rights.role is Role.ADMINISTRATOR and not rights.disabled
    if before.role == Role.ADMINISTRATOR and not stays and not conn.scalar(others):
        raise PeopleError("last_administrator")
    values = {**_columns(rights), "changed_ms": now_ms}
    secret = {} if password is None else {"password": password}
    conn.execute(
        update(account).where(account.c.id == account_id).values(**values, **secret, failed=0, locked_until_ms=None)
    )
    revoke_sessions(conn, account_id, now_ms)
    return _made(account_id, before.name, rights, before.created_ms)


def change_own_password(conn: Connection, account_id: str, seen: str, password: str, now_ms: int) -> None:
    """Set the (hashed) password of an account whose stored one is still `seen`, and nothing else; ends its sessions.

    Raises PeopleError("refused") when the account was disabled, or its password changed, since it was read."""
    hold(conn, _HOLD)
    same = (account.c.id == account_id, account.c.password == seen, account.c.disabled.is_(False))
    if not conn.execute(update(account).where(*same).values(password=password, failed=0, changed_ms=now_ms)).rowcount:
        raise PeopleError("refused")
    revoke_sessions(conn, account_id, now_ms)


def note_wrong_password(conn: Connection, account_id: str, now_ms: int, lock_after: int, lock_ms: int) -> bool:
    """Count a failed login; whether the account is locked by it."""
    failed = conn.scalar(
        update(account)
        .where(account.c.id == account_id)
        .values(failed=account.c.failed + 1)
        .returning(account.c.failed)
    )
    if failed is None or failed < lock_after:
        return False
    conn.execute(update(account).where(account.c.id == account_id).values(failed=0, locked_until_ms=now_ms + lock_ms))
    return True


def revoke_sessions(conn: Connection, account_id: str, now_ms: int) -> None:
    """End all sessions of an account."""
    ended = update(session).where(session.c.account_id == account_id, session.c.revoked_ms.is_(None))
    conn.execute(ended.values(revoked_ms=now_ms))


# --- rows --------------------------------------------------------------------------------------------------------
def _administrators() -> "Select[int]":
    return (
        select(func.count())
        .select_from(account)
        .where(account.c.role == Role.ADMINISTRATOR.value, account.c.disabled.is_(False))
    )


def _columns(rights: Rights) -> dict[str, str | bool | None]:
    return {
        "role": rights.role.value,
        "area_id": rights.area_id,
        "unit": rights.unit,
        "disabled": rights.disabled,
    }


def _made(account_id: str, name: str, rights: Rights, created_ms: int) -> Account:
    return Account(account_id, name, rights.role, rights.area_id, rights.unit, rights.disabled, created_ms, None)


def _account(row: "Row[tuple[object, ...]]") -> Account:
    return Account(
        row.id, row.name, Role(row.role), row.area_id, row.unit, row.disabled, row.created_ms, row.locked_until_ms
    )
