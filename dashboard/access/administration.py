"""What administrators do with accounts and walls: within their own area only, and all of it written down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from brain.model.area import AreaTree
from brain.model.scope import Forbidden, Role
from brain.store.audit import Result
from brain.store.engine import Store
from brain.store.people import (
    Account,
    PeopleError,
    Rights,
    change_account,
    create_account,
    hash_password,
    list_accounts,
)
from brain.store.sessions import Pairing, Wall, approve_pairing, list_approved, list_walls, revoke_session
from dashboard.access.auditor import Auditor
from dashboard.access.password import password_fault
from dashboard.access.sessions import Sessions
from dashboard.access.visitor import Visitor

_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an account is to be. `password` "" leaves it as it is."""

    rights: Rights
    password: str = ""


class Administration:
    """Raises Forbidden for what lies outside the administrator's area, PeopleError for what cannot be, LookupError for
    accounts and walls that are not there, StoreUnavailable while the database is away."""

    def __init__(
        self, store: Store, tree: AreaTree, sessions: Sessions, auditor: Auditor, real_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._tree = tree
        self._sessions = sessions
        self._auditor = auditor
        self._real_ms = real_ms

    async def accounts(self, visitor: Visitor) -> list[Account]:
        """Those of the administrator's area; of areas that are no more, for administrators of the whole city."""
        found = await asyncio.to_thread(self._accounts)
        return [account for account in found if self._holds(visitor, account.area_id)]

    async def create(self, visitor: Visitor, name: str, wanted: Wanted) -> None:
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise PeopleError("password_name")
        self._check(visitor, wanted)
        self._check_password(wanted.password, name)
        hashed = await asyncio.to_thread(hash_password, wanted.password)
        deed = self._auditor.deed(visitor.scope, "account.create", name, Result.DONE, visitor.address, _said(wanted))
        now_ms = self._real_ms()
        await self._auditor.carry_out(lambda conn: create_account(conn, name, hashed, wanted.rights, now_ms), deed)

    async def change(self, visitor: Visitor, account_id: str, wanted: Wanted) -> None:
        """Ends the account's sessions."""
        before = next((a for a in await asyncio.to_thread(self._accounts) if a.id == account_id), None)
        if before is None:
            raise LookupError(account_id)
        if not self._holds(visitor, before.area_id):
            raise Forbidden(f"account of {before.area_id} is outside the scope {visitor.scope.area_id}")
        self._check(visitor, wanted)
        if wanted.password:
            self._check_password(wanted.password, before.name)
        hashed = await asyncio.to_thread(hash_password, wanted.password) if wanted.password else None
        deed = self._auditor.deed(
            visitor.scope, "account.change", before.name, Result.DONE, visitor.address, _said(wanted)
        )
        now_ms = self._real_ms()
        await self._auditor.carry_out(
            lambda conn: change_account(conn, account_id, wanted.rights, now_ms, hashed), deed
        )
        await self._sessions.changed()

    async def walls(self, visitor: Visitor) -> list[Wall]:
        found = await asyncio.to_thread(self._walls)
        return [wall for wall in found if self._holds(visitor, wall.area_id)]

    async def waiting_walls(self, visitor: Visitor) -> list[Pairing]:
        """Let in, but not come yet: a wall asks every few seconds."""
        found = await asyncio.to_thread(self._waiting)
        return [pairing for pairing in found if self._holds(visitor, pairing.area_id or "")]

    async def approve_wall(self, visitor: Visitor, code: str, area_id: str, label: str) -> None:
        """Let the wall that shows `code` in, with `label` as its name."""
        if not label or len(label) > _LONGEST_NAME or not label.isprintable():
            raise PeopleError("wall_label")
        if not self._tree.contains(visitor.scope.area_id, area_id):
            raise Forbidden(f"area {area_id} is outside the scope {visitor.scope.area_id}")
        deed = self._auditor.deed(visitor.scope, "wall.pair", label, Result.DONE, visitor.address, area_id)
        now_ms, by = self._real_ms(), visitor.scope.actor
        await self._auditor.carry_out(lambda conn: approve_pairing(conn, code, by, area_id, label, now_ms), deed)

    async def revoke_wall(self, visitor: Visitor, token_hash: str) -> None:
        wall = next((w for w in await self.walls(visitor) if w.token_hash == token_hash), None)
        if wall is None:
            raise LookupError("no such wall")
        deed = self._auditor.deed(visitor.scope, "wall.revoke", wall.label, Result.DONE, visitor.address)
        now_ms = self._real_ms()
        await self._auditor.carry_out(lambda conn: revoke_session(conn, token_hash, now_ms), deed)
        await self._sessions.changed()

    def _holds(self, visitor: Visitor, area_id: str) -> bool:
        if area_id not in self._tree:
            return visitor.scope.area_id == self._tree.root.id
        return self._tree.contains(visitor.scope.area_id, area_id)

    def _check(self, visitor: Visitor, wanted: Wanted) -> None:
        if not self._tree.contains(visitor.scope.area_id, wanted.rights.area_id):
            raise Forbidden(f"area {wanted.rights.area_id} is outside the scope {visitor.scope.area_id}")
        if wanted.rights.role is Role.WALL:
            raise PeopleError("refused")
        if (wanted.rights.role is Role.UNIT) != (wanted.rights.unit is not None):
            raise PeopleError("unit")

    def _check_password(self, password: str, name: str) -> None:
        fault = password_fault(password, name)
        if fault is not None:
            raise PeopleError(f"password_{fault}")

    def _accounts(self) -> tuple[Account, ...]:
        with self._store.read() as conn:
            return list_accounts(conn)

    def _walls(self) -> tuple[Wall, ...]:
        with self._store.read() as conn:
            return list_walls(conn)

    def _waiting(self) -> tuple[Pairing, ...]:
        with self._store.read() as conn:
            return list_approved(conn, self._real_ms())


def _said(wanted: Wanted) -> str:
    """For the audit trail."""
    unit = f" unit {wanted.rights.unit}" if wanted.rights.unit else ""
    more = (" disabled" if wanted.rights.disabled else "") + (" new password" if wanted.password else "")
    return f"{wanted.rights.role} of {wanted.rights.area_id}{unit}{more}"
