"""Others see at the broker whether the cockpit listens: a retained word, and a last will for when it dies."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from feeds.payloads.message import Message
from feeds.payloads.mqtt_link import MqttLink
from tests.feeds.desk import Desk
from tests.feeds.test_iot_mqtt import both_protocols, running, settings_for
from tests.services.mosquitto import Mosquitto

pytestmark = pytest.mark.broker
TOPIC = "ops/status/citybrain-iot"


class Onlooker:
    """Somebody who watches the topic."""

    def __init__(self, link: MqttLink, heard: list[Message]) -> None:
        self._link, self._heard = link, heard

    def next(self) -> bytes:
        """The next word on the topic."""
        while not self._heard:
            self._link.turn(10, 10)
        return self._heard.pop(0).payload


@contextmanager
def onlooker(mosquitto: Mosquitto, name: str = "onlooker") -> Iterator[Onlooker]:
    heard: list[Message] = []
    with MqttLink(settings_for(mosquitto).broker, name, heard.extend, lasting=False) as link:
        link.open()
        link.subscribe(["ops/status/#"], qos=0)
        yield Onlooker(link, heard)


@both_protocols
def test_one_that_listens_says_so_and_says_when_it_goes(mosquitto: Mosquitto, protocol: str) -> None:
    settings = settings_for(mosquitto, protocol, status_topic="ops/status")
    with onlooker(mosquitto) as other:
        with running(settings, Desk()):
            assert other.next() == b"online"
            with onlooker(mosquitto, "later") as later:
                assert later.next() == b"online", "it is kept for who comes later"
        assert other.next() == b"offline"


@both_protocols
def test_the_broker_says_it_of_one_that_died(mosquitto: Mosquitto, protocol: str) -> None:
    broker = settings_for(mosquitto, protocol).broker
    dies = MqttLink(broker, "citybrain-iot", lambda _messages: None, status_topic=TOPIC)
    with onlooker(mosquitto) as other:
        dies.open()
        while not other._heard:
            dies.turn(0.01, 10)
            other._link.turn(0.01, 10)
        assert other.next() == b"online"
        wire = dies._client.wire
        assert wire is not None
        wire.close()  # as when its process is killed: no DISCONNECT
        assert other.next() == b"offline"
    for end in (dies._sleeping, dies._waking):
        end.close()


def test_by_default_nothing_is_said(mosquitto: Mosquitto) -> None:
    with onlooker(mosquitto) as other, running(settings_for(mosquitto), Desk()):
        other._link.turn(0.1, 10)
        assert other._heard == []
