"""One connection to an MQTT broker, driven by the thread that owns it: nothing happens but inside `turn`.

paho connects, subscribes, publishes, pings and writes; messages are read past it (mqtt_stream.py). Its own network
thread is not used: an exception in a callback ends it while the client still says it is connected, it reconnects by
itself under the feet of late acknowledgements, and it cannot hold messages back while there is no room, which is all
the bound there is in MQTT 3.1.1. A lost link is raised, never mended here: the supervisor starts the feed anew.
"""

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from select import POLLERR, POLLHUP, POLLIN, POLLOUT, poll
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from brain.feed import FeedError, Refused, Unavailable
from brain.model.reason import Why
from feeds.payloads.message import Message
from feeds.payloads.mqtt_broker import Broker
from feeds.payloads.mqtt_stream import MqttStream, NotMqtt
from feeds.payloads.mqtt_wire import Wire, WiredClient, tls_context

_NEEDS_A_PERSON = {0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C}  # version, client id, login, not authorised, banned, method
_TAKEN_OVER = 0x8E
ONLINE, OFFLINE = b"online", b"offline"
_AMPLE = 100  # room for what may come while an answer is waited for


class MqttLink:
    """Not thread-safe but for `wake`. `on_messages` is called inside `turn` and must only put them somewhere."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        on_messages: Callable[[list[Message]], None],
        *,
        lasting: bool = True,
        status_topic: str = "",
        max_payload_bytes: int = 65_536,
        now_ms: Callable[[], int] = lambda: 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`status_topic`: where others can read whether we are here; "" for nowhere. `lasting`: the broker keeps a
        session (subscriptions and messages) while we are away. Payloads beyond `max_payload_bytes` may come cut short.
        `now_ms` is the time messages are received at."""
        self._broker = broker
        self._lasting = lasting
        self._status_topic = status_topic
        self._on_messages = on_messages
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._connected: tuple[bool, ReasonCode] | None = None
        self._granted: dict[int, list[ReasonCode]] = {}
        self._unsubscribed: set[int] = set()
        self._confirmed: dict[int, ReasonCode] = {}
        self._lost = ""
        self._stream = MqttStream(broker.protocol == "5", max_payload_bytes)
        self._client = self._make(client_id)
        self._sleeping, self._waking = socket.socketpair()
        for end in (self._sleeping, self._waking):
            end.setblocking(False)

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
            detail = f"{broker.address}: its certificate is not trusted: {error.verify_message}"
            raise Refused(detail, why=Why.CERTIFICATE) from error
        except OSError as error:
            raise Unavailable(f"{broker.address}: {error.strerror or error}") from error
        silent = "no answer to CONNECT" + (" (a broker of MQTT 3.1.1? then set protocol)" if v5 else "")
        self._until(lambda: self._connected is not None, silent)
        assert self._connected is not None  # noqa: S101 - what _until waited for
        present, code = self._connected
        if code.is_failure:
            kind = Refused if code.value in _NEEDS_A_PERSON else Unavailable
            raise kind(f"{broker.address}: the broker refuses the connection: {code}{_version_hint(code)}")
        self._tell_status(ONLINE)
        return present

    def subscribe(self, filters: Sequence[str], qos: int) -> list[str]:
        """The filters that the broker does not grant (an ACL, a wildcard it forbids)."""
        code, mid = self._client.subscribe([(topic, qos) for topic in filters])
        if mid is None or code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise Unavailable(f"{self._broker.address}: {self._lost or 'the connection was lost'}")
        self._until(lambda: mid in self._granted, "no answer to SUBSCRIBE")
        return [topic for topic, code in zip(filters, self._granted.pop(mid), strict=False) if code.is_failure]

    def say_goodbye(self) -> None:
        """The broker tells of our going only when we did not: a connection that ends well has no last will."""
        self._tell_status(OFFLINE)

    def _tell_status(self, status: bytes) -> None:
        if self._status_topic:
            self.publish(self._status_topic, status, qos=1, retain=True)

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

    def ack(self, mids: Sequence[int]) -> None:
        """Acknowledge received messages of QoS 1 of this connection."""
        if mids:
            self._client.ack_all(mids)

    def wake(self) -> None:
        """End a `turn` that waits. May be called from any thread, also after `close`."""
        try:
            self._waking.send(b"\0")
        except OSError:  # full: it wakes anyway; closed: nobody waits
            return

    def turn(self, timeout_s: float, room: int) -> None:
        """Wait for network or `wake`, then hand on at most `room` messages, write and ping. Raises Unavailable.

        Without room messages wait here, within a bound, so that what else the broker says is still heard."""
        client, wire, stream = self._client, self._client.wire, self._stream
        if wire is None or client.socket() is None:
            raise self._failure()
        at_once = (room > 0 and stream.waiting) or (wire.held_back and not stream.full)
        if self._poll(wire, 0 if at_once else timeout_s, not stream.full) or wire.held_back:
            self._receive(wire)
        if stream.full:
            client.still_there()
        while wire.for_paho and client.socket() is not None:
            client.loop_read()
        if messages := stream.take(room):
            self._on_messages(messages)
        if client.want_write():
            client.loop_write()
        client.loop_misc()
        if client.socket() is None:
            raise self._failure()

    def close(self) -> None:
        """Say goodbye and let go; a lasting session stays at the broker."""
        self._client.disconnect()
        sock = self._client.socket()
        if sock is not None:
            sock.close()
        self._sleeping.close()
        self._waking.close()

    def _poll(self, sock: Wire, timeout_s: float, reading: bool) -> bool:
        poller = poll()
        poller.register(self._sleeping, POLLIN)
        # Without a wish it is left out: that the other side hung up would be told at once and over and over.
        if wanted := (POLLIN if reading else 0) | (POLLOUT if self._client.want_write() else 0):
            poller.register(sock.fileno(), wanted)
        ready = dict(poller.poll(timeout_s * 1000))
        if self._sleeping.fileno() in ready:
            self._sleeping.recv(4096)
        return bool(ready.get(sock.fileno(), 0) & (POLLIN | POLLERR | POLLHUP))

    def _receive(self, wire: Wire) -> None:
        try:
            if wire.receive(self._now_ms()):
                self._client.still_there()
        except NotMqtt as error:
            raise Unavailable(f"{self._broker.address}: it does not speak MQTT: {error}") from error

    def _until(self, reached: Callable[[], bool], otherwise: str, patience_s: float | None = None) -> None:
        patience_s = self._broker.connect_timeout_s if patience_s is None else patience_s
        deadline = self._monotonic() + patience_s
        while not reached():
            left = deadline - self._monotonic()
            if left <= 0:
                raise Unavailable(f"{self._broker.address}: {otherwise} within {patience_s:g} s")
            try:
                self.turn(left, _AMPLE)
            except FeedError:
                if reached():  # the refusal came, and then the broker hung up
                    return
                raise

    def _failure(self) -> Exception:
        wire = self._client.wire
        if wire is not None and wire.wants_certificate:
            hint = "see tls.certificate_file and tls.key_file"
            return Refused(f"{self._broker.address}: it does not take our certificate; {hint}", why=Why.CERTIFICATE)
        return Unavailable(f"{self._broker.address}: {self._lost or 'the connection was lost'}")

    def _properties(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.ReceiveMaximum = self._broker.receive_maximum
        if self._lasting:
            properties.SessionExpiryInterval = self._broker.session_expiry_s
        return properties

    def _make(self, client_id: str) -> WiredClient:
        broker = self._broker
        v5 = broker.protocol == "5"
        client = WiredClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if v5 else not self._lasting,
            protocol=MQTTv5 if v5 else MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
            stream=self._stream,
        )
        client.connect_timeout = broker.connect_timeout_s
        if broker.username:
            client.username_pw_set(broker.username, broker.password.get_secret_value())
        if self._status_topic:
            client.will_set(self._status_topic, OFFLINE, qos=1, retain=True)
        if broker.tls is not None:
            client.tls_set_context(tls_context(broker.tls))
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


def _version_hint(code: ReasonCode) -> str:
    return "; set protocol: 3.1.1" if code.value == 0x84 else ""
