"""Events of video and AI platforms (smoke, a crowd, goods on the walk), pushed as JSON to /in/event_webhook.

Each vendor's shape of body has an entry in `shapes`; kinds become those that event rules ask for. The camera must be in
the register. A picture stays where it is: only a link to a listed host is kept, for people to follow.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from brain.feed import BadPayload, FeedContext, Item
from feeds.payloads.event_mapping import EventSettings
from feeds.payloads.event_parts import EventReader

MODE = "push"
INPUT = "events"


Settings = EventSettings


def accept(settings: Settings, ctx: FeedContext, headers: Mapping[str, str], body: bytes) -> list[Item]:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):  # others may be wrong: many a program calls whatever it sends a form
        raise BadPayload(f"{kind} is not read here: set the platform to send JSON")
    return list(parse(body, settings, ctx))


def parse(body: bytes, settings: Settings, ctx: FeedContext) -> Iterator[Item]:
    """Each event, or a dead letter. Raises BadPayload for a body that no shape fits."""
    document = _document(body)
    reader = EventReader(settings, ZoneInfo(ctx.tz), ctx.clock.now_ms())
    yield from reader.read(document)


def _document(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        where = f"{error.msg.split(':')[0]}, character {error.pos + 1}"
        raise BadPayload(f"not JSON in UTF-8: {where}; mend the sender") from error
