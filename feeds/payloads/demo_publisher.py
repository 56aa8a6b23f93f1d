"""The simulated devices' side of MQTT: one connection that publishes for all of them, quality of service 1."""

import threading
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from brain.feed import Refused, Unavailable
from feeds.payloads.mqtt_broker import Broker


class Publisher:
    """Connected between enter and exit. Raises Unavailable or Refused on entering and by `check`."""

    def __init__(self, broker: Broker, client_id: str) -> None:
        self._broker = broker
        protocol = MQTTv5 if broker.protocol == "5" else MQTTv311
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=protocol)
        self._client.username_pw_set(broker.username, broker.password.get_secret_value())
        self._client.suppress_exceptions = True
        self._answered = threading.Event()
        self._refusal = ""
        self._lost = False
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect

    def __enter__(self) -> Self:
        try:
            self._client.connect(self._broker.host, self._broker.port, self._broker.keepalive_s)
        except OSError as error:
            raise Unavailable(f"broker {self._broker.address}: {error.strerror or error}") from error
        self._client.loop_start()
        answered = self._answered.wait(self._broker.connect_timeout_s)
        if self._refusal or not answered:
            self._close()
            if self._refusal:
                raise Refused(f"broker {self._broker.address} refuses the simulated devices: {self._refusal}")
            raise Unavailable(f"broker {self._broker.address} does not answer")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1)

    def check(self) -> None:
        """Raise Unavailable when the connection is lost."""
        if self._lost:
            raise Unavailable(f"broker {self._broker.address} has closed the connection")

    def _close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
        self._answered.set()

    def _on_disconnect(self, client: Client, _data: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        self._lost = True
