"""One connection to an MQTT broker, driven by the thread that owns it: nothing happens but inside `turn`.

paho's own network thread is not used: an exception in a callback ends it while the client still says it is connected,
it reconnects by itself under the feet of late acknowledgements, and it cannot stop reading when there is no room, which
is all the bound there is in MQTT 3.1.1. A lost link is raised, never mended here: the supervisor starts the feed anew.
"""

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from select import POLLERR, POLLHUP, POLLIN, POLLOUT, poll
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from brain.feed import Refused, Unavailable
from feeds.payloads.mqtt_broker import Broker, Tls

_NEEDS_A_PERSON = {0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C}  # version, client id, login, not authorised, banned, method
_TAKEN_OVER = 0x8E
_BURST = 100  # packets read before acknowledgements get their turn


class MqttLink:
    """Not thread-safe but for `wake`. `on_message` is called inside `turn` and must only put the message somewhere."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        on_message: Callable[[MQTTMessage], None],
        *,
        lasting: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`lasting`: the broker keeps a session (subscriptions and messages) while we are away."""
        self._broker = broker
        self._lasting = lasting
        self._monotonic = monotonic
        self._taken = 0
        self._connected: tuple[bool, ReasonCode] | None = None
        self._granted: dict[int, list[ReasonCode]] = {}
        self._unsubscribed: set[int] = set()
        self._confirmed: dict[int, ReasonCode] = {}
        self._lost = ""
        self._client = self._make(client_id)
        self._sleeping, self._waking = socket.socketpair()
        for end in (self._sleeping, self._waking):
            end.setblocking(False)

        def take(_client: Client, _userdata: object, message: MQTTMessage) -> None:
            self._taken += 1
            on_message(message)

        self._client.on_message = take

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> bool:
        """Connect; whether the broker still had our session. Raises Unavailable or Refused."""
        broker = self._broker
        v5 = broker.protocol == "5"
        options: dict[str, Any] = {"clean_start": not self._lasting, "properties": self._properties()} if v5 else {}
        try:
            self._client.connect(broker.host, broker.port, broker.keepalive_s, **options)
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"{broker.address}: its certificate is not trusted: {error.verify_message}") from error
        except OSError as error:
            raise Unavailable(f"{broker.address}: {error.strerror or error}") from error
        silent = "no answer to CONNECT" + (" (a broker of MQTT 3.1.1? then set protocol)" if v5 else "")
        self._until(lambda: self._connected is not None, silent)
        assert self._connected is not None  # noqa: S101 - what _until waited for
        present, code = self._connected
        if code.is_failure:
            kind = Refused if code.value in _NEEDS_A_PERSON else Unavailable
            raise kind(f"{broker.address}: the broker refuses the connection: {code}{_version_hint(code)}")
        return present

    def subscribe(self, filters: Sequence[str], qos: int) -> list[str]:
        """The filters that the broker does not grant (an ACL, a wildcard it forbids)."""
        code, mid = self._client.subscribe([(topic, qos) for topic in filters])
        if mid is None or code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise Unavailable(f"{self._broker.address}: {self._lost or 'the connection was lost'}")
        self._until(lambda: mid in self._granted, "no answer to SUBSCRIBE")
        return [topic for topic, code in zip(filters, self._granted.pop(mid), strict=False) if code.is_failure]

    def unsubscribe(self, topic: str, patience_s: float) -> None:
        """Waits for the answer: when it is there, the broker has also seen every acknowledgement sent before."""
        _, mid = self._client.unsubscribe(topic)
        if mid is not None:
            self._until(lambda: mid in self._unsubscribed, "no answer to UNSUBSCRIBE", patience_s)

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> int:
        """Queue a message; its number, for `confirmed`."""
        return self._client.publish(topic, payload, qos, retain).mid

    def confirmed(self, mid: int) -> ReasonCode | None:
        """What the broker said to a published message; None while it has not."""
        return self._confirmed.pop(mid, None)

    def ack(self, mid: int) -> None:
        """Acknowledge a received message of QoS 1 of this connection."""
        self._client.ack(mid, 1)

    def wake(self) -> None:
        """End a `turn` that waits. May be called from any thread, also after `close`."""
        try:
            self._waking.send(b"\0")
        except OSError:  # full: it wakes anyway; closed: nobody waits
            return

    def turn(self, timeout_s: float, room: int) -> None:
        """Wait for network or `wake`, then read at most `room` messages, write and ping. Raises Unavailable."""
        sock = self._client.socket()
        if sock is None:
            raise self._failure()
        held_back = room > 0 and getattr(sock, "pending", lambda: 0)()  # decrypted already: poll cannot see it
        readable = self._poll(sock, 0 if held_back else timeout_s, room > 0)
        if readable or held_back:  # without room only when the other side hung up: then there is an end to be read
            self._read(min(max(room, 1), _BURST))
        if self._client.want_write():
            self._client.loop_write()
        self._client.loop_misc()
        if self._client.socket() is None:
            raise self._failure()

    def close(self) -> None:
        """Say goodbye and let go; a lasting session stays at the broker."""
        self._client.disconnect()
        sock = self._client.socket()
        if sock is not None:
            sock.close()
        self._sleeping.close()
        self._waking.close()

    def _poll(self, sock: Any, timeout_s: float, reading: bool) -> bool:
        poller = poll()
        poller.register(self._sleeping, POLLIN)
        wanted = (POLLIN if reading else 0) | (POLLOUT if self._client.want_write() else 0)
        poller.register(sock, wanted)
        ready = dict(poller.poll(timeout_s * 1000))
        if self._sleeping.fileno() in ready:
            self._sleeping.recv(4096)
        return bool(ready.get(sock.fileno(), 0) & (POLLIN | POLLERR | POLLHUP))

    def _read(self, most: int) -> None:
        for _ in range(most):
            before = self._taken
            self._client.loop_read()
            if self._taken == before:  # nothing whole to read, or another kind of packet: poll again
                return

    def _until(self, reached: Callable[[], bool], otherwise: str, patience_s: float | None = None) -> None:
        patience_s = self._broker.connect_timeout_s if patience_s is None else patience_s
        deadline = self._monotonic() + patience_s
        while not reached():
            left = deadline - self._monotonic()
            if left <= 0:
                raise Unavailable(f"{self._broker.address}: {otherwise} within {patience_s:g} s")
            try:
                self.turn(left, _BURST)
            except Unavailable:
                if reached():  # the refusal came, and then the broker hung up
                    return
                raise

    def _failure(self) -> Exception:
        return Unavailable(f"{self._broker.address}: {self._lost or 'the connection was lost'}")

    def _properties(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.ReceiveMaximum = self._broker.receive_maximum
        if self._lasting:
            properties.SessionExpiryInterval = self._broker.session_expiry_s
        return properties

    def _make(self, client_id: str) -> Client:
        broker = self._broker
        v5 = broker.protocol == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if v5 else not self._lasting,
            protocol=MQTTv5 if v5 else MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = broker.connect_timeout_s
        if broker.username:
            client.username_pw_set(broker.username, broker.password.get_secret_value())
        if broker.tls is not None:
            client.tls_set_context(_tls_context(broker.tls))
        client.on_connect = lambda _c, _u, flags, code, _p: self._on_connect(flags.session_present, code)
        client.on_disconnect = lambda _c, _u, flags, code, _p: self._on_disconnect(flags, code)
        client.on_subscribe = lambda _c, _u, mid, codes, _p: self._granted.__setitem__(mid, codes)
        client.on_unsubscribe = lambda _c, _u, mid, _codes, _p: self._unsubscribed.add(mid)
        client.on_publish = lambda _c, _u, mid, code, _p: self._confirmed.__setitem__(mid, code)
        return client

    def _on_connect(self, session_present: bool, code: ReasonCode) -> None:
        self._connected = (session_present, code)

    def _on_disconnect(self, flags: Any, code: ReasonCode) -> None:
        if not self._lost:
            hint = "; another client uses the same client_id" if code.value == _TAKEN_OVER else ""
            told = flags.is_disconnect_packet_from_server
            self._lost = f"the broker ended the connection: {code}{hint}" if told else "the connection was lost"


class _Socket(ssl.SSLSocket):
    """Closed when the handshake fails: paho forgets it otherwise."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def _tls_context(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        context.sslsocket_class = _Socket
        if tls.certificate_file is not None:
            context.load_cert_chain(tls.certificate_file, tls.key_file)
    except OSError as error:  # ssl.SSLError is one
        raise Refused(f"tls: a certificate or key file cannot be read: {error.strerror or error}") from error
    return context


def _version_hint(code: ReasonCode) -> str:
    return "; set protocol: 3.1.1" if code.value == 0x84 else ""
