"""The administrators' pages: accounts, walls, the audit trail, dead letters."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brain.model.scope import Forbidden, Role
from brain.store.people import PeopleError, Rights
from brain.store.read.desk_lists import AuditRow, LetterRow, list_audit, list_letters
from dashboard.access.administration import Administration, Wanted
from dashboard.access.password import SHORTEST
from dashboard.access.visitor import Visitor, visitor_of
from dashboard.web.desk_page import BadForm, DeskPages, form_value, read_form
from dashboard.web.shell import Shell

PAGE_ROWS = 100
_ROLES = tuple(role for role in Role if role is not Role.WALL)
_LONGEST_PASSWORD = 200


@dataclass(frozen=True)
class AdminDesk:
    shell: Shell
    pages: DeskPages
    administration: Administration

    def areas(self, visitor: Visitor) -> list[tuple[str, int]]:
        """(area id, depth below the administrator's own) of all areas that may be given, for a list to choose from."""
        tree = self.shell.facts.tree
        found: list[tuple[str, int]] = []
        waiting = [visitor.scope.area_id] if visitor.scope.area_id in tree else []
        depth = tree.depth(waiting[0]) if waiting else 0
        while waiting:
            area_id = waiting.pop()
            found.append((area_id, tree.depth(area_id) - depth))
            waiting.extend(child.id for child in reversed(tree.children(area_id)))
        return found

    def whole_city(self, visitor: Visitor) -> bool:
        """Whether somebody may see what belongs to no single area; the store refuses it to others."""
        tree = self.shell.facts.tree
        return visitor.scope.holds(tree, tree.root.id)


def admin_routes(desk: AdminDesk) -> APIRouter:
    router = APIRouter()
    _add_accounts(router, desk)
    _add_walls(router, desk)
    _add_lists(router, desk)
    return router


def _add_accounts(router: APIRouter, desk: AdminDesk) -> None:
    async def show(request: Request, error: str = "", status: int = 200) -> Response:
        visitor = visitor_of(request)
        return desk.pages.show(
            request,
            "accounts.html",
            status,
            accounts=await desk.administration.accounts(visitor),
            areas=desk.areas(visitor),
            roles=_ROLES,
            units=desk.shell.facts.units,
            shortest=SHORTEST,
            now_ms=desk.shell.real_ms(),
            error=error,
        )

    @router.get("/admin/accounts")
    async def accounts(request: Request) -> Response:
        return await show(request)

    @router.post("/admin/accounts")
    async def create(request: Request) -> Response:
        form = await read_form(request)
        wanted, name = _wanted(form), form_value(form, "name")
        done = desk.administration.create(visitor_of(request), name, wanted)
        error, status = await _outcome(desk, request, done)
        return await show(request, error, status) if error else RedirectResponse("/admin/accounts", 303)

    @router.post("/admin/accounts/{account_id}")
    async def change(account_id: str, request: Request) -> Response:
        wanted = _wanted(await read_form(request))
        done = desk.administration.change(visitor_of(request), account_id, wanted)
        error, status = await _outcome(desk, request, done)
        return await show(request, error, status) if error else RedirectResponse("/admin/accounts", 303)


def _add_walls(router: APIRouter, desk: AdminDesk) -> None:
    async def show(request: Request, error: str = "", status: int = 200) -> Response:
        visitor = visitor_of(request)
        walls, waiting = await desk.administration.walls(visitor), await desk.administration.waiting_walls(visitor)
        return desk.pages.show(
            request, "walls.html", status, walls=walls, waiting=waiting, areas=desk.areas(visitor), error=error
        )

    @router.get("/admin/walls")
    async def walls(request: Request) -> Response:
        return await show(request)

    @router.post("/admin/walls")
    async def pair(request: Request) -> Response:
        form = await read_form(request)
        # Copied from the wall's page it has a space of another kind in it.
        code = "".join(form_value(form, "code").upper().replace("-", " ").split())
        area_id, label = form_value(form, "area"), form_value(form, "label")
        error, status = await _outcome(
            desk, request, desk.administration.approve_wall(visitor_of(request), code, area_id, label)
        )
        return await show(request, error, status) if error else RedirectResponse("/admin/walls", 303)

    @router.post("/admin/walls/revoke")
    async def revoke(request: Request) -> Response:
        form = await read_form(request)
        done = desk.administration.revoke_wall(visitor_of(request), form_value(form, "wall"))
        error, status = await _outcome(desk, request, done)
        return await show(request, error, status) if error else RedirectResponse("/admin/walls", 303)


def _add_lists(router: APIRouter, desk: AdminDesk) -> None:
    @router.get("/admin/audit")
    async def audit(request: Request) -> Response:
        visitor = visitor_of(request)
        before = request.query_params.get("before", "")
        asked = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        rows = await asyncio.to_thread(_audit, desk, visitor, asked) if desk.whole_city(visitor) else []
        older = rows[-1].seq if len(rows) == PAGE_ROWS else None
        return desk.pages.show(request, "audit.html", rows=rows, older=older, allowed=desk.whole_city(visitor))

    @router.get("/admin/deadletters")
    async def deadletters(request: Request) -> Response:
        visitor = visitor_of(request)
        feeds = desk.shell.facts.feeds
        feed = request.query_params.get("feed", "")
        feed = feed if feed in feeds else next(iter(feeds), "")
        before = request.query_params.get("before", "")[:36] or None
        rows = await asyncio.to_thread(_letters, desk, visitor, feed, before) if desk.whole_city(visitor) else []
        older = rows[-1].id if len(rows) == PAGE_ROWS else None
        return desk.pages.show(
            request,
            "deadletters.html",
            rows=rows,
            feeds=feeds,
            feed=feed,
            older=older,
            allowed=desk.whole_city(visitor),
        )


def _audit(desk: AdminDesk, visitor: Visitor, before: int | None) -> list[AuditRow]:
    with desk.shell.store.read() as conn:
        return list(list_audit(conn, desk.shell.facts.tree, visitor.scope, before, PAGE_ROWS))


def _letters(desk: AdminDesk, visitor: Visitor, feed: str, before: str | None) -> list[LetterRow]:
    with desk.shell.store.read() as conn:
        return list(list_letters(conn, desk.shell.facts.tree, visitor.scope, feed, before, PAGE_ROWS))


def _wanted(form: dict[str, str]) -> Wanted:
    """Raises BadForm."""
    try:
        role = Role(form.get("role", ""))
    except ValueError as error:
        raise BadForm("role") from error
    unit, disabled = form_value(form, "unit") or None, form.get("disabled") == "yes"
    rights = Rights(role, form_value(form, "area"), unit, disabled)
    return Wanted(rights, form_value(form, "password", _LONGEST_PASSWORD))


async def _outcome(desk: AdminDesk, request: Request, done: Awaitable[None]) -> tuple[str, int]:
    """What to tell of something attempted: ("", 200) when it was done."""
    try:
        await done
    except PeopleError as error:
        return desk.pages.text(request, f"people.{error.code}", n=SHORTEST), 422
    except Forbidden:
        return desk.pages.text(request, "people.outside"), 403
    except LookupError:
        return desk.pages.text(request, "people.unknown"), 404
    return "", 200
