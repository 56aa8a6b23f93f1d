"""How many messages a mosquitto dropped itself, by its own count, listened to from its start: after a minute without a
change mosquitto forgets what it said."""

from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

_TOPIC = "$SYS/broker/publish/messages/dropped"


class Drops:
    """Over restarts of the broker, which begins to count anew. `count` None: it never said."""

    def __init__(self, broker: Any) -> None:
        self._before = 0
        self._now: int | None = None
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="bench-drops")
        self._client.username_pw_set(broker.username, broker.password)
        self._client.on_connect = lambda client, *_: client.subscribe(_TOPIC)
        self._client.on_message = lambda _client, _data, message: self._said(int(message.payload))
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def count(self) -> int | None:
        return None if self._now is None else self._before + self._now

    def _said(self, dropped: int) -> None:
        if self._now is not None and dropped < self._now:
            self._before += self._now
        self._now = dropped
