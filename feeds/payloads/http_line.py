"""The line to an HTTP host: resolved once, private addresses refused unless listed, every wait within one deadline."""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore2

Resolve = Callable[[str, int], Sequence[str]]
"""(host, port) -> addresses. Raises OSError."""

_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_Net = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(Exception):
    """The host's address is none that may be reached. `host` is for the report; the address itself is not told."""


class Deadline:
    """Seconds left of one request."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Raises a timeout when nothing is left."""
        left = self._end - self._monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the time is over")
        return left


def resolve(host: str, port: int) -> list[str]:
    """The system's answer; it has limits of its own, which the deadline cannot shorten."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Line(httpcore2.NetworkBackend):
    """Connects to the addresses that were checked, never to the name again: a name may answer otherwise the second
    time. Names in certificates are still checked against the host."""

    def __init__(self, networks: Sequence[str], deadline: Deadline, resolve: Resolve) -> None:
        self._networks = [ipaddress.ip_network(text) for text in networks]
        self._deadline = deadline
        self._resolve = resolve
        self._socket = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            addresses = self._resolve(host, port)
        except OSError as error:
            raise httpcore2.ConnectError(f"the name is not known ({error.strerror})") from error
        for address in addresses:
            if not is_allowed(address, self._networks):
                raise Forbidden(host)
        failed: Exception = httpcore2.ConnectError("the name has no address")
        for address in addresses:
            try:
                stream = self._socket.connect_tcp(address, port, self._deadline.left(), None, socket_options)
                return _Timed(stream, self._deadline)
            except httpcore2.ConnectError as error:
                failed = error
        raise failed


class _Timed(httpcore2.NetworkStream):
    """A stream whose every wait ends with the deadline: a host that drips bytes does not hold a feed."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def is_allowed(address: str, networks: Sequence[_Net]) -> bool:
    """Public, or listed. Addresses of version 6 that carry one of version 4 count as that one."""
    try:
        ip: _Ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        ip = inner or ip
    if any(ip.version == network.version and ip in network for network in networks):
        return True
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
