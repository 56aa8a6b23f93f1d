"""paho's client on a socket of ours: it is given what is no message, and nothing else of what the broker sends.

Both seams are paho's own but not public (`_create_socket`, `_packet_queue` and the times of its keep-alive), so its
version is pinned; tests/feeds/payloads/test_mqtt_link.py notices when one is gone.
"""

import ssl
import time
from collections.abc import Sequence
from typing import Any

from paho.mqtt.client import Client

from brain.feed import Refused
from brain.model.reason import Why
from feeds.payloads.mqtt_broker import Tls
from feeds.payloads.mqtt_stream import MqttStream

_PIECE = 262_144  # bytes asked of the system at once
_PUBACK = 0x40


class Wire:
    """Stands where paho expects its socket: paho reads from the stream's `others`, and writes to the network."""

    def __init__(self, sock: Any, stream: MqttStream) -> None:
        self.stream = stream
        self.ended = False
        self._sock = sock
        self._error: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def receive(self, now_ms: int) -> int:
        """Feed the stream with what is there; how many bytes. The end of the connection is told to paho in its turn.
        Raises NotMqtt."""
        total = 0
        while not self.ended and not self.stream.full:
            try:
                got = self._sock.recv(_PIECE)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            except OSError as error:
                self._error, self.ended = error, True
                break
            self.ended = not got
            total += len(got)
            self.stream.feed(got, now_ms)
            if not self.held_back:
                break
        return total

    @property
    def held_back(self) -> bool:
        """Whether there are bytes that were decrypted already, which poll cannot see."""
        return bool(getattr(self._sock, "pending", lambda: 0)())

    @property
    def wants_certificate(self) -> bool:
        """Whether the other side hung up over our certificate, or over our having none: it only says so afterwards."""
        said = getattr(self._error, "reason", None) or ""
        return "_ALERT_" in said and ("CERTIFICATE" in said or "UNKNOWN_CA" in said)

    def close(self) -> None:
        """Hears the other side out: a write may have failed before its last word, which says why, was read."""
        if self._error is None and isinstance(self._sock, ssl.SSLSocket):
            try:
                self._sock.recv(_PIECE)
            except OSError as error:
                self._error = error
        self._sock.close()

    @property
    def for_paho(self) -> bool:
        """Whether paho has something to read."""
        return bool(self.stream.others) or self.ended

    def recv(self, most: int) -> bytes:
        others = self.stream.others
        if others:
            piece = bytes(others[:most])
            del others[:most]
            return piece
        if self._error is not None:
            raise self._error
        if self.ended:
            return b""
        raise BlockingIOError


class WiredClient(Client):
    """paho's client on a `wire`, once it has begun to connect."""

    def __init__(self, *args: Any, stream: MqttStream, **options: Any) -> None:
        super().__init__(*args, **options)
        self.wire: Wire | None = None
        self._stream = stream

    def _create_socket(self) -> Any:
        self.wire = Wire(super()._create_socket(), self._stream)
        return self.wire

    def ack_all(self, mids: Sequence[int]) -> None:
        """Acknowledge messages of QoS 1 with one write: paho's `ack` asks the system once for each."""
        packets = b"".join(b"\x40\x02%c%c" % (mid >> 8, mid & 0xFF) for mid in mids)
        self._packet_queue(_PUBACK, packets, 0, 1)

    def still_there(self) -> None:
        """The other side is taken to be alive: it has just said something, or it is us who do not listen now."""
        self._ping_t = 0.0
        self._last_bytes_received = time.monotonic()


class _Socket(ssl.SSLSocket):
    """Closed when the handshake fails: paho forgets it otherwise."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Raises Refused for a certificate or key that cannot be read."""
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        context.sslsocket_class = _Socket
        if tls.certificate_file is not None:
            context.load_cert_chain(tls.certificate_file, tls.key_file)
    except OSError as error:  # ssl.SSLError is one
        raise Refused(
            f"tls: a certificate or key file cannot be read: {error.strerror or error}", why=Why.FILE
        ) from error
    return context
