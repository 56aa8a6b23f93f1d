"""POST /in/<feed>: where other systems push. The gate has checked token and size; 202 is said after the commit."""

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from brain.feed import BadPayload, Unavailable
from dashboard.web.shell import Inbox

COMMIT_S = 30.0
_SECRET = {"authorization", "cookie"}


def inbox_routes(inboxes: Mapping[str, Inbox], commit_s: float = COMMIT_S) -> APIRouter:
    router = APIRouter()

    @router.post("/in/{feed}")
    async def take(feed: str, request: Request) -> Response:
        inbox = inboxes[feed]  # the gate knows its token, so it is there
        headers = {name: value for name, value in request.headers.items() if name not in _SECRET}
        body = await request.body()
        try:
            committed = await asyncio.to_thread(inbox.accept, headers, body)
            async with asyncio.timeout(commit_s):
                stored = await asyncio.wrap_future(committed)
        except BadPayload as error:
            return JSONResponse({"error": "malformed", "detail": str(error)}, 422)
        except (Unavailable, TimeoutError):
            stored = False
        if not stored:
            return JSONResponse({"error": "not_stored"}, 503, headers={"Retry-After": "5"})
        return JSONResponse({"stored": True}, 202)

    return router
