"""From the token in a cookie to the visitor behind it, remembered for a second; and the end of sessions whose socket is
still open."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from brain.model.scope import Scope
from brain.store.engine import Store
from brain.store.errors import StoreUnavailable
from brain.store.people import count_accounts
from brain.store.sessions import WALL, Lifetimes, SessionRow, find_sessions, hash_secret, touch_session
from dashboard.access.visitor import Kind, Visitor

REMEMBERED_S = 1.0
KEPT_S = 600.0
"""How long who was let in stays so while the database is away: nobody can end a session then, and the screens are what
tells of the outage."""

_TOUCH_MS = 60_000
_MOST_REMEMBERED = 10_000
_BATCH = 500

log = logging.getLogger(__name__)


class Sessions:
    """Used on one event loop; the store is asked on threads."""

    def __init__(
        self, store: Store, life: Lifetimes, real_ms: Callable[[], int], monotonic_s: Callable[[], float]
    ) -> None:
        self._store = store
        self._life = life
        self._real_ms = real_ms
        self._monotonic_s = monotonic_s
        self._remembered: dict[str, tuple[float, SessionRow | None]] = {}
        self._touched: dict[str, int] = {}
        self._open: dict[str, set[asyncio.Event]] = {}
        self._any_account = False
        self._no_account_s: float | None = None  # when it was last known that there is none

    async def visitor(self, token: str, address: str) -> Visitor | None:
        """Whose token it is; None for one that is unknown, ended or unused for too long. Raises StoreUnavailable."""
        token_hash = hash_secret(token)
        now_s = self._monotonic_s()
        at_s, row = self._remembered.get(token_hash, (-REMEMBERED_S, None))
        if now_s - at_s >= REMEMBERED_S:
            try:
                found = await asyncio.to_thread(self._find, [token_hash])
            except StoreUnavailable:
                if row is None or now_s - at_s >= KEPT_S:
                    raise
                return _visitor(row, address)
            row = found.get(token_hash)
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[token_hash] = (now_s, row)
        return None if row is None else _visitor(row, address)

    async def is_locals(self) -> bool:
        """Whether there is no account yet. Once there is one this is never asked of the store again."""
        if not self._any_account:
            now_s = self._monotonic_s()
            try:
                self._any_account = await asyncio.to_thread(self._count) > 0
            except StoreUnavailable:
                if self._no_account_s is None or now_s - self._no_account_s >= KEPT_S:
                    raise
                return True
            self._no_account_s = now_s
        return not self._any_account

    async def changed(self) -> None:
        """Sessions were ended here: look all up again at their next request, and end their sockets now."""
        self._remembered.clear()
        await self.end_watched()

    async def note_use(self, visitor: Visitor) -> None:
        """A person did something (a screen that updates itself does not count): the idle time begins again."""
        now_ms = self._real_ms()
        if visitor.session and now_ms - self._touched.get(visitor.session, 0) >= _TOUCH_MS:
            if len(self._touched) >= _MOST_REMEMBERED:
                self._touched.clear()
            self._touched[visitor.session] = now_ms
            touched = self._store.write(lambda conn: touch_session(conn, visitor.session, now_ms), people=True)
            await asyncio.wrap_future(touched)

    @contextmanager
    def watched(self, visitor: Visitor) -> Iterator[asyncio.Event]:
        """An event that is set when the visitor's session ends, by whatever cause. A local administrator's ends with
        the making of the first account."""
        over = asyncio.Event()
        self._open.setdefault(visitor.session, set()).add(over)
        try:
            yield over
        finally:
            events = self._open[visitor.session]
            events.discard(over)
            if not events:
                del self._open[visitor.session]

    async def end_watched(self) -> None:
        """Set the events of the sessions that are over. Raises StoreUnavailable."""
        if "" in self._open and not await self.is_locals():
            self._set("")
        hashes = [token_hash for token_hash in self._open if token_hash]
        for start in range(0, len(hashes), _BATCH):
            batch = hashes[start : start + _BATCH]
            good = await asyncio.to_thread(self._find, batch)
            for token_hash in batch:
                if token_hash not in good:
                    self._set(token_hash)

    async def watch(self, every_s: float) -> None:
        """`end_watched` for ever. While the database is away sessions stay as they are."""
        while True:
            await asyncio.sleep(every_s)
            with suppress(StoreUnavailable):
                await self.end_watched()

    def _set(self, token_hash: str) -> None:
        self._remembered.pop(token_hash, None)
        for over in self._open.get(token_hash, ()):
            over.set()

    def _find(self, token_hashes: list[str]) -> dict[str, SessionRow]:
        with self._store.read() as conn:
            return find_sessions(conn, token_hashes, self._real_ms(), self._life)

    def _count(self) -> int:
        with self._store.read() as conn:
            return count_accounts(conn)


def _visitor(row: SessionRow, address: str) -> Visitor:
    kind = Kind.WALL if row.kind == WALL else Kind.PERSON
    return Visitor(Scope(row.name, row.role, row.area_id, row.unit), kind, row.token_hash, address)
