"""POST /in/<feed>: where other systems push. The gate has checked token, rate, size and signature; 202 is said
after the commit, so that a sender that was told less sends it again and nothing is lost. Sent twice, it is known by its
keys."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from brain.feed import BadPayload, FeedError, PushSettings, Received, Refused, Rejected, Unavailable
from brain.settings.feed_entry import FeedEntry
from dashboard.access.push_key import PushKey
from dashboard.web.shell import Inbox

COMMIT_S = 30.0
_AGAIN = {"Retry-After": "5"}
_AT_ONCE = 2  # bodies of one feed that are read, or wait for room: the others need not wait behind them
_MOST_TOLD = 10
_SECRET = {"authorization", "cookie"}

Receive = Callable[[str, Mapping[str, str], bytes], "Future[Received]"]
"""(feed, headers, body): as the supervisor's `receive`."""


def inboxes_of(entries: Iterable[FeedEntry], body_limit_bytes: int, receive: Receive) -> dict[str, Inbox]:
    """An inbox for each enabled feed that is pushed."""
    return {
        entry.name: Inbox(partial(receive, entry.name), _key(entry.settings, body_limit_bytes))
        for entry in entries
        if isinstance(entry.settings, PushSettings) and entry.settings.enabled
    }


def _key(settings: PushSettings, body_limit_bytes: int) -> PushKey:
    return PushKey(
        settings.token.get_secret_value(),
        settings.token_header,
        settings.signing_key.get_secret_value(),
        settings.signature_header,
        body_limit_bytes,
        settings.per_minute,
    )


def inbox_routes(inboxes: Mapping[str, Inbox], commit_s: float = COMMIT_S) -> APIRouter:
    router = APIRouter()
    # Threads of their own: while the store is away senders fill them, and pages must not wait for these.
    executor = ThreadPoolExecutor(_AT_ONCE * max(1, len(inboxes)), thread_name_prefix="inbox")
    slots = {feed: _Slot(inbox, executor, commit_s) for feed, inbox in inboxes.items()}

    @router.post("/in/{feed}")
    async def take(feed: str, request: Request) -> Response:
        slot = slots[feed]  # the gate knows its token, so it is there
        try:
            return _taken(await slot.take(request, await request.body()))
        except BadPayload as error:
            return JSONResponse({"error": "malformed", "detail": str(error)}, 422)
        except Refused as error:
            return JSONResponse({"error": "not_here", "detail": str(error)}, 421)
        except (Unavailable, TimeoutError) as error:
            detail = str(error) or "not stored in time: send it again"
            return JSONResponse({"error": "not_stored", "detail": detail}, 503, headers=_AGAIN)
        except FeedError as error:
            return JSONResponse({"error": "broken_feed", "detail": str(error)}, 500)

    return router


class _Slot:
    """Of one feed at most _AT_ONCE bodies are worked on; a sender beyond is asked to come again."""

    def __init__(self, inbox: Inbox, executor: ThreadPoolExecutor, commit_s: float) -> None:
        secret = inbox.key
        self._inbox = inbox
        self._executor = executor
        self._commit_s = commit_s
        self._secret = _SECRET | {secret.token_header.lower(), secret.signature_header.lower()}
        self._free = _AT_ONCE

    async def take(self, request: Request, body: bytes) -> Received:
        """Raises what feeds raise, and TimeoutError."""
        if not self._free:
            raise Unavailable("still busy with what was sent before: send it again")
        headers = {name: value for name, value in request.headers.items() if name not in self._secret}
        self._free -= 1
        loop = asyncio.get_running_loop()
        job = self._executor.submit(self._inbox.accept, headers, body)
        # A thread that waits for room goes on after its sender was sent away.
        job.add_done_callback(lambda _: _tell(loop, self._release))
        async with asyncio.timeout(self._commit_s):
            queued = await asyncio.wrap_future(job)
            return await asyncio.wrap_future(queued)

    def _release(self) -> None:
        self._free += 1


def _tell(loop: asyncio.AbstractEventLoop, work: Callable[[], Any]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(work)


def _taken(received: Received) -> Response:
    """202 for what was stored; 422 where nothing of it could be read. What was refused is kept as dead letters."""
    told = [_told(item) for item in received.refused[:_MOST_TOLD]]
    answer = {"stored": True, "refused": len(received.refused)} | ({"why": told} if told else {})
    if received.refused and not received.taken:
        return JSONResponse({"error": "refused"} | answer, 422)
    return JSONResponse(answer, 202)


def _told(item: Rejected) -> dict[str, str]:
    return {"reason": item.reason, "place": item.place, "detail": item.detail}
