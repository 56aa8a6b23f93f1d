"""Servers that tests start end with the tests, however these end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.mosquitto import Mosquitto
from tests.services.process import ServerProcess
from tests.services.require import REQUIRE, missing, program
from tests.services.waiting import wait_until

ROOT = Path(__file__).parents[2]
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_server_ends_with_its_children(tmp_path: Path) -> None:
    code = f"import subprocess; print(subprocess.Popen({SLEEPER!r}).pid, flush=True); import time; time.sleep(600)"
    server = ServerProcess([sys.executable, "-c", code], tmp_path / "log", farewell_s=0)
    child = int(wait_until(lambda: server.tail().strip(), "the child"))
    assert _alive(child)
    server.end()
    assert not server.running
    wait_until(lambda: not _alive(child), "the child to end")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_does_not_outlive_killed_tests(tmp_path: Path, how: signal.Signals) -> None:
    code = (
        "import sys, time; from pathlib import Path; from tests.services.process import ServerProcess\n"
        f"print(ServerProcess({SLEEPER!r}, Path(sys.argv[1])).pid, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout is not None
        server = int(tests.stdout.readline())
        assert _alive(server)
        os.kill(tests.pid, how)
    wait_until(lambda: not _alive(server), "the server to end")


def test_a_benchmark_does_not_outlive_who_asked_for_it() -> None:
    code = (
        "import os, time\nfrom bench import __main__ as bench\n"
        "class Told(bench.ProcessPoolExecutor):\n"
        "    def submit(self, *_):\n"
        "        print(super().submit(os.getpid).result(), flush=True)\n"
        "        return super().submit(time.sleep, 600)\n"
        "bench.ProcessPoolExecutor = Told\n"
        "if __name__ == '__main__':\n    list(bench.outcomes(['ingest'], True))"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as asked:
        assert asked.stdout is not None
        child = int(asked.stdout.readline())
        assert _alive(child)
        asked.kill()
    wait_until(lambda: not _alive(child), "the benchmark to end")


def test_a_missing_service_skips_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRE, raising=False)
    with pytest.raises(pytest.skip.Exception, match="chess is not installed: install it"):
        program("no-such-chess", "chess", "install it")


def test_a_missing_service_that_must_be_there_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRE, "postgres, chess")
    with pytest.raises(pytest.fail.Exception, match="CITY_TESTS_REQUIRE asks for it"):
        missing("chess", "install it")


@pytest.mark.broker
def test_the_broker_keeps_its_port_over_a_stop_and_a_kill(mosquitto: Mosquitto) -> None:
    port = mosquitto.port
    for end in (mosquitto.stop, mosquitto.kill):
        end()
        with pytest.raises(ConnectionRefusedError):
            mosquitto.connect()
        mosquitto.start()
        mosquitto.connect().close()
    assert mosquitto.port == port
