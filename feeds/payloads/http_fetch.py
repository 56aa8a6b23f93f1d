"""Fetching over HTTP with limits: allowed hosts, no redirect elsewhere, time and size counted while reading, the
source's own wishes (ETag, Retry-After) honoured. Raises what a feed may raise; never tries twice."""

import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import httpcore2

from brain.feed import BadPayload, Refused, Unavailable
from brain.model.reason import Why
from feeds.payloads.http_line import Deadline, Forbidden, Line, Resolve, resolve
from feeds.payloads.http_source import HttpSource, checked_url, shown

_MOVED = (301, 302, 303, 307, 308)
MOST_MOVES = 3
_LATER = (408, 425, 429)  # and 5xx
_LONGEST_WISH_S = 86_400.0
_LONGEST_MARK = 256
_AGENT = "city-brain"


@dataclass(frozen=True, slots=True)
class Fetched:
    """`body` is None when nothing changed since the marks that were sent (304). `url`: where it was in the end."""

    url: str
    body: bytes | None = dataclass_field(repr=False)
    content_type: str
    marks: "Marks"


@dataclass(frozen=True, slots=True)
class Marks:
    """What a host said of the version it gave: sent back, it answers 304 while nothing changed."""

    etag: str = ""
    modified: str = ""


class Fetcher:
    """GET requests to one source."""

    def __init__(
        self,
        source: HttpSource,
        *,
        resolve: Resolve = resolve,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._resolve = resolve
        self._monotonic = monotonic
        try:
            self._tls = ssl.create_default_context(cafile=source.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise Refused(f"ca_file cannot be read: {error}", why=Why.SETTINGS) from error

    def get(
        self, url: str, *, accept: str = "application/json", marks: Marks = Marks(), moves: int = MOST_MOVES
    ) -> Fetched:
        """Follows at most `moves` redirects, on the same host only; the deadline holds for all of it. Raises
        Unavailable, Refused or BadPayload."""
        deadline = Deadline(self._source.timeout_s, self._monotonic)
        for _ in range(moves + 1):
            if not self._source.allows(url):
                detail = "not a host that may be asked; if it is right, add it to http.hosts"
                raise Refused(f"{shown(url)}: {detail}", why=Why.SETTINGS)
            with self._asked(url, accept, marks, deadline) as response:
                if response.status not in _MOVED:
                    return self._taken(url, response, marks)
                url = _next_place(url, response)
        detail = f"redirects more than {moves} times; write the last address in http.url"
        raise Refused(f"{shown(url)}: {detail}", why=Why.SETTINGS)

    @contextmanager
    def _asked(self, url: str, accept: str, marks: Marks, deadline: Deadline) -> Iterator[httpcore2.Response]:
        line = Line(self._source.networks, deadline, self._resolve)
        headers = self._headers(url, accept, marks)
        with (
            _told(url, self._source),
            httpcore2.ConnectionPool(ssl_context=self._tls, network_backend=line) as pool,
            pool.stream("GET", url, headers=headers) as response,
        ):
            yield response

    def _headers(self, url: str, accept: str, marks: Marks) -> list[tuple[str, str]]:
        headers = [("User-Agent", _AGENT), ("Accept", accept), ("Accept-Encoding", "identity")]
        headers += [(name, value) for name, value in _conditions(marks) if value]
        if self._source.is_own(url):
            headers += self._secrets()
        return headers

    def _secrets(self) -> Iterator[tuple[str, str]]:
        source = self._source
        if token := source.bearer.get_secret_value():
            yield "Authorization", f"Bearer {token}"
        if source.user:
            login = f"{source.user}:{source.password.get_secret_value()}"
            yield "Authorization", f"Basic {b64encode(login.encode()).decode()}"
        for name, value in source.headers.items():
            yield name, value.get_secret_value()

    def _taken(self, url: str, response: httpcore2.Response, marks: Marks) -> Fetched:
        headers = _plain(response)
        if response.status == 304 and marks != Marks():
            return Fetched(url, None, "", marks)
        _check_status(url, response.status, headers)
        body = self._read(url, response, headers)
        given = Marks(_mark(headers, "etag"), _mark(headers, "last-modified"))
        return Fetched(url, body, headers.get("content-type", ""), given)

    def _read(self, url: str, response: httpcore2.Response, headers: Mapping[str, str]) -> bytes:
        most = self._source.max_bytes
        if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise BadPayload(f"{shown(url)}: packed although it was asked plain; switch compression off there")
        said = headers.get("content-length", "")
        if said.isdecimal() and int(said) > most:
            raise BadPayload(f"{shown(url)}: {said} bytes, at most {most} are read; ask for less or raise max_bytes")
        parts: list[bytes] = []
        size = 0
        for part in response.iter_stream():
            size += len(part)
            if size > most:
                raise BadPayload(f"{shown(url)}: more than {most} bytes; ask for less or raise max_bytes")
            parts.append(part)
        return b"".join(parts)


@contextmanager
def _told(url: str, source: HttpSource) -> Iterator[None]:
    """Troubles of the line in the words of feeds."""
    try:
        yield
    except Forbidden as error:
        detail = "its address is in a private network; if it is right, list the network in http.networks"
        raise Refused(f"{shown(url)}: {detail}", why=Why.SETTINGS) from error
    except httpcore2.TimeoutException as error:
        raise Unavailable(f"{shown(url)}: not answered within {source.timeout_s:g} s", why=Why.SILENT) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        if "CERTIFICATE" in str(error).upper():
            detail = "its certificate is not trusted; set http.ca_file or mend it there"
            raise Refused(f"{shown(url)}: {detail}", why=Why.CERTIFICATE) from error
        raise Unavailable(f"{shown(url)}: {type(error).__name__}: {str(error)[:120]}") from error


def _plain(response: httpcore2.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}


def _mark(headers: Mapping[str, str], name: str) -> str:
    """Only what may be sent back in a header."""
    value = headers.get(name, "")
    return value if len(value) <= _LONGEST_MARK and value.isascii() and value.isprintable() else ""


def _conditions(marks: Marks) -> tuple[tuple[str, str], ...]:
    return ("If-None-Match", marks.etag), ("If-Modified-Since", marks.modified)


def _next_place(url: str, response: httpcore2.Response) -> str:
    """Raises Refused for a redirect to another host."""
    try:
        target = checked_url(urljoin(url, _plain(response).get("location", "")))
    except ValueError as error:
        detail = "redirects to another host, or to what is no address; see http.url"
        raise Refused(f"{shown(url)}: {detail}", why=Why.SETTINGS) from error
    if urlsplit(target).hostname != urlsplit(url).hostname:
        detail = f"redirects to another host, {shown(target)}; if it is right, write it in http.url"
        raise Refused(f"{shown(url)}: {detail}", why=Why.SETTINGS)
    return target


def _check_status(url: str, status: int, headers: Mapping[str, str]) -> None:
    where = f"{shown(url)}: answers {status}"
    if 200 <= status < 300:
        return
    if status in (401, 403, 407):
        raise Refused(f"{where}; check the login in http")
    if status in _LATER or status >= 500:
        raise Unavailable(where, retry_after_s=_wish(headers))
    raise Refused(f"{where}; check http.url", why=Why.SETTINGS)


def _wish(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, or a date measured against the host's own clock."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdecimal() and len(said) <= 9:
        return min(float(said), _LONGEST_WISH_S)
    try:
        wished = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(wished.total_seconds(), 0.0), _LONGEST_WISH_S)
