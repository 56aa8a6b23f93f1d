"""A program that is killed often and started again quickly (bench/peers/zygote.py)."""

import os
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.peers.child import Child
from bench.rig.city import SAYS
from tests.e2e.program import Program
from tests.services.waiting import wait_until


class Mortal:
    def __init__(self, program: Program, command: str) -> None:
        """`program` is not started: only its config is taken."""
        self._says = SAYS[command]
        self._log = program.folder / "mortal.log"
        config = program.write_config()
        self._zygote = Child("bench.peers.zygote", config=str(config), command=command, log=str(self._log))
        self._pid = 0
        self._told = 0

    def __enter__(self) -> Self:
        assert self._zygote.heard() == "ready"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._zygote.__exit__(kind, error, trace)

    def launch(self) -> None:
        """Start without waiting."""
        self._told = self.log.count(self._says)
        self._zygote.tell("start")
        self._pid = int(self._zygote.heard())

    def start(self) -> None:
        """Returns when it says that it runs."""
        self.launch()
        wait_until(self._runs, "the program to start", 120)

    def _runs(self) -> bool:
        assert Path(f"/proc/{self._pid}").exists(), f"it ended:\n{self.log[-2000:]}"
        return self.log.count(self._says) > self._told

    def kill(self) -> None:
        """Returns when it is gone."""
        if self._pid and Path(f"/proc/{self._pid}").exists():
            os.kill(self._pid, signal.SIGKILL)
            wait_until(lambda: not Path(f"/proc/{self._pid}").exists(), "the killed program to be gone")
        self._pid = 0

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""
