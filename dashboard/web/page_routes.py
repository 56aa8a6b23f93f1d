"""The addresses people type: HTML of a screen, and /api/pages/<address>, the skeleton bus.js fills it with."""

from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import replace

import orjson
from fastapi import APIRouter, Request
from plotly.io.json import to_json_plotly
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from brain.model.scope import Forbidden
from dashboard.access.cookies import COOKIE, WALL_S, secret_of, set_session
from dashboard.access.sessions import Sessions
from dashboard.access.visitor import Kind, Visitor, visitor_of
from dashboard.panel import Panel, Screen
from dashboard.push.kept import Built, KeptBytes
from dashboard.texts import LANGUAGES
from dashboard.web.addresses import Wanted, read_wanted
from dashboard.web.band import Furniture
from dashboard.web.choices import chosen_lang, chosen_theme, keep_choices
from dashboard.web.pages import ALERT, ALERTS, SUBJECTS, PageAt, Pages
from dashboard.web.refusals import Refusals
from dashboard.web.rotation import rotation
from dashboard.web.screens import PLOTLY, ScreenApp, index_page
from dashboard.web.shell import Shell
from dashboard.web.skeleton import skeleton
from dashboard.web.static import Assets

KEPT_BYTES = 16_000_000


class PageDesk:
    """Finds pages for visitors and keeps their skeletons."""

    def __init__(self, shell: Shell, pages: Pages, executor: Executor) -> None:
        self.shell = shell
        self.pages = pages
        self._kept = KeptBytes(executor, KEPT_BYTES)
        self._furniture = {
            lang: Furniture(
                shell.city,
                pages,
                lang,
                shell.texts.translate(lang),
                shell.clock.speed if shell.clock.replay else None,
                any(feed.simulated for feed in shell.facts.feeds.values()),
            )
            for lang in LANGUAGES
        }

    def find(self, path: str, wanted: Wanted, visitor: Visitor) -> PageAt | None:
        """The page of `<screen>/<cockpit>/<area or alert>`; None for no such page. Raises Forbidden."""
        screen_name, _, rest = path.strip("/").partition("/")
        cockpit_id, _, name = rest.partition("/")
        if screen_name not in set(Screen):
            return None
        screen = Screen(screen_name)
        if visitor.kind is Kind.WALL and screen is not Screen.LARGE:
            raise Forbidden("a wall shows large screens only")
        if not cockpit_id:
            landing = self.pages.landing(screen)
            if landing is not None and not (wanted.page or wanted.panel):
                wanted = replace(wanted, page=landing[1].id)
            return landing and self.pages.at(screen, landing[0].id, visitor.scope.area_id, wanted)
        of = name if name or cockpit_id in SUBJECTS else visitor.scope.area_id
        at = self.pages.at(screen, cockpit_id, of, wanted)
        if at is not None and cockpit_id not in SUBJECTS and not self._within(visitor, at):
            raise Forbidden(f"area {at.area.id} is outside the scope {visitor.scope.area_id}")
        return at

    def _within(self, visitor: Visitor, at: PageAt) -> bool:
        return self.shell.facts.tree.contains(visitor.scope.area_id, at.area.id)

    async def skeleton(self, at: PageAt, lang: str, own_area_id: str) -> bytes:
        """For all whose own area is `own_area_id`: it decides which areas they may turn to."""
        subject = (at.path, lang, own_area_id)
        kept = await self._kept.get(subject, 0, 0, lambda: Built(self._draw(at, lang, own_area_id)))
        return kept.built.body

    def _draw(self, at: PageAt, lang: str, own_area_id: str) -> bytes:
        furniture = self._furniture[lang]
        tree = self.shell.facts.tree
        up = None if at.area.parent_id is None else at.moved(at.area.parent_id, at.params)
        if at.cockpit.id in SUBJECTS:
            up = f"/{at.screen.value}/{ALERTS if at.cockpit.id == ALERT else ''}"
        elif at.enlarged is not None:
            up = at.whole
        meta = {
            "path": at.path,
            "screen": at.screen.value,
            "cockpit": at.cockpit.id,
            "area": "" if at.cockpit.id in SUBJECTS else at.area.id,
            "above": [area.id for area in tree.ancestors(at.area.id)[1:]],
            "params": dict(at.params),
            "up": up,
            "rotation": rotation(at),
            "title": self.title(at, lang),
            "lang": lang,
            "panels": {
                placed.id: {"inputs": placed.inputs(at.params), "interval": self._interval_s(placed.panel)}
                for placed in at.all_placed()
            },
            "texts": self.shell.texts.section(lang, "bus"),
        }
        props = {"page": {"children": skeleton(at, furniture, own_area_id)}}
        return str(to_json_plotly({"props": props, "page": meta})).encode()

    def _interval_s(self, panel: Panel) -> float:
        return self.shell.pace_s if panel.interval_s is None else panel.interval_s

    def title(self, at: PageAt, lang: str) -> str:
        furniture = self._furniture[lang]
        city = self.shell.city.name_en if lang == "en" else self.shell.city.name
        return f"{furniture.name(at.cockpit)} · {city}"


