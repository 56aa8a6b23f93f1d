"""A server that cannot outlive the tests: own process group, ended at exit, killed with its parent by the kernel."""

import atexit
import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
_FAREWELL_S = 10.0


def die_with_parent() -> None:
    """Have the kernel end this process as soon as the thread that started it ends."""
    _die_with_parent()()


def _die_with_parent() -> Callable[[], None]:
    # Looked up before the fork: between fork and exec only the call itself is safe.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(frozen=True)
class Ended:
    """`code` is negative when a signal ended it; `orphans` are children that were still there, one line each."""

    code: int
    orphans: tuple[str, ...]


def _living_in_group(group: int) -> tuple[str, ...]:
    """What runs in a process group; the dead that nobody has buried do not count."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, in_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(in_group) == group and state not in "ZX":
                found.append((folder / "cmdline").read_text().replace("\0", " "))
    return tuple(found)


class ServerProcess:
    """One running server. `log` is the file its output goes to; `as_user` runs it as that user when we are root;
    children have `farewell_s` to end after it."""

    def __init__(
        self, command: Sequence[str], log: Path, as_user: str | None = None, farewell_s: float = _FAREWELL_S
    ) -> None:
        if as_user is not None and os.geteuid() == 0:
            # setpriv sets the death signal after it has changed the user, which would clear it.
            command = [
                *("setpriv", f"--reuid={as_user}", f"--regid={as_user}", "--init-groups", "--pdeathsig=KILL", "--"),
                *command,
            ]
        self.log = log
        self._farewell_s = farewell_s
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=log.parent,
                preexec_fn=_die_with_parent(),
            )
        atexit.register(self.end, signal.SIGKILL)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def end(self, how: signal.Signals = signal.SIGTERM) -> Ended:
        """Signal the server and wait until it and its children are gone."""
        atexit.unregister(self.end)
        if self.running:
            self._process.send_signal(how)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
        code = self._process.wait()
        orphans = self._left_behind()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # children that stayed behind
        return Ended(code, orphans)

    def _left_behind(self) -> tuple[str, ...]:
        """What is still there once everything had its time to notice: multiprocessing's tracker reads the end of its
        pipe only after the process it serves is gone."""
        end = time.monotonic() + self._farewell_s
        while (living := _living_in_group(self._process.pid)) and time.monotonic() < end:
            threading.Event().wait(0.02)
        return living

    def tail(self) -> str:
        """The end of its output, for the message of a failed start."""
        return self.log.read_text(errors="replace")[-2000:]
