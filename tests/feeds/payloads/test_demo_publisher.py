"""The simulated devices' connection against a real broker."""

import pytest

from brain.feed import Refused, Unavailable
from feeds.payloads.demo_publisher import MOST_UNDER_WAY, Publisher
from feeds.payloads.message import Message
from feeds.payloads.mqtt_broker import Broker
from feeds.payloads.mqtt_link import MqttLink
from tests.services.mosquitto import Mosquitto, free_port
from tests.services.waiting import wait_until

pytestmark = pytest.mark.broker


def address(mosquitto: Mosquitto, **changes: object) -> Broker:
    login = {"username": mosquitto.username, "password": mosquitto.password}
    return Broker.model_validate({"host": mosquitto.host, "port": mosquitto.port, **login, **changes})


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_is_published_is_delivered_once_and_in_order(mosquitto: Mosquitto, protocol: str) -> None:
    broker = address(mosquitto, protocol=protocol)
    heard: list[bytes] = []

    def hear(got: list[Message]) -> None:
        heard.extend(message.payload for message in got)

    with MqttLink(broker, "listener", hear, lasting=False) as listener:
        listener.open()
        assert listener.subscribe(["city/#"], qos=1) == []
        with Publisher(broker, "devices") as publisher:
            for n in range(200):
                assert publisher.publish(f"city/a/water/w-{n}", b"%d" % n)

            def all_heard() -> bool:
                publisher.turn(0.02)
                listener.turn(0.02, 100)
                return len(heard) >= 200

            wait_until(all_heard, "all messages")
    assert heard == [b"%d" % n for n in range(200)]


def test_a_wrong_password_is_refused(mosquitto: Mosquitto) -> None:
    with pytest.raises(Refused, match=f"{mosquitto.port}.*(?i:not authorized|bad user)"):
        Publisher(address(mosquitto, password="wrong"), "devices").__enter__()


def test_nobody_there_is_unavailable() -> None:
    port = free_port()
    with pytest.raises(Unavailable, match=str(port)):
        Publisher(Broker(host="127.0.0.1", port=port), "devices").__enter__()


def test_a_broker_that_goes_away_is_unavailable(mosquitto: Mosquitto) -> None:
    with Publisher(address(mosquitto), "devices") as publisher:
        mosquitto.kill()
        with pytest.raises(Unavailable, match=str(mosquitto.port)):
            wait_until(lambda: publisher.turn(0.05), "the loss to be noticed")


def test_what_the_broker_forbids_is_refused_with_its_topic(tmp_path) -> None:
    rights = tmp_path / "rights"
    rights.write_text("user city\ntopic write city/#\n")
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Mosquitto(folder, f"acl_file {rights}")
    try:
        with Publisher(address(broker), "devices") as publisher:
            publisher.publish("city/a/water/w-1", b"1")
            publisher.publish("village/a/water/w-1", b"1")
            with pytest.raises(Refused, match="village/a/water/w-1"):
                wait_until(lambda: publisher.turn(0.05), "the refusal")
    finally:
        broker.kill()


def test_a_slow_broker_does_not_fill_the_memory(mosquitto: Mosquitto) -> None:
    """Without a turn nothing is confirmed; what is beyond the bound is lost and said to be."""
    with Publisher(address(mosquitto), "devices") as publisher:
        told = [publisher.publish("city/a/water/w-1", b"1") for _ in range(MOST_UNDER_WAY + 50)]
        assert told == [True] * MOST_UNDER_WAY + [False] * 50

        def has_room() -> bool:
            publisher.turn(0.05)
            return publisher.publish("city/a/water/w-1", b"1")

        wait_until(has_room, "room for a message")
