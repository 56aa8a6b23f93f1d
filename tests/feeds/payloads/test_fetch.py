"""Fetching one document: what servers answer, and where we do not go."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network

import pytest

from brain.feed import BadPayload, FeedError, Refused, Unavailable
from feeds.payloads.fetch import Address, Limits, Tag, check_url, fetch

OWN = (ip_network("127.0.0.0/8"),)


@contextmanager
def answering(*pieces: bytes, stay: bool = False) -> Iterator[int]:
    """A server that answers one request with these bytes; `stay`: and then says nothing more and does not hang up."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        conn, _ = listener.accept()
        with conn:
            conn.recv(65_536)
            for piece in pieces:
                conn.sendall(piece)
            if stay:
                over.wait(20)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listener.close()


def ask(port: int, seconds: float = 5.0, etag: str = "") -> tuple[bytes, Tag] | None:
    address = Address(f"http://weather.example:{port}/a?b=1", OWN)
    return fetch(address, Tag(etag), Limits(seconds, 1000), resolve=lambda *_: "127.0.0.1")


def test_a_document_and_its_tag() -> None:
    with answering(b'HTTP/1.1 200 OK\r\nETag: "x"\r\nLast-Modified: yesterday\r\nContent-Length: 2\r\n\r\nhi') as port:
        assert ask(port) == (b"hi", Tag('"x"', "yesterday"))
    with answering(b"HTTP/1.1 304 Not Modified\r\n\r\n") as port:
        assert ask(port, etag='"x"') is None


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n", Refused, "elsewhere"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", Refused, "404; check url"),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\n", Unavailable, "503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000, BadPayload, "more than 1000 bytes"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, BadPayload, "more than 1000 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", Unavailable, "answer|broke off"),
        (b"nonsense\r\n\r\n", Unavailable, "does not answer"),
    ],
)
def test_answers_that_are_no_document(answer: bytes, error: type[FeedError], said: str) -> None:
    with answering(answer) as port, pytest.raises(error, match=said) as caught:
        ask(port)
    if isinstance(caught.value, Unavailable) and b"Retry" in answer:
        assert caught.value.retry_after_s == 7


def test_a_server_that_dawdles_is_left_in_time() -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha"
    with answering(begun, stay=True) as port, pytest.raises(Unavailable):
        ask(port, seconds=0.2)


@pytest.mark.parametrize("found", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "fe80::1%eth0", "100.64.0.1"])
def test_addresses_of_the_own_network_are_refused_unless_allowed(found: str) -> None:
    with pytest.raises(Refused, match="own network"):
        fetch(Address("https://weather.example/"), Tag(), resolve=lambda *_: found)


def test_a_name_nobody_knows() -> None:
    def unknown(host: str, port: int) -> str:
        raise socket.gaierror("no such name")

    with pytest.raises(Unavailable, match=r"weather\.example is not known"):
        fetch(Address("http://weather.example/"), Tag(), resolve=unknown)


def test_only_hosts_that_are_named() -> None:
    assert check_url("https://A.example/x", ("a.EXAMPLE",))
    with pytest.raises(ValueError, match="not allowed"):
        check_url("https://a.example.evil/x", ("a.example",))
