"""A process that a benchmark starts, waits for, and asks: it speaks in lines of JSON on its standard streams.

The child ends when its input does, so it cannot outlive the benchmark.
"""

import json
import subprocess
import sys
from types import TracebackType
from typing import Any, Self


class ChildFailed(Exception):
    """The child ended without a word."""


class Child:
    """`module` is run with `arguments` (made to JSON) as its one argument."""

    def __init__(self, module: str, **arguments: Any) -> None:
        command = [sys.executable, "-m", module, json.dumps(arguments)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        self._name = module

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def heard(self) -> Any:
        """The next thing the child says. Raises ChildFailed."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ChildFailed(f"{self._name} ended ({self._process.wait()}); its own words are above")
        return json.loads(line)

    def tell(self, what: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()


def arguments() -> dict[str, Any]:
    """In the child: what it was given."""
    return dict(json.loads(sys.argv[1]))


def say(what: Any) -> None:
    """In the child."""
    print(json.dumps(what), flush=True)


def hear() -> str:
    """In the child: the next line, empty when the benchmark is over."""
    return sys.stdin.readline().strip()
