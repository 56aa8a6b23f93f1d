"""A real mosquitto with login on a free port of the loopback, set up as our documentation asks for; restartable."""

import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.services.process import ServerProcess
from tests.services.require import program
from tests.services.waiting import wait_until

_HINT = "install the Debian package mosquitto"


def free_port() -> int:
    """A TCP port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A broker on 127.0.0.1:`port`; logs in `username` with `password`, everybody else is refused.

    Queues and the in-flight window have no bounds and every change is saved, so that a killed broker keeps what it
    confirmed. `extra` is appended to its configuration; `others` log in with the same password.
    """

    host = "127.0.0.1"
    username = "city"
    password = "city-tests-only"

    def __init__(self, folder: Path, extra: str = "", others: Sequence[str] = ()) -> None:
        self._binary = program("mosquitto", "mosquitto", _HINT)
        passwords = folder / "passwords"
        maker = program("mosquitto_passwd", "mosquitto", _HINT)
        subprocess.run([maker, "-c", "-b", passwords, self.username, self.password], check=True, capture_output=True)
        for name in others:
            subprocess.run([maker, "-b", passwords, name, self.password], check=True, capture_output=True)
        self.port = free_port()
        self._log = folder / "log"
        self._config = folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} {self.host}",
            "allow_anonymous false",
            f"password_file {passwords}",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_on_changes true",
            "autosave_interval 1",
            "max_queued_messages 0",
            "max_inflight_messages 0",
            "sys_interval 1",
            "log_dest stdout",
            *(["user root"] if os.geteuid() == 0 else []),
            extra,
        ]
        self._config.write_text("\n".join(lines) + "\n")
        self._process: ServerProcess | None = None
        self.start()

    def start(self) -> None:
        """Start, or start again on the same port; returns when it accepts connections."""
        if self._process is None or not self._process.running:
            self._process = ServerProcess([self._binary, "-c", str(self._config)], self._log)
            wait_until(self._accepts, "mosquitto to start")

    def _accepts(self) -> bool:
        assert self._process is not None
        assert self._process.running, self._process.tail()
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    def connect(self) -> socket.socket:
        """A bare connection, to see whether somebody listens."""
        return socket.create_connection((self.host, self.port), timeout=5)

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """Orderly stop: clients are disconnected, the session store is written."""
        if self._process is not None:
            self._process.end(signal.SIGTERM)

    def kill(self) -> None:
        """Stop at once, as when the machine fails."""
        if self._process is not None:
            self._process.end(signal.SIGKILL)
