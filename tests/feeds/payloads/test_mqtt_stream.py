"""Messages are read out of a broker's stream however it is cut, within a bound of memory."""

import contextlib
import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.peers.blast import publish_packet
from feeds.payloads.message import Message
from feeds.payloads.mqtt_stream import MqttStream, NotMqtt

PINGRESP = b"\xd0\x00"
SUBACK = b"\x90\x04\x00\x01\x00\x01"


def published(topic: str, payload: bytes, mid: int) -> bytes:
    """As MQTT 3.1.1 has it; quality of service 1."""
    return publish_packet(topic, payload, mid)


def fed(pieces: list[bytes], v5: bool = False, most: int = 1000) -> MqttStream:
    stream = MqttStream(v5, most)
    for piece in pieces:
        stream.feed(piece, 7)
    return stream


# Few random bytes: the large ones are of one, as only their length matters.
payloads = st.binary(max_size=60) | st.integers(20_000, 20_200).map(lambda n: b"x" * n)


@given(st.lists(payloads, min_size=1, max_size=5), st.lists(st.integers(0, 100_000), max_size=8))
def test_the_cuts_of_the_stream_do_not_matter(sent: list[bytes], cuts: list[int]) -> None:
    packets = [published(f"a/{n}", payload, n + 1) + PINGRESP for n, payload in enumerate(sent)]
    data = b"".join(packets)
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    stream = fed([data[a:b] for a, b in itertools.pairwise(places)], most=30_000)
    assert stream.take(100) == [Message(f"a/{n}", payload, 7, mid=n + 1) for n, payload in enumerate(sent)]
    assert bytes(stream.others) == PINGRESP * len(sent)


def test_a_byte_at_a_time_is_enough() -> None:
    data = SUBACK + published("a/b", b"x" * 200, 513) + PINGRESP
    stream = fed([data[n : n + 1] for n in range(len(data))])
    assert stream.take(9) == [Message("a/b", b"x" * 200, 7, mid=513)]
    assert bytes(stream.others) == SUBACK + PINGRESP


def test_properties_of_mqtt_5_are_passed_over_and_marks_are_read() -> None:
    body = struct.pack("!H", 1) + b"t" + struct.pack("!H", 9) + b"\x03\x01\x00\x02" + b"payload"
    stream = fed([bytes([0x3B, len(body)]) + body], v5=True)
    assert stream.take(1) == [Message("t", b"payload", 7, retained=True, mid=9, again=True)]


def test_a_message_of_no_quality_has_no_number() -> None:
    assert fed([b"\x30\x04\x00\x01tp"]).take(1) == [Message("t", b"p", 7)]


def test_at_most_as_many_as_asked_for_are_taken_in_order() -> None:
    stream = fed([b"".join(published("t", b"%d" % n, n) for n in range(1, 8))])
    assert [message.mid for message in stream.take(3)] == [1, 2, 3]
    assert stream.take(0) == []
    assert stream.waiting == 4
    assert [message.mid for message in stream.take(9)] == [4, 5, 6, 7]


def test_of_a_payload_that_is_too_large_the_beginning_is_kept_and_its_size_told() -> None:
    size = 50_000_000
    head = published("t", b"x" * size, 5)[:12]
    stream = MqttStream(False, 1000)
    stream.feed(head, 7)
    sent = len(head)
    total = size + 5 + 5  # a topic, a number, the packet's head
    while sent < total:
        piece = b"x" * min(60_000, total - sent)
        stream.feed(piece, 7)
        sent += len(piece)
    stream.feed(PINGRESP, 7)
    (message,) = stream.take(9)
    assert (message.topic, message.mid, message.size_bytes) == ("t", 5, size)
    assert 1000 < len(message.payload) < 100_000
    assert bytes(stream.others) == PINGRESP


def test_what_is_held_has_a_bound() -> None:
    stream = MqttStream(False, 1000)
    packets = b"".join(published("t", b"x" * 900, 1) for _ in range(100))
    pieces = 0
    while not stream.full:
        stream.feed(packets, 7)
        pieces += 1
    assert pieces < 20
    stream.take(stream.waiting)
    assert not stream.full


@pytest.mark.parametrize(
    "data",
    [
        b"\x32\xff\xff\xff\xff\x01",  # a length without an end
        b"\x32\x04\x00\x09ab",  # a topic longer than the packet
        b"\x32\x03\x00\x01t",  # no number
        b"\x34\x05\x00\x01t\x00\x01",  # exactly once, which we never ask for
        b"\x30\x01\x00",
        b"\x90\xff\xff\xff\x7f",  # an answer of 256 MB
    ],
)
def test_what_is_not_mqtt_is_told(data: bytes) -> None:
    with pytest.raises(NotMqtt):
        fed([data])


@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_break_it_otherwise(data: bytes, v5: bool) -> None:
    with contextlib.suppress(NotMqtt):
        fed([data], v5)
