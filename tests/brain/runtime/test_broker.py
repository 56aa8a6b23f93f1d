"""The embedded broker, seen with a real client."""

import logging
import threading
from collections.abc import Iterator

import pytest
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from brain.runtime.broker import BrokerError, EmbeddedBroker
from tests.services.mosquitto import free_port
from tests.services.waiting import wait_until

LOGINS = {"city": "not-a-real-password"}


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    embedded = EmbeddedBroker(LOGINS)
    embedded.start()
    yield embedded
    embedded.stop()


class Visitor:
    """A paho client that remembers what happened to it."""

    def __init__(self, broker: EmbeddedBroker, name: str, password: str, client_id: str = "visitor") -> None:
        self.answer = ""
        self.messages: list[bytes] = []
        self.subscribed = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTv311, clean_session=True)
        self.client.username_pw_set(name, password)
        self.client.on_connect = lambda _c, _u, _f, code, _p: setattr(self, "answer", str(code))
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = self._take
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()

    def _take(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.messages.append(bytes(message.payload))

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_messages_go_from_one_client_to_another(broker: EmbeddedBroker) -> None:
    listener, speaker = Visitor(broker, *next(iter(LOGINS.items())), "a"), Visitor(broker, "city", LOGINS["city"], "b")
    listener.client.subscribe("city/#", qos=1)
    assert listener.subscribed.wait(10)
    for number in range(20):
        speaker.client.publish("city/x", str(number).encode(), qos=1)
    wait_until(lambda: len(listener.messages) == 20, "all messages")
    assert listener.messages == [str(number).encode() for number in range(20)]
    listener.leave()
    speaker.leave()


@pytest.mark.parametrize(("name", "password"), [("city", "wrong"), ("nobody", ""), ("", ""), ("city", "")])
def test_a_wrong_login_is_refused(broker: EmbeddedBroker, name: str, password: str) -> None:
    visitor = Visitor(broker, name, password)
    wait_until(lambda: visitor.answer, "an answer to CONNECT")
    assert visitor.answer == "Not authorized"
    visitor.leave()


def test_it_listens_on_the_loopback_only(broker: EmbeddedBroker) -> None:
    assert broker.host == "127.0.0.1"
    assert broker.port != 0


def test_the_port_is_free_after_stop_and_the_broker_can_come_back(broker: EmbeddedBroker) -> None:
    broker.stop()
    again = EmbeddedBroker(LOGINS, broker.port)
    again.start()
    assert again.port == broker.port
    again.stop()
    again.stop()


def test_a_port_in_use_is_said_in_one_line(broker: EmbeddedBroker) -> None:
    second = EmbeddedBroker(LOGINS, broker.port)
    with pytest.raises(BrokerError, match=rf"127\.0\.0\.1:{broker.port}: .*choose another broker\.port"):
        second.start()


@pytest.mark.parametrize("logins", [{}, {"city": ""}])
def test_it_does_not_start_without_a_password(logins: dict[str, str]) -> None:
    with pytest.raises(BrokerError, match="needs a login"):
        EmbeddedBroker(logins, free_port())


def test_clients_that_break_off_leave_no_trace_in_the_log(
    broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    level = logging.getLogger("amqtt").level
    visitor = Visitor(broker, "city", LOGINS["city"])
    wait_until(lambda: visitor.answer, "an answer to CONNECT")
    sock = visitor.client.socket()
    assert sock is not None
    visitor.leave()
    broker.stop()
    assert caplog.records == []
    assert level == logging.CRITICAL
    assert logging.getLogger("amqtt").level == logging.NOTSET
