"""The simulated devices' side of MQTT: one connection that publishes for all of them, quality of service 1.

It speaks over the same link as the feed that listens, so that login, TLS and the broker's refusals are the same here.
"""

from types import TracebackType
from typing import Self

from brain.feed import Refused
from feeds.payloads.mqtt_broker import Broker
from feeds.payloads.mqtt_link import MqttLink

MOST_UNDER_WAY = 1_000  # messages the broker has not confirmed; beyond it devices lose what they measure, as in life


class Publisher:
    """Connected between enter and exit; nothing moves but inside `turn`. Entering raises Unavailable or Refused."""

    def __init__(self, broker: Broker, client_id: str) -> None:
        self._address = broker.address
        self._link = MqttLink(broker, client_id, lambda _messages: None, lasting=False)
        self._under_way: dict[int, str] = {}  # number -> topic

    def __enter__(self) -> Self:
        try:
            self._link.open()
        except BaseException:
            self._link.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.close()

    def publish(self, topic: str, payload: bytes) -> bool:
        """Queue a message; False, and it is lost, while too many wait for the broker."""
        if len(self._under_way) >= MOST_UNDER_WAY:
            return False
        self._under_way[self._link.publish(topic, payload)] = topic
        return True

    def turn(self, timeout_s: float) -> None:
        """Let the network work, at most `timeout_s` seconds. Raises Unavailable when the connection is lost, Refused
        when the broker forbids what we publish."""
        self._link.turn(timeout_s, room=1)
        for number, topic in list(self._under_way.items()):
            code = self._link.confirmed(number)
            if code is not None:
                del self._under_way[number]
                if code.is_failure:
                    raise Refused(f"{self._address}: the broker does not let us publish to {topic}: {code}")
