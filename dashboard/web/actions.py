"""POST /api/actions/<verb>: what people do from a panel."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse, Response

from brain.model.alert import NOT_PEOPLE, Conflict
from brain.model.scope import Action, Forbidden
from brain.store.act import acknowledge, close
from brain.store.errors import StoreUnavailable
from dashboard.access.sessions import Sessions
from dashboard.access.visitor import Visitor, visitor_of
from dashboard.texts import LANGUAGES
from dashboard.web.choices import chosen_lang
from dashboard.web.shell import Act, Shell


class Asked(BaseModel):
    """`version` is what the person saw: an alert that has moved on since is not touched."""

    model_config = ConfigDict(extra="forbid", strict=True)

    target: str = Field(min_length=1, max_length=64)
    version: int = Field(ge=0, lt=2**31)
    note: str = Field(default="", max_length=512)


def alert_acts(shell: Shell) -> dict[str, Act]:
    """Acknowledge and close, on the city's clock."""

    def act(do: Callable[..., Any], scope: Any, target: str, version: int, note: str, address: str) -> Any:
        return do(shell.store, shell.facts, scope, target, version, note, shell.clock.now_ms(), address)

    return {Action.ALERT_ACKNOWLEDGE.value: partial(act, acknowledge), Action.ALERT_CLOSE.value: partial(act, close)}


def action_routes(shell: Shell, acts: Mapping[str, Act], sessions: Sessions) -> APIRouter:
    router = APIRouter()

    @router.post("/api/actions/{verb}")
    async def do(verb: str, request: Request) -> Response:
        act = acts.get(verb)
        if act is None:
            return JSONResponse({"error": "unknown"}, 404)
        visitor = visitor_of(request)
        await sessions.note_use(visitor)
        lang = chosen_lang(request, shell.lang)
        tr = shell.texts.translate(lang if lang in LANGUAGES else shell.lang)
        try:
            asked = Asked.model_validate_json(await request.body())
        except ValidationError:
            return JSONResponse({"error": "malformed", "text": tr("act.malformed")}, 422)
        return await _answer(act, visitor, asked, tr)

    return router


async def _answer(act: Act, visitor: Visitor, asked: Asked, tr: Callable[..., str]) -> Response:
    try:
        await asyncio.to_thread(act, visitor.scope, asked.target, asked.version, asked.note, visitor.address)
    except Conflict as conflict:
        winner = "" if conflict.winner in NOT_PEOPLE else conflict.winner  # a rule that raised it is nobody to be named
        told = {"error": "conflict", "winner": winner, "state": conflict.state, "at_ms": conflict.at_ms}
        return JSONResponse(told, 409)
    except Forbidden:
        return JSONResponse({"error": "forbidden"}, 403)
    except LookupError:
        return JSONResponse({"error": "unknown"}, 404)
    except ValueError:
        return JSONResponse({"error": "refused", "text": tr("act.refused")}, 422)
    except StoreUnavailable:
        return JSONResponse({"error": "store_unavailable"}, 503, headers={"Retry-After": "2"})
    return JSONResponse({"done": True})
