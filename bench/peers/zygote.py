"""`app.py run` or `app.py feeds`, started by a fork of a process that has imported and read everything already: where
something is killed fifty times, starting Python anew would be most of the time.

Arguments: config, command, log. For each line it hears it forks one and says its number. What it forked ends with it.
"""

import ctypes
import logging
import os
import signal
from pathlib import Path
from typing import Any

import app
from bench.peers.child import arguments, hear, say

_PR_SET_PDEATHSIG = 1


def main(given: dict[str, Any]) -> None:
    plan = app.read_plan(Path(given["config"]), os.environ)
    work = {"run": app.run, "feeds": app.feeds}[given["command"]]
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who was killed is gone at once
    say("ready")
    while hear():
        pid = os.fork()
        if pid:
            say(pid)
            continue
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _take_over(given["log"])
        os._exit(work(plan))


def _take_over(log: str) -> None:
    """Streams, signals and log of its own."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


if __name__ == "__main__":
    main(arguments())
