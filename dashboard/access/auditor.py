"""Writes to the audit trail what happens at the door: logins, what administrators change, and what was refused."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeVar

from starlette.types import Scope as AsgiScope

from brain.model.clock import Clock
from brain.model.scope import Scope
from brain.store.audit import Deed, Result, by, record
from brain.store.engine import Store
from brain.store.people import PeopleError
from dashboard.access.rate import Rate
from dashboard.access.visitor import Visitor

_REFUSALS_PER_MINUTE = 30  # of one address: a flood of refusals must not become a flood of writes

T = TypeVar("T")

log = logging.getLogger(__name__)


class Auditor:
    def __init__(
        self, store: Store, clock: Clock, real_ms: Callable[[], int], monotonic_s: Callable[[], float]
    ) -> None:
        self._store = store
        self._clock = clock
        self._real_ms = real_ms
        self._refusals = Rate(_REFUSALS_PER_MINUTE, monotonic_s)

    def deed(self, scope: Scope, action: str, target: str, result: Result, address: str, detail: str = "") -> Deed:
        """What somebody did, to be recorded in the transaction that does it."""
        now_ms, city_ms = self._real_ms(), self._clock.now_ms()
        return by(scope, action, target, result, now_ms, city_ms, address=address, detail=detail)

    def strangers(self, action: str, target: str, result: Result, address: str, detail: str = "") -> Deed:
        """The same of somebody who is not logged in. `target` may be what they typed: never a password."""
        return Deed("", "", action, target, result, self._real_ms(), self._clock.now_ms(), address, detail)

    async def carry_out(self, work: Callable[[Any], T], deed: Deed) -> T:
        """Do `work(conn)` and record it as `deed` in the same transaction. What it raises is raised, and PeopleError
        recorded as a failure."""

        def both(conn: Any) -> T:
            outcome = work(conn)
            record(conn, deed)
            return outcome

        try:
            return await asyncio.wrap_future(self._store.write(both, people=True))
        except PeopleError as error:
            await self.note(replace(deed, result=Result.FAILED, detail=error.code))
            raise

    async def note(self, deed: Deed) -> None:
        """Record a deed that changes nothing else."""
        await asyncio.wrap_future(self._store.write(lambda conn: record(conn, deed), people=True))

    def refused(self, scope: AsgiScope, visitor: Visitor | None, why: str) -> None:
        """Told by the gate; does not wait. `why` is host, origin, role, token or signature."""
        address = scope["client"][0] if scope.get("client") else ""
        if not self._refusals.allows(address):
            return
        target = f"{scope.get('method', 'WEBSOCKET')} {scope['path']}"
        if visitor is None:
            deed = self.strangers(f"refused.{why}", target, Result.FORBIDDEN, address)
        else:
            deed = self.deed(visitor.scope, f"refused.{why}", target, Result.FORBIDDEN, address)
        written = self._store.write(lambda conn: record(conn, deed))
        written.add_done_callback(_log_failure)


def _log_failure(written: "Future[int]") -> None:
    error = written.exception()
    if error is not None:
        log.warning("a refusal could not be written to the audit trail: %s", error)
