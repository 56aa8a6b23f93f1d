"""Wall pages that take turns. The browser turns them; it is told which, how long each stays, where the red stage is.
GET /api/red: the red alerts that are open, for which a wall stops turning."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from brain.model.alert import Level
from brain.model.query.alerts import OpenAlertIds
from dashboard.access.visitor import visitor_of
from dashboard.web.addresses import address
from dashboard.web.pages import PageAt
from dashboard.web.shell import Page, Shell

STAGE = "red_stage"  # the panel that shows an open red alert


def rotation(at: PageAt) -> dict[str, Any] | None:
    """The pages that take turns with this one, each with its path and seconds, and the path of the stage: the page that
    has it, else the first. None where fewer than two do."""
    pages = [page for page in at.cockpit.pages[at.screen] if page.dwell_s]
    if len(pages) < 2:
        return None

    def path(page: Page) -> str:
        return address(at.screen, at.cockpit, page.id, at.area.id)

    staged = (page for page in at.cockpit.pages[at.screen] if any(p.panel == STAGE for p in page.placements))
    return {
        "area": at.area.id,
        "pages": [{"path": path(page), "dwell_s": page.dwell_s} for page in pages],
        "stage": path(next(staged, pages[0])),
    }


def rotation_routes(shell: Shell) -> APIRouter:
    router = APIRouter()

    @router.get("/api/red")
    def red(request: Request) -> Response:
        scope = visitor_of(request).scope
        area_id = request.query_params.get("area") or scope.area_id
        if not shell.facts.tree.contains(scope.area_id, area_id):
            return JSONResponse({"error": "forbidden"}, 403)
        red_ids: tuple[str, ...] = shell.answers.answer(OpenAlertIds(level=Level.RED), scope, area_id).value or ()
        return JSONResponse({"red": red_ids})

    return router
