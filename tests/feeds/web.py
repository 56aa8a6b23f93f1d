"""A web host of our own on 127.0.0.1 for tests of HTTP feeds: answers as told, remembers what it was asked."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LOCAL = ["127.0.0.0/8"]


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """`body` as parts: each is sent by itself. `length` False: no Content-Length, the end is the closed line."""

    body: bytes | list[bytes] = b"[]"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: bool = True


@dataclass
class Web:
    answer: Callable[[Asked], Reply]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def web(answer: Callable[[Asked], Reply], tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """A running host; what is asked of it is answered by `answer`."""
    host = Web(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            asked = Asked(parts.path, query, {name.lower(): value for name, value in self.headers.items()})
            host.asked.append(asked)
            reply = host.answer(asked)
            parts_sent = [reply.body] if isinstance(reply.body, bytes) else reply.body
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.length:
                self.send_header("Content-Length", str(sum(map(len, parts_sent))))
            self.end_headers()
            try:
                for part in parts_sent:
                    self.wfile.write(part)
                    self.wfile.flush()
            except OSError:
                pass  # the feed had enough

        def log_message(self, *_: Any) -> None:
            """Silent."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A feed that hangs up is what many tests want."""

    server = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    host.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
