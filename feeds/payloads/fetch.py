"""One document from a web server: only from hosts that are allowed by name, never by a redirect, within a limit of time
and size, and only when it changed since last time.

The name is resolved once and the connection goes to that address, so that nobody can answer with another one in
between; addresses of the own network are refused unless their range is allowed.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from brain.feed import BadPayload, Refused, Unavailable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], str]
"""(host, port) -> address. Raises OSError."""

_CHUNK = 65_536
_MOVED, _UNCHANGED = range(301, 309), 304
_TEMPORARY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Address:
    """A place a feed may ask. `networks`: ranges of the own network that the host may lie in."""

    url: str
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    """What the server said of the version we have; "" for what it did not say."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    seconds: float = 10.0
    max_bytes: int = 2_097_152


class _Connection(Protocol):
    sock: socket.socket


def check_url(url: str, hosts: Sequence[str]) -> str:
    """The url, if it is http or https to one of `hosts`. Raises ValueError saying what to write."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an address on the web | write http://<host>/<path> or https://<host>/<path>")
    if parts.username or parts.password:
        raise ValueError("a password stands in the address | take it out; it would be shown in reports")
    if parts.hostname not in {host.lower() for host in hosts}:
        raise ValueError(f"the host {parts.hostname} is not allowed | name it in hosts")
    return url


def fetch(
    address: Address, tag: Tag, limits: Limits = Limits(), *, resolve: Resolve | None = None
) -> tuple[bytes, Tag] | None:
    """The document and its tag; None when it is as `tag` says. Raises Unavailable, Refused or BadPayload."""
    parts = urlsplit(address.url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    connection = _connect(host, _allowed(host, port, address.networks, resolve or _resolve), port, secure, limits)
    # Timeouts of sockets are per step; this one is for all of it, against a server that sends a byte now and then.
    over = threading.Timer(limits.seconds, _hang_up, (connection,))
    over.daemon = True
    over.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers=_headers(tag))
        with closing(connection.getresponse()) as answer:
            return _document(answer, host, limits)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"{host} does not answer within {limits.seconds:g} s: {type(error).__name__}") from error
    finally:
        over.cancel()
        connection.close()


def _resolve(host: str, port: int) -> str:
    return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])


def _allowed(host: str, port: int, networks: Sequence[Network], resolve: Resolve) -> str:
    try:
        found = resolve(host, port)
    except OSError as error:
        raise Unavailable(f"the name {host} is not known to this network") from error
    ip = ipaddress.ip_address(found.partition("%")[0])
    if ip.is_global or any(ip in network for network in networks):
        return found
    raise Refused(f"{host} is {ip}, an address of the own network; allow its range in networks")


def _connect(host: str, ip: str, port: int, secure: bool, limits: Limits) -> http.client.HTTPConnection:
    try:
        sock = socket.create_connection((ip, port), timeout=limits.seconds)
    except OSError as error:
        raise Unavailable(f"{host} cannot be reached: {error.strerror or type(error).__name__}") from error
    connection = http.client.HTTPConnection(host, port, timeout=limits.seconds)
    try:
        connection.sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host) if secure else sock
    except ssl.SSLCertVerificationError as error:
        sock.close()
        raise Refused(f"the certificate of {host} is not valid: {error.verify_message}") from error
    except OSError as error:
        sock.close()
        raise Unavailable(f"{host} does not speak TLS: {type(error).__name__}") from error
    return connection


def _hang_up(connection: _Connection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _headers(tag: Tag) -> dict[str, str]:
    known = {"If-None-Match": tag.etag, "If-Modified-Since": tag.modified}
    return {"Accept": "application/xml, text/xml, */*", **{name: value for name, value in known.items() if value}}


def _document(answer: http.client.HTTPResponse, host: str, limits: Limits) -> tuple[bytes, Tag] | None:
    if answer.status == _UNCHANGED:
        return None
    if answer.status in _MOVED:
        raise Refused(f"{host} sends us elsewhere ({answer.status}); write the new address in url")
    if answer.status >= 500 or answer.status in _TEMPORARY:
        wait = answer.headers.get("Retry-After", "")
        raise Unavailable(f"{host} answers {answer.status}", float(wait) if wait.isdecimal() else None)
    if answer.status != 200:
        raise Refused(f"{host} answers {answer.status}; check url and rights")
    body = b""
    while chunk := answer.read(min(_CHUNK, limits.max_bytes + 1 - len(body))):
        body += chunk
        if len(body) > limits.max_bytes:
            raise BadPayload(f"{host} sends more than {limits.max_bytes} bytes")
    if answer.length:
        raise Unavailable(f"{host} broke off in the middle")
    return body, Tag(_mark(answer, "ETag"), _mark(answer, "Last-Modified"))


def _mark(answer: http.client.HTTPResponse, name: str) -> str:
    """Only what may be sent back in a header."""
    value = answer.headers.get(name, "")
    return value if len(value) <= 256 and value.isascii() and value.isprintable() else ""
