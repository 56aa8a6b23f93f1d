"""Fetching with limits: which hosts, how long, how much, what the host wishes. All against a host of our own."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from brain.feed import BadPayload, FeedError, Refused, Unavailable
from feeds.payloads.http_fetch import Fetcher
from feeds.payloads.http_line import is_allowed
from feeds.payloads.http_source import HttpSource
from tests.feeds.web import LOCAL, Asked, Reply, web


def source(url: str, **more: Any) -> HttpSource:
    return HttpSource.model_validate({"url": url, "networks": LOCAL} | more)


def told(url: str, reply: Reply | None = None, **more: Any) -> FeedError:
    """What fetching from a host that answers `reply` is refused with."""
    with web(lambda _: reply or Reply()) as host, pytest.raises(FeedError) as raised:
        Fetcher(source(host.url + url, **more)).get(host.url + url)
    return raised.value


def test_secrets_and_conditions_are_sent_and_an_unchanged_answer_is_known() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"7"':
            return Reply(b"", 304)
        return Reply(b"[1]", headers={"ETag": '"7"', "Last-Modified": "Wed, 14 Jul 2021 06:00:00 GMT"})

    with web(answer) as host:
        fetcher = Fetcher(source(host.url, bearer="token-1", headers={"X-Api-Key": "key-2"}))
        first = fetcher.get(f"{host.url}/list?a=1")
        again = fetcher.get(f"{host.url}/list?a=1", marks=first.marks)
        assert (first.body, first.marks.etag, again.body, again.marks) == (b"[1]", '"7"', None, first.marks)
        headers = host.asked[1].headers
        assert (headers["authorization"], headers["x-api-key"]) == ("Bearer token-1", "key-2")
        assert headers["if-modified-since"] == "Wed, 14 Jul 2021 06:00:00 GMT"
        assert (host.asked[0].path, host.asked[0].query, headers["accept-encoding"]) == (
            "/list",
            {"a": "1"},
            "identity",
        )
        Fetcher(source(host.url, user="city", password="p:w")).get(host.url)
        assert host.asked[2].headers["authorization"] == "Basic Y2l0eTpwOnc="


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(status=401), Refused, "answers 401; check the login"),
        (Reply(status=404), Refused, "answers 404; check http.url"),
        (Reply(status=500), Unavailable, "answers 500"),
        (Reply(b"", 304), Refused, "answers 304"),  # nobody asked for it
        (Reply(headers={"Content-Encoding": "gzip"}), BadPayload, "packed although it was asked plain"),
        (Reply(b"x" * 200), BadPayload, "200 bytes, at most 128"),
        (Reply([b"x" * 100, b"y" * 100], length=False), BadPayload, "more than 128 bytes"),
        (
            Reply(status=302, headers={"Location": "http://169.254.169.254/latest"}),
            Refused,
            "redirects to another host",
        ),
        (Reply(status=302, headers={"Location": "/again"}), Refused, "redirects more than 3 times"),
        (Reply(status=302, headers={"Location": "ftp:/x"}), Refused, "redirects to another host"),
        (Reply(status=302, headers={"Location": "http://["}), Refused, "to what is no address"),
    ],
)
def test_what_is_answered_wrong(reply: Reply, kind: type[FeedError], words: str) -> None:
    error = told("/list?key=hidden", reply, max_bytes=128)
    assert type(error) is kind
    assert words in str(error)
    assert "hidden" not in str(error)


@pytest.mark.parametrize(
    ("headers", "wish"),
    [
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "Wed, 14 Jul 2031 06:01:30 GMT", "Date": "Wed, 14 Jul 2031 06:00:00 GMT"}, 90.0),
        ({"Retry-After": "99999999999"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "999999"}, 86_400.0),
    ],
)
def test_the_wish_of_a_busy_host_is_kept(headers: dict[str, str], wish: float | None) -> None:
    # send_response writes a Date of its own first; ours comes later and wins.
    error = told("/", Reply(status=429, headers=headers))
    assert isinstance(error, Unavailable)
    assert error.retry_after_s == wish


def test_a_redirect_on_the_same_host_is_followed_and_secrets_stay_at_home() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(status=301, headers={"Location": "/new"}) if asked.path == "/old" else Reply(b"[2]")

    with web(answer) as host, web(answer) as other:
        fetcher = Fetcher(source(host.url, bearer="t", hosts=[other.url.removeprefix("http://")]))
        assert fetcher.get(f"{host.url}/old").body == b"[2]"
        assert fetcher.get(f"{other.url}/x").body == b"[2]"
        assert "authorization" in host.asked[1].headers
        assert "authorization" not in other.asked[0].headers
    with pytest.raises(Refused, match=r"not a host that may be asked; .* add it to http\.hosts"):
        fetcher.get("http://127.0.0.1:1/x")


def test_a_host_that_drips_does_not_hold_a_feed() -> None:
    stop = threading.Event()

    def drip() -> Iterator[bytes]:
        while not stop.wait(0.02):
            yield b"x"

    class Endless(list[bytes]):
        def __iter__(self) -> Iterator[bytes]:
            return drip()

    with web(lambda _: Reply(Endless(), length=False)) as host:
        with pytest.raises(Unavailable, match=r"not answered within 0\.3 s"):
            Fetcher(source(host.url, timeout_s=0.3)).get(host.url)
        stop.set()


def test_a_name_is_resolved_once_and_private_addresses_are_refused() -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with web(lambda _: Reply(b"[3]")) as host:
        url = host.url.replace("127.0.0.1", "api.example")
        assert Fetcher(source(url), resolve=resolve).get(url).body == b"[3]"
        assert (asked, host.asked[0].headers["host"]) == (["api.example"], url.removeprefix("http://"))
        with pytest.raises(Refused, match=r"private network; .* http\.networks"):
            Fetcher(source(url, networks=["10.0.0.0/8"]), resolve=resolve).get(url)
        # One good address beside a bad one is no excuse.
        both = Fetcher(source(url), resolve=lambda host, port: ["127.0.0.1", "10.0.0.1"])
        with pytest.raises(Refused, match="private network"):
            both.get(url)
        assert len(host.asked) == 1

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(Unavailable, match="the name is not known"):
        Fetcher(source("http://nowhere.example"), resolve=unknown).get("http://nowhere.example")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.216.34", True),
        ("10.1.2.3", False),
        ("10.20.2.3", True),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::ffff:10.1.2.3", False),
        ("::ffff:10.20.2.3", True),
        ("64:ff9b::a01:203", False),
        ("2002:a01:203::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("2606:2800:220:1::1", True),
        ("no address", False),
    ],
)
def test_which_addresses_may_be_reached(address: str, allowed: bool) -> None:
    assert is_allowed(address, [ipaddress.ip_network("10.20.0.0/16")]) is allowed


def test_a_line_that_breaks_and_one_that_is_shut_are_outages() -> None:
    cut = Reply(b"x" * 10, headers={"Content-Length": "50"}, length=False)
    with web(lambda _: cut) as host, pytest.raises(Unavailable, match="RemoteProtocolError"):
        Fetcher(source(host.url)).get(host.url)
    with pytest.raises(Unavailable, match="ConnectError"):
        Fetcher(source(host.url)).get(host.url)


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A host's side of TLS with a certificate of its own for `name`, which is left in folder/ca.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(*plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


def test_a_certificate_must_be_trusted_and_be_of_the_name_that_was_asked(tmp_path: Path) -> None:
    with web(lambda _: Reply(b"[4]"), tls=certificate(tmp_path, "api.example")) as host:
        port = host.url.rsplit(":", 1)[1]
        ours, others = f"https://api.example:{port}", f"https://other.example:{port}"
        trusted = {"ca_file": tmp_path / "ca.pem"}

        def get(url: str, **more: Any) -> bytes | None:
            return Fetcher(source(url, **more), resolve=lambda name, port: ["127.0.0.1"]).get(url).body

        assert get(ours, **trusted) == b"[4]"
        for url, more in ((ours, {}), (others, trusted)):
            with pytest.raises(Refused, match=r"its certificate is not trusted; set http\.ca_file"):
                get(url, **more)
    with web(lambda _: Reply()) as host, pytest.raises(Unavailable, match="ConnectError"):
        get(host.url.replace("http:", "https:"))  # no TLS there at all
    with pytest.raises(Refused, match="ca_file cannot be read"):
        Fetcher(source("https://x.example", ca_file="nowhere.pem"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "ftp://x.example"}, "no http or https address"),
        ({"url": "https://u:p@x.example"}, "a login does not belong into the address"),
        ({"url": "https://x.example/中"}, "plain letters"),
        ({"networks": ["10.0.0.1/8"]}, "is no network"),
        ({"hosts": ["https://y.example"]}, "is no host"),
        ({"bearer": "t", "user": "u"}, "exclude each other"),
        ({"headers": {"Host": "evil"}}, "cannot be set"),
        ({"headers": {"X-Key": "a\r\nX: b"}}, "characters that headers cannot have"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        HttpSource.model_validate({"url": "https://x.example"} | changes)


def test_https_is_never_left_for_http() -> None:
    asked = HttpSource.model_validate({"url": "https://x.example/a", "hosts": ["y.example", "z.example:8443"]})
    assert asked.allows("https://x.example:443/b")
    assert asked.allows("https://y.example/b")
    assert asked.allows("https://z.example:8443/b")
    assert not asked.allows("https://z.example/b")
    assert not asked.allows("http://x.example:443/b")
    assert not asked.allows("file:///etc/passwd")


def _always(reply: Reply, _: Asked) -> Reply:
    return reply


def test_a_mark_that_no_header_can_hold_is_not_sent_back() -> None:
    for etag in ('"\xe9"', '"' + "x" * 300 + '"'):
        reply = Reply(b"[5]", headers={"ETag": etag})
        with web(partial(_always, reply)) as host:
            fetcher = Fetcher(source(host.url))
            first = fetcher.get(host.url)
            assert (first.body, first.marks.etag) == (b"[5]", "")
            assert fetcher.get(host.url, marks=first.marks).body == b"[5]"


def test_whoever_wants_no_redirect_follows_none() -> None:
    with web(lambda _: Reply(status=302, headers={"Location": "/new"})) as host:
        with pytest.raises(Refused, match=r"redirects more than 0 times; write the last address in http\.url"):
            Fetcher(source(host.url)).get(host.url, moves=0)
        assert len(host.asked) == 1
