"""The bytes a broker sends, cut into packets: messages are read here, whatever else it says is left to paho.

paho spends some 40 µs of Python on a received message; cutting many out of one piece of the stream costs a few. What
is held has a bound however large a payload is announced: of one that is too large the beginning is kept and the rest
let go as it arrives.
"""

from collections import deque
from dataclasses import dataclass, field

from feeds.payloads.message import Message

_PUBLISH = 0x30
_LONGEST_HEAD = 65_536 + 64  # a topic and what stands around it
_PIECEMEAL = 16_384  # packets larger than this are gathered apart: else each new piece would move all of them
_HELD = 1 << 20  # bytes of messages that wait here; beyond it nothing is read from the network


class NotMqtt(Exception):
    """The other side does not speak MQTT; the message says where it went wrong."""


@dataclass(slots=True)
class _Large:
    """A packet that arrives in pieces: `left` bytes are still to come, of the whole only the first `keep` are kept."""

    head: int
    start: bytes
    length: int
    keep: int
    left: int
    body: bytearray = field(default_factory=bytearray)


class MqttStream:
    """`feed` what was received, `take` the messages, hand `others` to paho. One connection, one thread."""

    def __init__(self, v5: bool, max_payload_bytes: int) -> None:
        self.others = bytearray()  # whole packets that are no messages, for paho
        self._v5 = v5
        self._most = max_payload_bytes + _LONGEST_HEAD
        self._rest = b""
        self._large: _Large | None = None
        self._held: deque[Message] = deque()
        self._held_bytes = 0

    @property
    def full(self) -> bool:
        """Whether so much is held that nothing more should be received."""
        return self._held_bytes >= _HELD

    @property
    def waiting(self) -> int:
        """Messages to be taken."""
        return len(self._held)

    def take(self, most: int) -> list[Message]:
        """The next messages, in the order they came."""
        held = self._held
        if most >= len(held):
            self._held, self._held_bytes = deque(), 0
            return list(held)
        taken = [held.popleft() for _ in range(most)]
        self._held_bytes -= sum(map(_weight, taken))
        return taken

    def feed(self, received: bytes, now_ms: int) -> None:
        """`now_ms` is city time. Raises NotMqtt."""
        if self._large is not None:
            received = self._gather(self._large, received, now_ms)
        data = self._rest + received if self._rest else received
        at, end = 0, len(data)
        while end - at >= 2:
            head, length, body = data[at], data[at + 1], at + 2
            if length >= 0x80:
                length, body = _long(data, at + 1, end)
                if not body:
                    break
            stop = body + length
            if stop > end:
                if length > _PIECEMEAL:
                    at = self._begin(head, data, at, body, length)
                break
            if head & 0xF0 == _PUBLISH:
                self._publish(head, data, body, stop, length, now_ms)
            else:
                self.others += data[at:stop]
            at = stop
        self._rest = data[at:]

    def _begin(self, head: int, data: bytes, at: int, body: int, length: int) -> int:
        """Start gathering a large packet with what is there; where to go on."""
        if head & 0xF0 != _PUBLISH and length > self._most:
            raise NotMqtt(f"a packet of {length} bytes that is no message")
        large = _Large(head, data[at:body], length, min(length, self._most), length)
        large.body += data[body : body + large.keep]
        large.left -= len(data) - body
        self._large = large
        return len(data)

    def _gather(self, large: _Large, received: bytes, now_ms: int) -> bytes:
        """Add to the large packet; what comes after it."""
        mine, after = received[: large.left], received[large.left :]
        large.body += mine[: large.keep - len(large.body)]
        large.left -= len(mine)
        if not large.left:
            self._large = None
            if large.head & 0xF0 == _PUBLISH:
                self._publish(large.head, bytes(large.body), 0, len(large.body), large.length, now_ms)
            else:
                self.others += large.start + large.body
        return after

    def _publish(self, head: int, data: bytes, at: int, stop: int, length: int, now_ms: int) -> None:
        """Read the message between `at` and `stop`; `length` is what it was before its end was let go."""
        begin = at
        name = at + 2
        at = name + (data[at] << 8 | data[at + 1]) if name <= stop else stop + 1
        named, mid = at, 0
        if quality := head & 0x06:
            at += 2
            if quality != 0x02 or at > stop:
                raise NotMqtt("a message that was not asked for")
            mid = data[named] << 8 | data[named + 1]
        if self._v5 and at < stop:
            properties, at = (data[at], at + 1) if data[at] < 0x80 else _long(data, at, stop)
            at += properties
        if at > stop or named > stop:
            if length == stop - begin:
                raise NotMqtt("a message shorter than it says")
            at = stop  # what was let go were properties, and with them the payload
        try:
            topic = data[name:named].decode()
        except UnicodeDecodeError:
            topic = "(a topic that is not UTF-8)"
        size = -1 if length == stop - begin else length - (at - begin)
        message = Message(topic, data[at:stop], now_ms, bool(head & 0x01), mid, bool(head & 0x08), size)
        self._held.append(message)
        self._held_bytes += _weight(message)


def _weight(message: Message) -> int:
    return len(message.payload) + len(message.topic) + 64


def _long(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of MQTT's variable length and where it ends; (0, 0) while its end is missing. Raises NotMqtt."""
    number = shift = 0
    for place in range(at, min(end, at + 4)):
        number |= (data[place] & 0x7F) << shift
        if data[place] < 0x80:
            return number, place + 1
        shift += 7
    if end >= at + 4:
        raise NotMqtt("a length that has no end")
    return 0, 0
