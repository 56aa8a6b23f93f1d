"""Two worker processes on one PostgreSQL: what any process commits reaches the viewers of all, and nobody is given an
older body under a newer name."""

import json
import re
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from brain.model.clock import WallClock
from brain.model.scope import Role
from brain.store.engine import Store, open_store
from brain.store.errors import StoreUnavailable
from brain.store.sessions import hash_secret, revoke_session
from dashboard.access.cookies import COOKIE
from tests.dashboard.cockpit import ROOT, add_account, add_session, change, make_shell
from tests.dashboard.push.worker import ASSETS, DATABASE
from tests.services.mosquitto import free_port
from tests.services.postgresql import PostgresServer
from tests.services.process import ServerProcess
from tests.services.waiting import wait_until

pytestmark = pytest.mark.postgres

WORKERS = 2


class Cockpit:
    """A cockpit of two worker processes, each on a port of its own, and a session of its operator."""

    def __init__(self, url: str, assets: Path, folder: Path) -> None:
        self.store: Store = open_store(url)
        self.shell = make_shell(self.store, assets, real_ms=WallClock().now_ms)
        self.account = add_account(self.shell, "wu", Role.OPERATOR)
        self.token = add_session(self.shell, self.account)
        self.changes = 0
        self.ports = [free_port() for _ in range(WORKERS)]
        said = (f"{DATABASE}={url}", f"{ASSETS}={assets}", f"PYTHONPATH={ROOT}")
        options = ("--factory", "--log-level", "warning", "--ws-per-message-deflate", "false")
        serve = (sys.executable, "-m", "uvicorn", "tests.dashboard.push.worker:app", *options, "--port")
        self._workers = [
            ServerProcess(["env", *said, *serve, str(port)], folder / f"worker-{port}.log") for port in self.ports
        ]
        for port, worker in zip(self.ports, self._workers, strict=True):
            wait_until(partial(self._answers, port, worker), f"worker {port}", 60)

    def _answers(self, port: int, worker: ServerProcess) -> bool:
        assert worker.running, worker.tail()
        try:
            return httpx2.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    def get(self, port: int, path: str) -> httpx2.Response:
        return httpx2.get(
            f"http://127.0.0.1:{port}{path}", headers={"Cookie": f"{COOKIE}_{port}={self.token}"}, timeout=30
        )

    def socket(self, port: int) -> Connection:
        return connect(
            f"ws://127.0.0.1:{port}/push/ws",
            origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
            additional_headers={"Cookie": f"{COOKIE}_{port}={self.token}"},
            compression=None,
        )

    def change(self) -> int:
        """Commit a change of the tickets here, in a third process; its counter."""
        change(self.shell, "tickets")
        self.changes += 1
        return self.changes

    def close(self) -> None:
        for worker in self._workers:
            worker.end()
        self.store.close()


@pytest.fixture(scope="module")
def cockpit(
    postgres_server: PostgresServer, postgres_template: str, assets: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cockpit]:
    name = postgres_server.make_database(postgres_template)
    running = Cockpit(postgres_server.url(name), assets, tmp_path_factory.mktemp("workers"))
    yield running
    running.close()
    postgres_server.drop_database(name)


def tickets(socket: Connection, n: int) -> None:
    """Until a notice tells of counter `n` or a later one."""
    while json.loads(socket.recv(timeout=30))["versions"].get("tickets", 0) < n:
        pass


def test_what_one_process_commits_all_viewers_hear(cockpit: Cockpit) -> None:
    with cockpit.socket(cockpit.ports[0]) as one, cockpit.socket(cockpit.ports[1]) as two:
        greetings = [json.loads(socket.recv(timeout=30)) for socket in (one, two)]
        assert greetings[0]["boot"] == greetings[1]["boot"] == cockpit.store.boot
        assert greetings[0]["assets"] == greetings[1]["assets"]
        for _ in range(3):
            n = cockpit.change()
            tickets(one, n)
            tickets(two, n)


def test_no_worker_answers_a_new_version_with_an_old_body(cockpit: Cockpit) -> None:
    wrong: list[str] = []
    before = cockpit.changes

    def follow(told_by: int, asked_of: int) -> None:
        with cockpit.socket(told_by) as socket:
            seen = before
            while seen < before + 60:
                told = json.loads(socket.recv(timeout=30))
                n = told["versions"].get("tickets", 0)
                if n <= seen:
                    continue
                seen = n
                path = f"/api/panels/main-number?screen=large&cockpit=city&v={told['boot']}-{n}"
                shown = re.search(r"(\d+) in 澄州市", cockpit.get(asked_of, path).text)
                if shown is None or int(shown[1]) < n:
                    wrong.append(f"asked for {n}, shown {shown and shown[1]}")

    first, second = cockpit.ports
    pairs = [(first, second), (second, first)] * 3
    viewers = [threading.Thread(target=follow, args=pair) for pair in pairs]
    for viewer in viewers:
        viewer.start()
    for _ in range(60):
        cockpit.change()
    for viewer in viewers:
        viewer.join(120)
    assert not any(viewer.is_alive() for viewer in viewers)
    assert wrong == []


def test_viewers_stay_through_a_restart_of_the_database_and_hear_what_comes_after(
    cockpit: Cockpit, postgres_server: PostgresServer
) -> None:
    with cockpit.socket(cockpit.ports[0]) as socket:
        socket.recv(timeout=30)
        postgres_server.stop()
        path = "/api/panels/main-number?screen=large&cockpit=city"
        assert cockpit.get(cockpit.ports[0], path).status_code in (200, 503)
        postgres_server.start()
        wait_until(lambda: _changed(cockpit), "the database to take writes again", 60)
        tickets(socket, cockpit.changes)
        wait_until(lambda: "face-normal" in cockpit.get(cockpit.ports[0], path).text, "the panel to be well again", 60)


def _changed(cockpit: Cockpit) -> bool:
    try:
        cockpit.change()
    except StoreUnavailable:
        return False
    return True


def _end_of(socket: Connection) -> int | None:
    """The code a socket is closed with; notices before it do not matter."""
    for _ in range(5):
        try:
            socket.recv(timeout=30)
        except ConnectionClosed as closed:
            return None if closed.rcvd is None else closed.rcvd.code
    raise AssertionError("the socket was never closed")


def test_a_session_revoked_by_one_process_ends_the_sockets_of_the_other(cockpit: Cockpit) -> None:
    with cockpit.socket(cockpit.ports[0]) as one, cockpit.socket(cockpit.ports[1]) as two:
        cockpit.store.write(lambda conn: revoke_session(conn, hash_secret(cockpit.token), WallClock().now_ms())).result(
            30
        )
        for socket in (one, two):
            assert _end_of(socket) == 4401
    wait_until(lambda: cockpit.get(cockpit.ports[1], "/api/me").status_code == 401, "the session to be over everywhere")
    cockpit.token = add_session(cockpit.shell, cockpit.account)
