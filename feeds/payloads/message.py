"""One MQTT message, as feeds hand it from the network to what reads it."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Message:
    """`received_ms` is city time. `mid` is what to acknowledge, 0 for nothing; `again`: the broker says that it may
    have delivered it before. Of a payload that is too large to be kept only the beginning is in `payload`; `size_bytes`
    says how large it was (-1: it is whole)."""

    topic: str
    payload: bytes = field(repr=False)
    received_ms: int
    retained: bool = False
    mid: int = 0
    again: bool = False
    size_bytes: int = -1
