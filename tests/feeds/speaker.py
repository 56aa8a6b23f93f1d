"""A publisher for tests: messages count as sent when the broker has confirmed them."""

from collections.abc import Iterable
from typing import Protocol, Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

_PATIENCE_S = 20


class Address(Protocol):
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...


class Speaker:
    def __init__(
        self,
        broker: Address,
        client_id: str = "speaker",
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
    ) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=protocol)
        self._client.username_pw_set(broker.username, broker.password)
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, messages: Iterable[tuple[str, bytes]], retain: bool = False) -> None:
        """Publish with QoS 1 and wait until all are confirmed."""
        waiting = [self._client.publish(topic, payload, qos=1, retain=retain) for topic, payload in messages]
        for info in waiting:
            info.wait_for_publish(_PATIENCE_S)
            assert info.is_published()
