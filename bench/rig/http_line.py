"""HTTP sources that misbehave: one that never answers, one whose answer is 10 MB, one that is well and remembers when
it was asked."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

_HUGE = 10_000_000


class HttpLine:
    """/hang, /huge and /well on `port` of the loopback; `asked` holds the moments /well was asked."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._over = threading.Event()
        line = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                line.answer(self)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if request.path == "/hang":
            self._over.wait(600)
            return
        record = {"id": "http-1", "area": "442000101", "kind": "water_level", "ts": int(time.time()), "v": 0.1}
        if request.path == "/huge":
            record["more"] = "x" * _HUGE
        else:
            self.asked.append(time.monotonic())
        body = json.dumps([record]).encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            request.wfile.write(body)
        except OSError:
            return  # it had enough

    def feed(self, path: str, every_s: float) -> dict[str, Any]:
        """The stanza of a feed that asks it."""
        return {
            "title": path.strip("/"),
            "every_s": every_s,
            "http": {"url": f"http://127.0.0.1:{self.port}{path}", "networks": ["127.0.0.0/8"], "max_bytes": 1_000_000},
            "record": {
                "id": "id",
                "area": "area",
                "kind": "kind",
                "time": "ts",
                "metrics": [{"metric": "water_level_m", "path": "v"}],
                "device": {"register_new": True, "interval_s": 60},
            },
        }
