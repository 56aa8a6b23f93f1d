"""When messages were received that tell no time of their own: what such a reading is stored under.

A message that is delivered again, because the acknowledgement was lost with the connection or the program, must find
the moment of its first delivery, else it would count twice. The broker marks it and gives it the number it had; what
was stored last is therefore remembered by number and content, in the transaction that stored it (`Cursor`).
"""

import base64
import binascii
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b

from feeds.payloads.message import Message

_NEVER = float("inf")
_LEFT_OVER_S = 600.0  # how long after a reconnection the broker may still deliver again
_ENTRY = struct.Struct("<HQ6s")  # number, moment in ms, digest
_TOPICS = 100_000


@dataclass(slots=True)
class _Receipt:
    """`until_s`: monotonic time from which on the broker is known to have heard the acknowledgement."""

    digest: bytes
    at_ms: int
    until_s: float = _NEVER


class Receipts:
    """Of one session with a broker. `most` is how many messages may be without acknowledgement at once, `sure_s` after
    how long a connection that still lives has delivered what was sent on it. Any thread may call."""

    def __init__(self, most: int, sure_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._sure_s = sure_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._by_mid: dict[int, _Receipt] = {}  # the oldest first
        self._last_ms: dict[str, int] = {}
        self._news = False

    def load(self, said: str | None) -> None:
        """Remember what an earlier run of the program said; what is not understood is no memory."""
        try:
            packed = base64.b64decode(said or "", validate=True)
            entries = list(_ENTRY.iter_unpack(packed))
        except (ValueError, binascii.Error, struct.error):
            return
        with self._lock:
            self._by_mid = {mid: _Receipt(digest, at_ms) for mid, at_ms, digest in entries}

    def connected(self, same_session: bool) -> None:
        """A connection begins. In a new session nothing comes again."""
        with self._lock:
            if not same_session:
                self._by_mid.clear()
            for receipt in self._by_mid.values():
                receipt.until_s = self._monotonic() + _LEFT_OVER_S

    def moment_ms(self, message: Message) -> int:
        """City time at which the message counts: for one delivered again that of its first delivery, else now. Two of a
        topic are never received in the same millisecond, since one of them would be taken for the other."""
        digest = b"" if not message.mid else _digest(message)
        with self._lock:
            receipt = self._by_mid.get(message.mid) if message.again else None
            if receipt is not None and receipt.digest == digest:
                receipt.until_s = _NEVER
                self._news = True  # what was to be stored with the first delivery may not have been
                return receipt.at_ms
            at_ms = max(message.received_ms, self._last_ms.get(message.topic, -1) + 1)
            if len(self._last_ms) >= _TOPICS:
                self._last_ms.clear()
            self._last_ms[message.topic] = at_ms
            if message.mid:
                self._by_mid.pop(message.mid, None)
                self._by_mid[message.mid] = _Receipt(digest, at_ms)
                self._news = True
            return at_ms

    def acknowledged(self, mids: Iterable[int]) -> None:
        """These were acknowledged on the connection that lives."""
        with self._lock:
            if self._by_mid:
                until_s = self._monotonic() + self._sure_s
                for mid in mids:
                    if (receipt := self._by_mid.get(mid)) is not None:
                        receipt.until_s = until_s

    def news(self) -> str | None:
        """What is to be stored with the readings of the messages asked for; None when there were none."""
        with self._lock:
            if not self._news:
                return None
            self._news, now_s = False, self._monotonic()
            kept = {mid: receipt for mid, receipt in self._by_mid.items() if receipt.until_s > now_s}
            for mid in list(kept)[: -self._most]:
                del kept[mid]
            self._by_mid = kept
            packed = b"".join(_ENTRY.pack(mid, receipt.at_ms, receipt.digest) for mid, receipt in kept.items())
            return base64.b64encode(packed).decode()


def _digest(message: Message) -> bytes:
    return blake2b(message.topic.encode() + b"\0" + message.payload, digest_size=6).digest()
