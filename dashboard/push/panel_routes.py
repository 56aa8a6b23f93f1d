"""GET /api/panels/<placement>: the bytes of one placed panel. GET /api/versions: the counters, for where sockets are
blocked."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from brain.model.scope import Forbidden
from brain.store.errors import StoreUnavailable
from dashboard.access.visitor import Kind, Visitor, visitor_of
from dashboard.filters import NAMES
from dashboard.panel import Screen
from dashboard.push.asked import Asked
from dashboard.push.choice import Choice, read_choice
from dashboard.push.hub import Hub
from dashboard.push.kept import Built, Kept, KeptBytes
from dashboard.push.panel_body import PanelBodies
from dashboard.push.stamp import Stamp, parse_stamp, stamp
from dashboard.web.addresses import enlarged_address
from dashboard.web.pages import NUMBERS, Pages, Placed, has_own_page
from dashboard.web.shell import Shell

KEPT_BYTES = 64_000_000
TRY_AGAIN_S = 5
_HOUR_MS = 3_600_000
_FRESH_S = 60
_FRESH = f"private, max-age={_FRESH_S}"
_NO_STORE = "no-store"


class PanelDesk:
    """Answers panel requests from the kept bytes, or has them built."""

    def __init__(self, shell: Shell, pages: Pages, hub: Hub, executor: Executor) -> None:
        self._shell = shell
        self._pages = pages
        self._hub = hub
        self.bodies = PanelBodies(shell.answers, shell.city, shell.clock, shell.texts)
        self._kept = KeptBytes(executor, KEPT_BYTES)

    def asked(self, placed_id: str, request: Request, visitor: Visitor) -> Asked | None:
        """What is asked for; None for a panel or area that does not exist. Raises Forbidden, BadFilter."""
        choice = read_choice(request.query_params)
        if choice is None:
            return None
        placed = self._pages.placed(choice.screen, choice.cockpit_id, placed_id)
        if placed is None:
            return None
        if visitor.kind is Kind.WALL and choice.screen is not Screen.LARGE:
            raise Forbidden("a wall shows large screens only")
        area_id = choice.area_id or visitor.scope.area_id
        if area_id not in self._shell.facts.tree:
            return None
        if not self._shell.facts.tree.contains(visitor.scope.area_id, area_id):
            raise Forbidden(f"area {area_id} is outside the scope {visitor.scope.area_id}")
        return Asked(
            choice.cockpit_id,
            placed,
            choice.screen,
            choice.theme,
            choice.lang,
            area_id,
            visitor.scope,
            self._shell.clock.now_ms() // _HOUR_MS,
            _of_this_panel(placed, choice.params),
            self._enlarge(choice, placed, area_id),
        )

    def _enlarge(self, choice: Choice, placed: Placed, area_id: str) -> str:
        """The address of the panel's own page; the numbers of a panel have none."""
        if placed.id.endswith(f"-{NUMBERS}") or not has_own_page(choice.screen, choice.cockpit_id, placed):
            return ""
        filters = {name: choice.params[name] for name in placed.panel.filters if name in choice.params}
        return enlarged_address(choice.screen, choice.cockpit_id, placed.id, area_id, filters)

    async def answer(self, asked: Asked, wanted: Stamp | None) -> tuple[Kept, Stamp, bool]:
        """The bytes, their version, and whether browsers may keep them under the wanted one. Raises Forbidden."""
        inputs = asked.placed.inputs(asked.params)
        have = self._stamp(asked, inputs)
        if wanted is not None and have.behind(wanted):
            # Another process told the browser of something that this one has not heard yet.
            try:
                await self._hub.refresh()
            except StoreUnavailable:
                return self._without_store(asked, have)
            have = self._stamp(asked, inputs)
        now_ms = self._shell.clock.now_ms()
        version = (have, asked.hour)
        try:
            sources = self._hub.versions(asked.area_id)["feeds"]
            kept = await self._kept.get(asked.subject, version, now_ms, lambda: self.bodies.build(asked), sources)
        except StoreUnavailable:
            return self._without_store(asked, have)
        return kept, have, have == wanted and self._lasts(kept.built, now_ms)

    def _lasts(self, built: Built, now_ms: int) -> bool:
        """Whether a body stays right as long as a browser may keep it: it asks by the same address when the state of
        the sources changes, or when the body's time has come, and must not be answered from its own cache."""
        horizon_ms = now_ms + _FRESH_S * 1000 * self._shell.clock.speed
        return built.sound and built.settled and (built.until_ms is None or built.until_ms >= horizon_ms)

    def _without_store(self, asked: Asked, have: Stamp) -> tuple[Kept, Stamp, bool]:
        """What was last built, which says its age; or the failed face where there is nothing."""
        last = self._kept.last(asked.subject)
        if last is not None:
            return replace(last, built=replace(last.built, sound=False)), have, False
        built = self.bodies.failed(asked, StoreUnavailable("the database does not answer"))
        return Kept(None, None, built, None), have, False

    def _stamp(self, asked: Asked, inputs: tuple[str, ...]) -> Stamp:
        return stamp(self._shell.store.boot, self._hub.versions(asked.area_id), inputs)


