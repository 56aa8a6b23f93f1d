"""What a device saw happen, as video and AI platforms report it: not a number that lasts, but something at a moment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` as event rules name it. `id` is the source's own, "" for none: with device, kind and time it tells one
    event from another. `confidence` is 0 to 1, None where the source gives none; `picture` is a link that people may
    follow and nothing here fetches; `text` may name persons. Times are epoch ms UTC, city time."""

    device_id: str
    kind: str
    at_ms: int
    id: str
    confidence: float | None
    picture: str
    text: str
    received_ms: int
    simulated: bool = False