def page_routes(
    desk: PageDesk, apps: Mapping[Screen, ScreenApp], assets: Assets, sessions: Sessions, refusals: Refusals
) -> APIRouter:
    """Needs the gate in front: every route here reads its visitor."""
    router = APIRouter()
    shell = desk.shell

    @router.get("/")
    async def root(request: Request) -> Response:
        visitor = visitor_of(request)
        order = (Screen.LARGE,) if visitor.kind is Kind.WALL else (Screen.MEDIUM, Screen.LARGE, Screen.SMALL)
        screen = next((screen for screen in order if desk.pages.landing(screen)), order[0])
        return RedirectResponse(f"/{screen.value}", 302)

    @router.get("/api/pages/{path:path}")
    async def skeleton_of(path: str, request: Request) -> Response:
        visitor = visitor_of(request)
        try:
            at = desk.find(path, read_wanted(request.query_params), visitor)
        except Forbidden:
            return JSONResponse({"error": "forbidden"}, 403)
        if at is None:
            return JSONResponse({"error": "unknown"}, 404)
        lang = request.query_params.get("lang", "")
        body = await desk.skeleton(at, lang if lang in LANGUAGES else shell.lang, visitor.scope.area_id)
        return Response(body, media_type="application/json")

    for screen, app in apps.items():
        index = _index_of(desk, screen, app, assets, sessions, refusals)
        for name, body in {"_dash-layout": app.layout, "_dash-dependencies": app.dependencies}.items():
            router.add_api_route(f"/{screen.value}/{name}", _fixed_json(body), methods=["GET"])
        router.add_api_route(f"/{screen.value}", index, methods=["GET"])
        router.add_api_route(f"/{screen.value}/{{path:path}}", index, methods=["GET"])
    return router


def _index_of(
    desk: PageDesk, screen: Screen, app: ScreenApp, assets: Assets, sessions: Sessions, refusals: Refusals
) -> Callable[[Request], Awaitable[Response]]:
    """Answers with the page of a screen that the address names."""
    shell = desk.shell

    async def index(request: Request) -> Response:
        path, visitor = request.url.path, visitor_of(request)
        try:
            at = desk.find(path, read_wanted(request.query_params), visitor)
        except Forbidden:
            return refusals.answer(request.scope, 403, "forbidden")
        if at is None:
            return refusals.answer(request.scope, 404, "unknown")
        if path.count("/") < 3:
            onward = RedirectResponse(at.path, 302)
            keep_choices(request, onward, screen)
            return onward
        lang = chosen_lang(request, shell.lang)
        theme = chosen_theme(request, screen, shell.wall_theme if screen is Screen.LARGE else None)
        boot = {
            "assets": assets.mark,
            "plotly": assets.address(PLOTLY),
            "boot": shell.store.boot,
            "tz": shell.city.tz,
            "speed": shell.clock.speed,
            "now": shell.clock.now_ms(),
        }
        texts = shell.texts.section(lang, "index")
        html = index_page(app, lang, theme, desk.title(at, lang), texts, orjson.dumps(boot).decode())
        response = HTMLResponse(html)
        keep_choices(request, response, screen)
        await sessions.note_use(visitor)
        if visitor.kind is Kind.WALL:  # browsers drop cookies after a while, however long a wall is to stay
            set_session(request, response, secret_of(request, COOKIE), WALL_S)
        return response

    return index


def _fixed_json(body: bytes) -> Callable[[], Response]:
    def fixed() -> Response:
        return Response(body, media_type="application/json")

    return fixed
