"""Puts the cockpit together: one FastAPI server with three Dash apps, the live path, the doors, the gate before all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial

from fastapi import APIRouter, FastAPI, Request, WebSocket
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from brain.store.errors import StoreUnavailable
from brain.store.sessions import Lifetimes
from dashboard.access.administration import Administration
from dashboard.access.auditor import Auditor
from dashboard.access.gate import Gate
from dashboard.access.headers import security_headers
from dashboard.access.logins import Logins
from dashboard.access.origin import Origins
from dashboard.access.policy import Policy
from dashboard.access.push_key import Senders
from dashboard.access.rate import Rate
from dashboard.access.sessions import Sessions
from dashboard.access.visitor import visitor_of
from dashboard.filters import CHOICES, BadFilter
from dashboard.panel import Screen
from dashboard.push.hub import Hub
from dashboard.push.panel_routes import PanelDesk, notice, panel_routes
from dashboard.push.rows_routes import rows_routes
from dashboard.push.socket import Pusher
from dashboard.web.actions import action_routes, alert_acts
from dashboard.web.admin import AdminDesk, admin_routes
from dashboard.web.choices import chosen_lang
from dashboard.web.desk_page import BadForm, DeskPages
from dashboard.web.device_files import device_file_routes
from dashboard.web.devices import DeviceDesk, device_routes
from dashboard.web.doors import Doors, door_routes
from dashboard.web.guarded import GuardedServer
from dashboard.web.inbox import inbox_routes
from dashboard.web.packer import Packer
from dashboard.web.page_routes import PageDesk, page_routes
from dashboard.web.pages import Pages
from dashboard.web.pairing import PairingDesk, pairing_routes
from dashboard.web.refusals import Refusals
from dashboard.web.rotation import rotation_routes
from dashboard.web.screens import make_screen
from dashboard.web.shell import Shell
from dashboard.web.static import Assets
from dashboard.web.waiting import waiting_routes

BUILD_THREADS = 4
_WATCH_S = 0.5


def create_server(shell: Shell) -> FastAPI:
    """The ASGI app. Raises ValueError naming everything wrong with the cockpits' pages.

    To be served with per-message deflate off (each connection would compress for itself).
    """
    pages = Pages(shell.cockpits, shell.panels, shell.facts.tree, shell.texts)
    packer = Packer()
    assets = Assets(shell.assets, packer)
    executor = ThreadPoolExecutor(BUILD_THREADS, thread_name_prefix="build")
    hub = Hub(shell.store, shell.facts.tree)
    life = Lifetimes(round(shell.access.session_idle_s * 1000), round(shell.access.session_longest_s * 1000))
    sessions = Sessions(shell.store, life, shell.real_ms, shell.monotonic_s)
    auditor = Auditor(shell.store, shell.clock, shell.real_ms, shell.monotonic_s)
    csp_hashes: set[str] = set()

    desk_pages = DeskPages(shell, assets)
    refusals = Refusals(desk_pages)

    def gate(app: ASGIApp) -> Gate:
        return Gate(
            app,
            policy=Policy(),
            sessions=sessions,
            origins=Origins(shell.access),
            headers=security_headers(csp_hashes),
            root_area_id=shell.facts.tree.root.id,
            body_limit=shell.access.body_limit_bytes,
            senders=_senders(shell),
            refused=auditor.refused,
            answer=refusals.answer,
        )

    handlers = {BadForm: _bad_form, BadFilter: _bad_filter(shell), StoreUnavailable: _store_unavailable(refusals)}
    server = GuardedServer(gate, lifespan=lambda _: _living(hub, sessions, executor), exception_handlers=handlers)
    panels = PanelDesk(shell, pages, hub, executor)
    server.router.routes.extend(panel_routes(shell, hub, panels, assets.mark))  # first: asked most often
    apps = {screen: make_screen(server, screen, assets, packer) for screen in Screen}
    csp_hashes.update(csp_hash for app in apps.values() for csp_hash in app.csp_hashes)
    for router in (
        _plain_routes(assets),
        rows_routes(panels, executor, auditor),
        _push_routes(shell, hub, sessions, assets),
        action_routes(shell, {**alert_acts(shell), **shell.actions}, sessions),
        inbox_routes(shell.inboxes),
        *_desks(shell, desk_pages, sessions, auditor, life),
        rotation_routes(shell),
        page_routes(PageDesk(shell, pages, executor), apps, assets, sessions, refusals),
        _nothing_else(),
    ):
        server.include_router(router)
    return server


def _senders(shell: Shell) -> Senders:
    return Senders({name: inbox.key for name, inbox in shell.inboxes.items()}, shell.monotonic_s)


def _desks(
    shell: Shell, pages: DeskPages, sessions: Sessions, auditor: Auditor, life: Lifetimes
) -> tuple[APIRouter, ...]:
    """Who comes in, and who lets in: doors, pairing of walls, administration, devices."""
    rate = Rate(shell.access.logins_per_minute, shell.monotonic_s)
    logins = Logins(shell.store, sessions, auditor, shell.access, life, shell.real_ms)
    devices = DeviceDesk(shell, pages)
    administration = Administration(shell.store, shell.facts.tree, sessions, auditor, shell.real_ms)
    return (
        door_routes(Doors(shell, pages, logins, sessions, rate)),
        pairing_routes(PairingDesk(shell, pages, rate)),
        admin_routes(AdminDesk(shell, pages, administration)),
        device_routes(devices),
        device_file_routes(devices, auditor),
        waiting_routes(devices),
    )


@asynccontextmanager
async def _living(hub: Hub, sessions: Sessions, executor: ThreadPoolExecutor) -> AsyncIterator[None]:
    with hub.started():
        watching = asyncio.create_task(sessions.watch(_WATCH_S))
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            executor.shutdown(wait=False, cancel_futures=True)


def _plain_routes(assets: Assets) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> Response:
        return PlainTextResponse("ok")

    @router.get("/assets/{path:path}")
    async def asset(path: str, request: Request) -> Response:
        return await assets.respond(request, path)

    return router


def _push_routes(shell: Shell, hub: Hub, sessions: Sessions, assets: Assets) -> APIRouter:
    router = APIRouter()
    tell = partial(notice, shell, assets.mark)
    pusher = Pusher(hub, shell.facts.tree, tell, interval_s=shell.pace_s)

    @router.websocket("/push/ws")
    async def push(socket: WebSocket) -> None:
        visitor = visitor_of(socket)
        with sessions.watched(visitor) as over:
            await pusher.serve(socket, visitor, over)

    return router


def _nothing_else() -> APIRouter:
    """Last of all: what is under /api and is not there is told so in JSON."""
    router = APIRouter()

    @router.get("/api/{path:path}")
    def unknown(path: str) -> Response:
        return JSONResponse({"error": "unknown"}, 404)

    return router


def _bad_form(_: Request, __: Exception) -> Response:
    return JSONResponse({"error": "bad_form"}, 422)


def _bad_filter(shell: Shell) -> Callable[[Request, Exception], Response]:
    """A filter with a value that does not exist: which, and what there is."""

    def refuse(request: Request, error: Exception) -> Response:
        name = error.name if isinstance(error, BadFilter) else ""
        tr = shell.texts.translate(chosen_lang(request, shell.lang))
        listed = ", ".join(CHOICES.get(name, ()))
        text = tr("filter.bad", name=name, choices=listed) if listed else tr(f"filter.bad.{name}")
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": "bad_filter", "text": text}, 422, headers={"Cache-Control": "no-store"})
        return PlainTextResponse(text, 422)

    return refuse


def _store_unavailable(refusals: Refusals) -> Callable[[Request, Exception], Response]:
    return lambda request, _: refusals.answer(request.scope, 503, "store_unavailable")
