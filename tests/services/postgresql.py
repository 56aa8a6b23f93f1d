"""A throw-away PostgreSQL from Debian's binaries: unix socket only, durability off, one fresh database per test."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from tests.services.process import ServerProcess
from tests.services.require import missing, program
from tests.services.waiting import wait_until

_USER = "postgres"
_QUICK = (  # nothing in it has to survive the machine; what was committed outlives the server's own crash
    *("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off"),
    *("-c", "shared_buffers=32MB", "-c", "max_connections=60", "-c", "listen_addresses="),
)


def _binaries() -> Path:
    hint = "install the Debian package postgresql"
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    postgres = program("postgres", "postgres", hint, *reversed(found))
    if os.geteuid() == 0:  # the server refuses to run as root
        program("setpriv", "postgres", "install the Debian package util-linux")
        try:
            pwd.getpwnam(_USER)
        except KeyError:
            missing("postgres", f"there is no user {_USER}; {hint}")
    return Path(postgres).parent


class PostgresServer:
    """`start`, `stop` and `crash` may be called in any order; data and address stay the same."""

    def __init__(self) -> None:
        self._bin = _binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="city-pg-"))
        self._data = self._folder / "data"
        self._process: ServerProcess | None = None
        self._count = itertools.count(1)
        if os.geteuid() == 0:
            shutil.chown(self._folder, _USER, _USER)
        self._run("initdb", "--no-sync", "-A", "trust", "-U", _USER, "-E", "UTF8", "--locale=C", "-D", str(self._data))
        self.start()

    def _run(self, name: str, *arguments: str) -> None:
        command = [str(self._bin / name), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--init-groups", "--", *command]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder)

    def url(self, database: str) -> str:
        return f"postgresql://{_USER}@/{database}?host={self._folder}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=5)

    def start(self) -> None:
        if self._process is None or not self._process.running:
            command = [str(self._bin / "postgres"), "-D", str(self._data), "-k", str(self._folder), *_QUICK]
            self._process = ServerProcess(command, self._folder / "log", as_user=_USER)
            wait_until(self._answers, "PostgreSQL to start")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.running, self._process.tail()
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Fast shutdown: clients are thrown out, everything is written."""
        if self._process is not None:
            self._process.end(signal.SIGINT)

    def crash(self) -> None:
        """Immediate stop, as when the machine fails; the next start recovers."""
        if self._process is not None:
            self._process.end(signal.SIGQUIT)

    def make_database(self, template: str | None = None) -> str:
        """A new database, empty or a copy of `template`; returns its name."""
        name = f"city_{next(self._count)}"
        copy = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copy)
        return name

    def drop_database(self, name: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        self.crash()
        shutil.rmtree(self._folder, ignore_errors=True)
