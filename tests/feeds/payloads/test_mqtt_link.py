"""The MQTT connection against a broker that says exactly what a test wants it to say."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from brain.feed import FeedError, Refused, Unavailable
from feeds.payloads.message import Message
from feeds.payloads.mqtt_broker import Broker
from feeds.payloads.mqtt_link import MqttLink

ACCEPTED_5 = b"\x20\x03\x00\x00\x00"
REFUSED_3 = b"\x20\x02\x00\x01"  # CONNACK of 3.1.1: unsupported protocol version

Script = Callable[..., Broker]


@pytest.fixture
def scripted() -> Iterator[Script]:
    """A broker that answers CONNECT with the given bytes and hangs up."""
    threads: list[threading.Thread] = []

    def start(*answers: bytes, protocol: str = "5", hang_up: bool = True) -> Broker:
        listening = socket.create_server(("127.0.0.1", 0))
        done.append(threading.Event())

        def serve(finished: threading.Event) -> None:
            with listening, listening.accept()[0] as client:
                client.recv(4096)
                for answer in answers:
                    client.sendall(answer)
                if not hang_up:
                    finished.wait(20)

        threads.append(threading.Thread(target=serve, args=(done[-1],)))
        threads[-1].start()
        return Broker.model_validate(
            {"host": "127.0.0.1", "port": listening.getsockname()[1], "protocol": protocol, "connect_timeout_s": 5}
        )

    done: list[threading.Event] = []
    yield start
    for finished in done:
        finished.set()
    for thread in threads:
        thread.join(20)


def how_it_ends(broker: Broker) -> FeedError:
    with MqttLink(broker, "x", lambda _: None) as link:
        try:
            link.open()
            while True:
                link.turn(1.0, 10)
        except FeedError as error:
            return error


@pytest.mark.parametrize("answer", [REFUSED_3, b"\x20\x03\x00\x84\x00"], ids=["3.1.1", "5"])
def test_a_broker_of_the_older_protocol_is_told_with_the_remedy(scripted: Script, answer: bytes) -> None:
    error = how_it_ends(scripted(answer))
    assert isinstance(error, Refused)
    assert "set protocol: 3.1.1" in str(error)


def test_a_session_taken_over_names_the_client_id(scripted: Script) -> None:
    error = how_it_ends(scripted(ACCEPTED_5, b"\xe0\x02\x8e\x00"))
    assert isinstance(error, Unavailable)
    assert "another client uses the same client_id" in str(error)


@pytest.mark.parametrize("answers", [(), (b"HTTP/1.1 400 Bad Request",), (ACCEPTED_5,), (b"\x20",)])
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_whatever_a_stranger_says_ends_as_unavailable(
    scripted: Script, answers: tuple[bytes, ...], protocol: str
) -> None:
    error = how_it_ends(scripted(*answers, protocol=protocol))
    assert isinstance(error, Unavailable)
    assert str(error).startswith("127.0.0.1:")


def test_silence_ends_after_the_patience(scripted: Script) -> None:
    impatient = scripted(hang_up=False).model_copy(update={"connect_timeout_s": 0.05})
    error = how_it_ends(impatient)
    assert isinstance(error, Unavailable)
    assert "no answer to CONNECT" in str(error)


@pytest.fixture
def lively() -> Iterator[Callable[[bytes], tuple[Broker, list[int]]]]:
    """A broker that accepts, sends `flood` as fast as it is read, and answers every ping; it counts them."""
    threads: list[threading.Thread] = []

    def start(flood: bytes) -> tuple[Broker, list[int]]:
        listening = socket.create_server(("127.0.0.1", 0))
        pings = [0]

        def serve() -> None:
            with listening, listening.accept()[0] as client:
                client.recv(4096)
                client.sendall(ACCEPTED_5)
                sending = threading.Thread(target=sent, args=(client,))
                sending.start()
                while got := received(client):
                    if b"\xc0\x00" in got:
                        pings[0] += 1
                        sending.join(0 if flood else None)
                        if not sending.is_alive():
                            client.sendall(b"\xd0\x00")
                client.close()
                sending.join()

        def sent(client: socket.socket) -> None:
            with contextlib.suppress(OSError):
                client.sendall(flood)

        def received(client: socket.socket) -> bytes:
            with contextlib.suppress(OSError):
                return client.recv(4096)
            return b""

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        broker = Broker(host="127.0.0.1", port=listening.getsockname()[1], connect_timeout_s=5)
        return broker.model_copy(update={"keepalive_s": 1}), pings

    yield start
    for thread in threads:
        thread.join(20)


@pytest.mark.parametrize("flood", [1, 100_000], ids=["some wait", "more than is held"])
def test_the_line_lives_while_there_is_no_room(lively: Callable[[bytes], tuple[Broker, list[int]]], flood: int) -> None:
    """Two lost pings end a connection, so four of them show that it lives."""
    packet = b"\x32\x6a\x00\x01t\x00\x01\x00" + b"x" * 100
    broker, pings = lively(packet * flood)
    taken: list[Message] = []
    with MqttLink(broker, "x", taken.extend) as link:
        link.open()
        before = len(taken)
        while pings[0] < 4:
            link.turn(1.0, 0)
        assert len(taken) == before, "nothing was handed on without room"
        while len(taken) < flood:
            link.turn(1.0, 1000)
    assert {len(message.payload) for message in taken} == {100}


def test_wake_after_close_does_nothing() -> None:
    link = MqttLink(Broker(host="127.0.0.1"), "x", lambda _: None)
    link.close()
    link.wake()


def test_a_name_that_does_not_resolve_is_unavailable() -> None:
    assert isinstance(how_it_ends(Broker(host="no-such-host.invalid")), Unavailable)
