"""The composed program as a real process (`app.py`), on a folder and ports of its own."""

import json
import re
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.services.mosquitto import free_port
from tests.services.process import Ended, ServerProcess
from tests.services.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_S = 90.0  # the machine may be busy with other tests
SEED = 20_260_301
GAUGES = "gauges"  # topics of devices that only tests speak for: gauges/<area>/<kind>/<device>
_OPENED = re.compile(r"http://127\.0\.0\.1:(\d+)/large/")


def shipped_config() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return loaded


def config_for(tests: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The shipped config on free ports with a short past, a folder of calls and devices that tests speak for.

    `tests` is laid over it, key by key.
    """
    config = shipped_config()
    feeds = config["feeds"]
    feeds["demo_city"] |= {"seed": SEED, "calls_per_day": 300, "history_days": 2, "device_share": 0.02}
    # The storm of a first start becomes red after some minutes and would take the wall from whoever tests it then.
    config["rules"]["flood_red"]["pending_for_s"] = 86_400
    feeds["iot_mqtt:gauges"] = deepcopy(feeds["iot_mqtt"]) | {
        "topics": [
            {
                "pattern": f"{GAUGES}/{{area}}/{{kind}}/{{device}}",
                "values": "metrics",
                "time": "at",
                "device": {"register_new": True, "interval_s": 3600},
            }
        ]
    }
    feeds["hotline_table:desk"] = deepcopy(feeds["hotline_table"]) | {
        "every_s": 0.5,
        "files": "calls/*.jsonl",
        "channel": "desk",
    }
    config["server"]["port"] = 0
    config["broker"]["port"] = free_port()
    return _laid_over(config, tests or {})


def _laid_over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    laid = dict(below)
    for key, value in above.items():
        inner = laid.get(key)
        laid[key] = _laid_over(inner, value) if isinstance(value, Mapping) and isinstance(inner, dict) else value
    return laid


@dataclass(frozen=True, slots=True)
class Login:
    """Of the embedded broker, as a test's publisher wants it."""

    host: str
    port: int
    username: str
    password: str


class Program:
    """`app.py <command>` in `folder`, run by what stands `before` it. Ended with the tests at the latest."""

    def __init__(
        self, folder: Path, config: Mapping[str, Any], command: str = "run", before: Sequence[str] = ()
    ) -> None:
        self._before = before
        self.folder = folder
        self.config = dict(config)
        (folder / "calls").mkdir(parents=True, exist_ok=True)
        self._command = command
        self._port = 0
        self._process: ServerProcess | None = None
        self._told = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return (self.folder / f"{self._command}.log").read_text(errors="replace")

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def broker(self) -> Login:
        section = self.config["broker"]
        password = (self.folder / self.config["store"]["folder"] / "broker.password").read_text().strip()
        return Login("127.0.0.1", section["port"], section["user"], password)

    def start(self, says: str = "the cockpit is open") -> None:
        """Start, or start again on the same port. Returns when it says so and, where it has screens, answers."""
        self.launch()
        wait_until(lambda: self._says(says), f"`app.py {self._command}` to say: {says}", START_S)
        if opened := _OPENED.search(self.log, self._told):
            self._port = self.config["server"]["port"] = int(opened[1])
            wait_until(self.answers, "/healthz to answer", START_S)

    def launch(self) -> None:
        """Start without waiting for anything."""
        config = self.write_config()
        log = self.folder / f"{self._command}.log"
        self._told = len(self.log) if log.exists() else 0
        command = [*self._before, sys.executable, str(ROOT / "app.py"), "--config", str(config), self._command]
        self._process = ServerProcess(command, log)

    def write_config(self) -> Path:
        path = self.folder / "config.yaml"
        path.write_text(json.dumps(self.config, ensure_ascii=False), encoding="utf-8")  # JSON is YAML too
        return path

    def _says(self, text: str) -> bool:
        assert self.running, f"it ended at once:\n{self.log[-3000:]}"
        return text in self.log[self._told :]

    def answers(self) -> bool:
        assert self.running, f"it ended:\n{self.log[-3000:]}"
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def ask(self, path: str) -> Any:
        """GET an address of the interface as the local visitor; the JSON it answers."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=20) as answer:
            return json.loads(answer.read())

    def end(self, how: signal.Signals = signal.SIGTERM) -> Ended:
        assert self._process is not None
        return self._process.end(how)

    def end_well(self) -> None:
        """As people end it: with SIGTERM, which it must obey and say nothing bad of."""
        ended = self.end()
        assert ended.code == 0, f"exit code {ended.code}:\n{self.log[-3000:]}"
        assert not ended.orphans, f"still running: {ended.orphans}"
        assert "Traceback" not in self.log[self._told :], self.log[-5000:]
