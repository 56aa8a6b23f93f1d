"""Login, logout, the first account, one's own account, and what the browser may know of who is looking."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from brain.model.scope import Action
from brain.store.people import PeopleError
from dashboard.access.cookies import COOKIE, forget_secret, safe_next, set_session
from dashboard.access.logins import LoginRefused, Logins
from dashboard.access.password import SHORTEST, password_fault
from dashboard.access.rate import Rate
from dashboard.access.sessions import Sessions
from dashboard.access.visitor import Kind, visitor_of
from dashboard.web.desk_page import DeskPages, form_value, read_form
from dashboard.web.shell import Shell

_DESKS = (
    (Action.ACCOUNTS, "/admin/accounts", "admin.accounts"),
    (Action.WALLS, "/admin/walls", "admin.walls"),
    (Action.AUDIT_READ, "/admin/audit", "admin.audit"),
    (Action.DEADLETTER_READ, "/admin/deadletters", "admin.deadletters"),
    (Action.DEADLETTER_READ, "/admin/waiting", "waiting.title"),
    (Action.VIEW, "/medium/devices", "devices.title"),
)
_LONGEST_PASSWORD = 200


@dataclass(frozen=True)
class Doors:
    shell: Shell
    pages: DeskPages
    logins: Logins
    sessions: Sessions
    rate: Rate


def door_routes(doors: Doors) -> APIRouter:
    router = APIRouter()
    _add_login(router, doors)
    _add_first(router, doors)
    _add_account(router, doors)
    _add_me(router, doors)
    return router


def _add_login(router: APIRouter, doors: Doors) -> None:
    pages = doors.pages

    @router.get("/login")
    async def ask(request: Request) -> Response:
        return pages.show(
            request, "login.html", next=safe_next(request.query_params.get("next", "/")), error="", name=""
        )

    @router.post("/login")
    async def log_in(request: Request) -> Response:
        form = await read_form(request)
        name, password = form_value(form, "name"), form_value(form, "password", _LONGEST_PASSWORD)
        wanted = safe_next(form_value(form, "next", 500) or "/")
        address = request.client.host if request.client else ""
        if not doors.rate.allows(address):
            error = pages.text(request, "door.too_often")
            return pages.show(request, "login.html", 429, next=wanted, error=error, name=name)
        try:
            token = await doors.logins.log_in(name, password, address)
        except LoginRefused:
            error = pages.text(request, "door.refused")
            return pages.show(request, "login.html", 403, next=wanted, error=error, name=name)
        response = RedirectResponse(wanted, 303)
        set_session(request, response, token, round(doors.shell.access.session_longest_s))
        return response

    @router.post("/logout")
    async def log_out(request: Request) -> Response:
        try:
            visitor = visitor_of(request)
        except LookupError:
            pass
        else:
            if visitor.session:
                await doors.logins.log_out(visitor)
        response = RedirectResponse("/login", 303)
        forget_secret(request, response, COOKIE)
        return response


def _add_first(router: APIRouter, doors: Doors) -> None:
    pages = doors.pages

    def show(request: Request, error: str = "", name: str = "", status: int = 200) -> Response:
        return pages.show(request, "first.html", status, error=error, name=name, shortest=SHORTEST)

    @router.get("/first")
    async def ask(request: Request) -> Response:
        return show(request) if visitor_of(request).kind is Kind.LOCAL else RedirectResponse("/account", 303)

    @router.post("/first")
    async def make(request: Request) -> Response:
        form = await read_form(request)
        name, password = form_value(form, "name"), form_value(form, "password", _LONGEST_PASSWORD)
        fault = "name" if not name else password_fault(password, name)
        if fault is None and password != form.get("password_again"):
            fault = "again"
        if fault is not None:
            return show(request, pages.text(request, f"people.password_{fault}", n=SHORTEST), name, 422)
        try:
            await doors.logins.make_first(name, password, doors.shell.facts.tree.root.id, visitor_of(request))
        except PeopleError as error:
            return show(request, pages.text(request, f"people.{error.code}"), name, 409)
        return RedirectResponse("/login", 303)


def _add_account(router: APIRouter, doors: Doors) -> None:
    pages = doors.pages

    def show(request: Request, error: str = "", status: int = 200) -> Response:
        visitor = visitor_of(request)
        desks = [(path, key) for action, path, key in _DESKS if visitor.scope.can(action)]
        unit = doors.shell.facts.units.get(visitor.scope.unit or "")
        return pages.show(
            request, "account.html", status, visitor=visitor, desks=desks, unit=unit, error=error, shortest=SHORTEST
        )

    @router.get("/account")
    async def own(request: Request) -> Response:
        return show(request)

    @router.post("/account")
    async def change_password(request: Request) -> Response:
        visitor = visitor_of(request)
        form = await read_form(request)
        old, new = (form_value(form, field, _LONGEST_PASSWORD) for field in ("password", "password_new"))
        if visitor.kind is not Kind.PERSON:
            return show(request, pages.text(request, "people.refused"), 403)
        fault = password_fault(new, visitor.scope.actor)
        if fault is None and new != form.get("password_again"):
            fault = "again"
        if fault is not None:
            return show(request, pages.text(request, f"people.password_{fault}", n=SHORTEST), 422)
        if not doors.rate.allows(visitor.address):
            return show(request, pages.text(request, "door.too_often"), 429)
        try:
            await doors.logins.change_password(visitor, old, new)
        except LoginRefused:
            return show(request, pages.text(request, "door.refused"), 403)
        return RedirectResponse("/login", 303)


def _add_me(router: APIRouter, doors: Doors) -> None:
    @router.get("/api/me")
    async def me(request: Request) -> Response:
        visitor = visitor_of(request)
        tree = doors.shell.facts.tree
        above = [area.id for area in tree.ancestors(visitor.scope.area_id)[1:]] if visitor.scope.area_id in tree else []
        name = "" if visitor.kind is Kind.LOCAL else visitor.scope.actor
        known = {"kind": visitor.kind, "name": name, "role": visitor.scope.role, "above": above}
        return JSONResponse(known, headers={"Cache-Control": "no-store"})

    @router.post("/api/here")
    async def here(request: Request) -> Response:
        await doors.sessions.note_use(visitor_of(request))
        return Response(status_code=204)
