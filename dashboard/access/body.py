"""Takes in a request's body before anything else runs, counting what really comes: Content-Length may be absent or
wrong."""

import asyncio

from starlette.types import Message, Receive, Scope

WAIT_S = 30.0


class TooLarge(Exception):
    """The body is larger than allowed."""


class TooSlow(Exception):
    """The body did not come in time."""


class Gone(Exception):
    """The client left before its body was there."""


def declared_length(scope: Scope) -> int:
    """Content-Length; 0 when there is none. Raises ValueError for one that is no number."""
    values = [value for name, value in scope["headers"] if name == b"content-length"]
    if not values:
        return 0
    if any(not value.isdigit() for value in values) or len(set(values)) > 1:
        raise ValueError("content-length")
    return int(values[0])


async def take_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Raises TooLarge, TooSlow, Gone, ValueError."""
    if declared_length(scope) > limit:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(WAIT_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                part = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise TooLarge
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise TooSlow from None


def replay(body: bytes, receive: Receive) -> Receive:
    """Hands the body on as if it came now, then whatever comes after it (the client leaving)."""
    handed = False

    async def again() -> Message:
        nonlocal handed
        if handed:
            return await receive()
        handed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
