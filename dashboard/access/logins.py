"""Opening and ending sessions: passwords are checked on threads, few at a time, and every try is written down."""

import asyncio
from collections.abc import Callable
from typing import Any

from brain.store.audit import Result
from brain.store.engine import Store
from brain.store.people import (
    Account,
    PeopleError,
    change_own_password,
    create_first_account,
    find_account,
    hash_password,
    note_wrong_password,
    password_fits,
)
from brain.store.sessions import Lifetimes, forget_ended, hash_secret, open_session, revoke_session
from dashboard.access.auditor import Auditor
from dashboard.access.cookies import new_secret
from dashboard.access.sessions import Sessions
from dashboard.access.visitor import Visitor
from dashboard.web.shell import AccessSettings

_AT_ONCE = 2  # argon2id takes 64 MB for each
_REMEMBERED_MS = 30 * 86_400_000


class LoginRefused(Exception):
    """Name or password are wrong, or the account is locked or disabled. Which of these is for the audit trail only."""


class Logins:
    """Real time throughout. Everything raises StoreUnavailable while the database is away."""

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        auditor: Auditor,
        settings: AccessSettings,
        life: Lifetimes,
        real_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._auditor = auditor
        self._settings = settings
        self._life = life
        self._real_ms = real_ms
        self._checking = asyncio.Semaphore(_AT_ONCE)

    async def log_in(self, name: str, password: str, address: str) -> str:
        """The token of a new session. Raises LoginRefused."""
        found = await asyncio.to_thread(self._find, name)
        account, stored = found or (None, None)
        async with self._checking:
            fits = await asyncio.to_thread(password_fits, stored, password)
        if account is None or not fits:
            await self._wrong(account, name, address)
            raise LoginRefused
        token = new_secret()
        now_ms = self._real_ms()
        deed = self._auditor.strangers("login", name, Result.DONE, address)
        try:
            await self._auditor.carry_out(lambda conn: self._begin(conn, token, account.id, now_ms), deed)
        except PeopleError as error:
            raise LoginRefused from error
        return token

    def _begin(self, conn: Any, token: str, account_id: str, now_ms: int) -> None:
        # A login is when somebody waits anyway: what ended a month ago is forgotten with it.
        forget_ended(conn, now_ms - _REMEMBERED_MS, self._life)
        open_session(conn, hash_secret(token), account_id, now_ms, self._life)

    async def log_out(self, visitor: Visitor) -> None:
        """End the visitor's session."""
        deed = self._auditor.deed(visitor.scope, "logout", visitor.kind, Result.DONE, visitor.address)
        now_ms = self._real_ms()
        await self._auditor.carry_out(lambda conn: revoke_session(conn, visitor.session, now_ms), deed)
        await self._sessions.changed()

    async def make_first(self, name: str, password: str, area_id: str, visitor: Visitor) -> None:
        """The first account, an administrator's. Raises PeopleError."""
        hashed = await asyncio.to_thread(hash_password, password)
        deed = self._auditor.deed(visitor.scope, "account.first", name, Result.DONE, visitor.address)
        now_ms = self._real_ms()
        await self._auditor.carry_out(lambda conn: create_first_account(conn, name, hashed, area_id, now_ms), deed)
        await self._sessions.changed()

    async def change_password(self, visitor: Visitor, old: str, new: str) -> None:
        """Of the visitor's own account; ends all its sessions. Raises LoginRefused when `old` is not the password."""
        found = await asyncio.to_thread(self._find, visitor.scope.actor)
        account, stored = found or (None, None)
        async with self._checking:
            fits = await asyncio.to_thread(password_fits, stored, old)
        if account is None or not fits:
            await self._wrong(account, visitor.scope.actor, visitor.address)
            raise LoginRefused
        hashed = await asyncio.to_thread(hash_password, new)
        deed = self._auditor.deed(visitor.scope, "account.password", account.name, Result.DONE, visitor.address)
        now_ms, seen = self._real_ms(), stored or ""
        try:
            await self._auditor.carry_out(
                lambda conn: change_own_password(conn, account.id, seen, hashed, now_ms), deed
            )
        except PeopleError as error:
            raise LoginRefused from error
        await self._sessions.changed()

    async def _wrong(self, account: Account | None, name: str, address: str) -> None:
        deed = self._auditor.strangers("login", name, Result.FORBIDDEN, address)
        if account is None:
            await self._auditor.note(deed)
            return
        now_ms, lock_ms = self._real_ms(), round(self._settings.lock_s * 1000)
        await self._auditor.carry_out(
            lambda conn: note_wrong_password(conn, account.id, now_ms, self._settings.lock_after, lock_ms), deed
        )

    def _find(self, name: str) -> tuple[Account, str] | None:
        with self._store.read() as conn:
            return find_account(conn, name)
