"""The wall's network: a relay to the server that can be cut so that nothing is heard any more and nobody is told, as
when a switch fails. (What a browser calls offline ends its sockets at once: real networks are not so kind.)"""

import socket
import threading
from contextlib import suppress

_CHUNK = 65_536


class Line:
    """Listens on a free port of the loopback and relays to `port`. Ends with the process."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._whole = threading.Event()
        self._whole.set()
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._listen, name="line", daemon=True).start()

    def cut(self) -> None:
        """Nothing passes from now on; connections stay as they are, new ones are taken and never answered."""
        self._whole.clear()

    def mend(self) -> None:
        """What is connected anew passes; connections of before are gone, as behind a router that was started anew."""
        with self._lock:
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._whole.set()

    def _listen(self) -> None:
        while True:
            near, _ = self._server.accept()
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        with self._lock:
            self._ends.add(near)
        self._whole.wait()
        try:
            far = socket.create_connection(("127.0.0.1", self._to), timeout=5)
        except OSError:
            self._leave(near)
            return
        far.settimeout(None)
        with self._lock:
            self._ends.add(far)
        threading.Thread(target=self._relay, args=(far, near), daemon=True).start()
        self._relay(near, far)

    def _relay(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                self._whole.wait()
                target.sendall(data)
        self._leave(source)
        self._leave(target)

    def _leave(self, end: socket.socket) -> None:
        with self._lock:
            self._ends.discard(end)
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
