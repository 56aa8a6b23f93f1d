"""A RabbitMQ from Debian's package with its MQTT plugin, on ports of the loopback of its own; restartable."""

import os
import shutil
import signal
import socket
from pathlib import Path

from tests.services.mosquitto import free_port
from tests.services.process import ServerProcess
from tests.services.require import missing
from tests.services.waiting import wait_until

_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_START_S = 120.0


class RabbitMq:
    """Sessions are durable queues on the disk; it speaks MQTT 3.1.1."""

    host = "127.0.0.1"
    username = "city"
    password = "city-tests-only"

    def __init__(self, folder: Path) -> None:
        epmd = shutil.which("epmd")
        if epmd is None or not _SERVER.exists():
            missing("rabbitmq", "install the Debian package rabbitmq-server")
        self.port, names, amqp, nodes = (free_port() for _ in range(4))
        self._folder = folder
        (folder / "plugins").write_text("[rabbitmq_mqtt].\n", encoding="utf-8")
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.local = 127.0.0.1:{amqp}\n"
            f"mqtt.listeners.tcp.local = 127.0.0.1:{self.port}\n"
            "mqtt.allow_anonymous = false\nmqtt.prefetch = 1000\n"
            f"default_user = {self.username}\ndefault_pass = {self.password}\n"
            "disk_free_limit.absolute = 50MB\n",
            encoding="utf-8",
        )
        self._environment = {
            "HOME": str(folder),  # of its cookie
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "city@localhost",
            "RABBITMQ_DIST_PORT": str(nodes),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        }
        # Else the server starts one that outlives it.
        self._names = ServerProcess(["env", *self._settings(), epmd, "-port", str(names)], folder / "epmd.log")
        self._process: ServerProcess | None = None
        self.start()

    def _settings(self) -> list[str]:
        return [f"{name}={value}" for name, value in self._environment.items()]

    def start(self) -> None:
        self._process = ServerProcess(["env", *self._settings(), str(_SERVER)], self._folder / "server.log")
        wait_until(self._accepts, "RabbitMQ to start", _START_S)

    def _accepts(self) -> bool:
        assert self._process is not None
        assert self._process.running, self._process.tail()
        try:
            socket.create_connection((self.host, self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.end(signal.SIGKILL)

    def close(self) -> None:
        self.kill()
        self._names.end(signal.SIGKILL)