def _of_this_panel(placed: Placed, params: Mapping[str, str]) -> Mapping[str, str]:
    """Without the filters that are for others: the same bytes serve whatever those are."""
    return {name: value for name, value in params.items() if name not in NAMES or name in placed.panel.filters}


def panel_routes(shell: Shell, hub: Hub, desk: PanelDesk, assets_mark: str) -> list[BaseRoute]:
    """Plain routes of starlette: every viewer comes here at each change, and what FastAPI does around a request costs
    more than the answer."""

    async def panel(request: Request) -> Response:
        try:
            asked = desk.asked(request.path_params["placed_id"], request, visitor_of(request))
            if asked is None:
                return JSONResponse({"error": "unknown"}, 404, headers={"Cache-Control": _NO_STORE})
            kept, have, exact = await desk.answer(asked, parse_stamp(request.query_params.get("v", "")))
        except Forbidden:
            return JSONResponse({"error": "forbidden"}, 403, headers={"Cache-Control": _NO_STORE})
        return _panel_response(request, kept, have, exact)

    async def versions(request: Request) -> Response:
        visitor = visitor_of(request)
        area_id = request.query_params.get("area") or visitor.scope.area_id
        if not shell.facts.tree.contains(visitor.scope.area_id, area_id):
            return JSONResponse({"error": "forbidden"}, 403, headers={"Cache-Control": _NO_STORE})
        return Response(
            orjson.dumps(notice(shell, assets_mark, area_id, hub.versions(area_id))),
            media_type="application/json",
            headers={"Cache-Control": _NO_STORE},
        )

    return [Route("/api/panels/{placed_id}", panel), Route("/api/versions", versions)]


def notice(shell: Shell, assets_mark: str, area_id: str, versions: dict[str, int]) -> dict[str, Any]:
    """What a viewer is told: which store, which assets, the city's time, and of which area what changed; while the
    database is away, since how many seconds."""
    told = {"boot": shell.store.boot, "assets": assets_mark, "now": shell.clock.now_ms()}
    outage = shell.store.outage()
    away = {} if outage is None else {"away_s": round(outage.for_s)}
    return {**told, **away, "area": area_id, "versions": versions}


def _panel_response(request: Request, kept: Kept, have: Stamp, exact: bool) -> Response:
    headers = {
        "X-Version": str(have),
        "Cache-Control": _FRESH if exact else _NO_STORE,
        "Vary": "Accept-Encoding, Cookie",
    }
    if not kept.built.sound:
        headers["Retry-After"] = str(TRY_AGAIN_S)
    if not kept.built.settled:
        headers["X-Unsettled"] = "1"
    body = kept.built.body
    if kept.packed is not None and "br" in request.headers.get("accept-encoding", ""):
        body = kept.packed
        headers["Content-Encoding"] = "br"
    return Response(body, media_type="application/json", headers=headers)
