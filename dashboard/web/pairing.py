"""GET /pair: what a wall shows until an administrator has confirmed its code. The page asks again by itself."""

import asyncio
import secrets
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brain.store.people import PeopleError
from brain.store.sessions import Pairing, Wall, find_pairing, finish_pairing, hash_secret, start_pairing
from dashboard.access.cookies import (
    PAIRING_COOKIE,
    WALL_S,
    forget_secret,
    new_secret,
    safe_next,
    secret_of,
    set_secret,
    set_session,
)
from dashboard.access.rate import Rate
from dashboard.access.visitor import Kind, visitor_of
from dashboard.web.desk_page import DeskPages
from dashboard.web.shell import Shell

# Without characters that look like one another on a wall across the room.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 8
_PAIRING_S = 600
_TRIES = 5
REFRESH_S = 3


@dataclass(frozen=True)
class PairingDesk:
    shell: Shell
    pages: DeskPages
    rate: Rate

    def find(self, secret: str) -> Pairing | None:
        with self.shell.store.read() as conn:
            return find_pairing(conn, hash_secret(secret), self.shell.real_ms())

    async def finish(self, secret: str, token: str) -> Wall | None:
        now_ms = self.shell.real_ms()
        made = self.shell.store.write(
            lambda conn: finish_pairing(conn, hash_secret(secret), hash_secret(token), now_ms), people=True
        )
        return await asyncio.wrap_future(made)

    async def start(self, secret: str) -> Pairing:
        now_ms = self.shell.real_ms()
        for left in reversed(range(_TRIES)):
            code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
            start = partial(start_pairing, code=code, secret_hash=hash_secret(secret), now_ms=now_ms)
            try:
                return await asyncio.wrap_future(self.shell.store.write(start, people=True))
            except PeopleError:
                if not left:
                    raise
        raise AssertionError("unreachable")


def pairing_routes(desk: PairingDesk) -> APIRouter:
    router = APIRouter()

    @router.get("/pair")
    async def pair(request: Request) -> Response:
        wanted = safe_next(request.query_params.get("next", "/large"))
        if _is_paired(request):
            return RedirectResponse(wanted, 303)
        secret = secret_of(request, PAIRING_COOKIE)
        pairing = await asyncio.to_thread(desk.find, secret) if secret else None
        if pairing is not None and pairing.approved_by is not None:
            token = new_secret()
            if await desk.finish(secret, token) is not None:
                response: Response = RedirectResponse(wanted, 303)
                set_session(request, response, token, WALL_S)
                forget_secret(request, response, PAIRING_COOKIE)
                return response
        if pairing is None:
            address = request.client.host if request.client else ""
            if not desk.rate.allows(address):
                return desk.pages.show(request, "message.html", 429, text=desk.pages.text(request, "door.too_often"))
            secret = new_secret()
            pairing = await desk.start(secret)
        response = desk.pages.show(
            request, "pair.html", theme="dark", next=wanted, refresh=REFRESH_S, shown=_spaced(pairing.code)
        )
        set_secret(request, response, PAIRING_COOKIE, secret, _PAIRING_S)
        return response

    return router


def _is_paired(request: Request) -> bool:
    try:
        return visitor_of(request).kind is Kind.WALL
    except LookupError:
        return False


def _spaced(code: str) -> str:
    half = len(code) // 2
    return f"{code[:half]}\u00a0{code[half:]}"
