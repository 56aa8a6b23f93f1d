"""GET /api/panels/<placement>/rows.csv: the rows of one placed panel as a file. Whoever takes one is written down."""

import asyncio
import re
from concurrent.futures import Executor
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from brain.model.scope import Forbidden
from brain.store.audit import Result
from dashboard.access.auditor import Auditor
from dashboard.access.visitor import Visitor, visitor_of
from dashboard.kit.escape import plain
from dashboard.kit.moment import local
from dashboard.panel import View
from dashboard.push.asked import Asked
from dashboard.push.panel_body import CannotBuild
from dashboard.push.panel_routes import TRY_AGAIN_S, PanelDesk
from dashboard.push.rows_csv import rows_csv

ACTION = "export"
_NO_STORE = {"Cache-Control": "no-store"}


def rows_routes(desk: PanelDesk, executor: Executor, auditor: Auditor) -> APIRouter:
    router = APIRouter()

    async def note(visitor: Visitor, target: str, result: Result, detail: str) -> None:
        await auditor.note(auditor.deed(visitor.scope, ACTION, target, result, visitor.address, detail))

    @router.get("/api/panels/{placed_id}/rows.csv")
    async def rows(placed_id: str, request: Request) -> Response:
        visitor = visitor_of(request)
        target = f"panel:{placed_id}"
        try:
            asked = desk.asked(placed_id, request, visitor)
            if asked is None or asked.placed.panel.rows is None:
                return JSONResponse({"error": "unknown"}, 404, headers=_NO_STORE)
            made = await asyncio.get_running_loop().run_in_executor(executor, _file, desk, asked)
        except Forbidden as refusal:
            await note(visitor, target, Result.FORBIDDEN, str(refusal))
            return JSONResponse({"error": "forbidden"}, 403, headers=_NO_STORE)
        except CannotBuild:
            await note(visitor, target, Result.FAILED, "")
            return JSONResponse({"error": "failed"}, 503, headers={**_NO_STORE, "Retry-After": str(TRY_AGAIN_S)})
        body, name, n = made
        # Before the file leaves: what cannot be written down is not handed out.
        await note(visitor, target, Result.DONE, _detail(asked, n))
        headers = {**_NO_STORE, "Content-Disposition": disposition(*name)}
        return Response(body, media_type="text/csv; charset=utf-8", headers=headers)

    return router


def _file(desk: PanelDesk, asked: Asked) -> tuple[bytes, tuple[str, View], int]:
    title, table, view = desk.bodies.rows(asked)
    return rows_csv(title, table, view), (title, view), len(table.rows) if table else 0


def _detail(asked: Asked, n: int) -> str:
    chosen = "".join(f" {name} {value}" for name, value in sorted(asked.params.items()))
    return f"cockpit {asked.cockpit_id} area {asked.area_id} rows {n}{chosen}"


def disposition(title: str, view: View) -> str:
    """The name of the file: title, area and moment; in plain letters for browsers that know no others."""
    at: datetime = local(view.now_ms, view)
    plainly = f"{view.panel_id}-{view.area.id}-{at:%Y%m%d-%H%M}"
    ascii_name = re.sub(r"[^A-Za-z0-9_-]", "_", plainly)
    words = f"{plain(title, 40)}-{view.area.label(view.lang)}-{at:%Y%m%d-%H%M}"
    name = re.sub(r"[^\w-]+", "_", words)
    return f"attachment; filename=\"{ascii_name}.csv\"; filename*=UTF-8''{quote(name, safe='')}.csv"
