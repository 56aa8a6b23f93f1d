"""A cut line carries nothing and tells nobody; a mended one carries what is connected anew."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.services.waiting import wait_until
from tools.soak.line import Line


def _echo(connection: socket.socket) -> None:
    with connection:
        while data := connection.recv(100):
            connection.sendall(data)


@pytest.fixture
def line() -> Iterator[Line]:
    """To a server that says everything back."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=_echo, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield Line(server.getsockname()[1])
    server.close()


def test_a_cut_line_is_silent_and_a_mended_one_carries_what_is_connected_anew(line: Line) -> None:
    with socket.create_connection(("127.0.0.1", line.port), timeout=30) as old:
        old.sendall(b"one")
        assert old.recv(100) == b"one"
        line.cut()
        old.sendall(b"two")
        with socket.create_connection(("127.0.0.1", line.port), timeout=30) as late:
            late.sendall(b"three")
            old.setblocking(False)
            with pytest.raises(BlockingIOError):
                old.recv(100)
            line.mend()
            old.setblocking(True)
            assert old.recv(100) == b""

        def answers() -> bool:
            with socket.create_connection(("127.0.0.1", line.port), timeout=30) as new:
                new.sendall(b"four")
                return new.recv(100) == b"four"

        wait_until(answers, "a new connection to pass")
