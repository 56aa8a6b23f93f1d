"""The program as a person starts it: what cannot start says why in one line, ends with 2 and leaves nothing behind."""

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import app
from brain.runtime.city_store import open_city_store
from brain.runtime.lease import Lease, held
from brain.runtime.plan import CannotStart
from brain.store import schema
from brain.store.audit import Deed, Result, record
from brain.store.engine import Store, open_store
from tests.services.waiting import wait_until

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app.py"
CONFIG = """\
city: {cities}/zhongshan
server: {{port: {port}}}
store: {{folder: {folder}}}
broker: {{port: 0}}
feeds:
  iot_mqtt:
    topics: [{{pattern: "city/{{area}}/{{kind}}/{{device}}", values: metrics}}]
metrics:
  water_level_m: {{name: 水位, name_en: Water level, unit: 米}}
cockpits:
  city:
    name: 城市
    name_en: City
    large: {{main: {{name: 总览, name_en: Main, panels: [{{panel: headline_numbers}}]}}}}
"""


def config(tmp_path: Path, port: int = 0, folder: str | None = None, more: str = "") -> Path:
    path = tmp_path / "config.yaml"
    text = CONFIG.format(cities=ROOT / "cities", port=port, folder=folder or tmp_path / "var")
    path.write_text(text + more, encoding="utf-8")
    return path


@dataclass(frozen=True)
class Answer:
    returncode: int
    stdout: str
    stderr: str


Call = Callable[..., Answer]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """The program in this process: for what ends by itself. Its logging stays out of the tests' own."""
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def run(*arguments: str | Path) -> Answer:
        try:
            code = app.main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return run


def test_help_names_every_command(call):
    answer = call("--help")
    assert answer.returncode == 0
    for command in ("run", "web", "feeds", "check", "audit", "backup", "restore", "move"):
        assert command in answer.stdout


def test_the_config_as_delivered_is_good(call):
    answer = call("check")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "config.yaml: good" in answer.stdout


def test_a_wrong_config_names_every_mistake_and_starts_nothing(call, tmp_path):
    path = config(tmp_path, more="rules: {flood: {kind: threshold, level: red}}\nservr: {}\n")
    answer = call("--config", path, "run")
    assert answer.returncode == 2
    assert answer.stdout == ""
    lines = answer.stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{path}:") for line in lines)
    assert "did you mean server?" in answer.stderr
    assert not (tmp_path / "var").exists()


def test_a_rule_of_a_unit_the_city_does_not_have_is_named(call, tmp_path):
    rule = "{kind: silent, name: a, name_en: a, level: red, owner: nobody}"
    answer = call("--config", config(tmp_path, more=f"rules: {{quiet: {rule}}}\n"), "check")
    assert answer.returncode == 2
    assert "rules.quiet.owner: the city has no unit nobody" in answer.stderr


@pytest.mark.parametrize(
    ("given", "words"),
    [("400d", "none runs here (see feeds.demo_city)"), ("ten", "'ten' is no number of days")],
)
def test_a_past_that_cannot_be_made_up_is_told(call, tmp_path, given, words):
    answer = call("--config", config(tmp_path), "run", "--history", given)
    assert answer.returncode == 2
    assert words in answer.stderr
    assert not (tmp_path / "var").exists()


def test_a_longer_past_is_for_the_simulated_city_alone():
    plan = app.read_plan(ROOT / "config.yaml", os.environ)
    longer = {entry.name: dict(entry.settings) for entry in plan.with_history(400).settings.feeds}
    shipped = {entry.name: dict(entry.settings) for entry in plan.settings.feeds}
    assert shipped["demo_city"]["history_days"] == 90
    assert longer == shipped | {"demo_city": shipped["demo_city"] | {"history_days": 400}}
    with pytest.raises(CannotStart, match=r"--history 401d: .*less than or equal to 400"):
        plan.with_history(401)


def test_a_port_in_use_is_one_clear_line_and_starts_nothing(call, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = call("--config", config(tmp_path, port=port), "run")
    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in answer.stderr
    assert not (tmp_path / "var").exists()


def test_a_folder_that_cannot_be_made_is_one_clear_line(call, tmp_path):
    (tmp_path / "file").write_text("")
    answer = call("--config", config(tmp_path, folder=str(tmp_path / "file" / "var")), "run")
    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1
    assert "file/var" in answer.stderr


@pytest.mark.parametrize("command", ["web", "feeds"])
def test_separate_processes_are_refused_on_sqlite(call, tmp_path, command):
    answer = call("--config", config(tmp_path), command)
    assert answer.returncode == 2
    assert "need PostgreSQL" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_beyond_loopback_nobody_gets_in_without_an_account(call, tmp_path):
    path = config(tmp_path)
    path.write_text(path.read_text().replace("server: {", "server: {host: 0.0.0.0, "))
    answer = call("--config", path, "run")
    assert answer.returncode == 2
    assert "nobody can log in yet" in answer.stderr


def on(url: str, tmp_path: Path) -> Path:
    path = config(tmp_path)
    path.write_text(path.read_text().replace("store: {", f"store: {{url: '{url}', "), encoding="utf-8")
    return path


def acted(store: Store, *actors: str) -> None:
    deeds = [Deed(actor, "operator", "alert.close", "alert:1", Result.DONE, at_ms=1, city_ms=1) for actor in actors]
    store.write(lambda conn: [record(conn, deed) for deed in deeds]).result()


def test_the_audit_trail_is_checked_while_the_cockpit_runs(call, tmp_path, database_url):
    path = on(database_url, tmp_path)
    with open_store(database_url) as store:
        acted(store, "li", "wang")
        whole = call("--config", path, "audit")
        assert (whole.returncode, whole.stderr, whole.stdout.count("\n")) == (0, "", 1)
        end = whole.stdout.split()[-1]
        assert "whole" in whole.stdout
        acted(store, "chen")
        assert call("--config", path, "audit", "--end", end).returncode == 0
        store.write(lambda conn: conn.execute(schema.audit.update().values(actor="nobody"))).result()
        broken = call("--config", path, "audit")
    assert (broken.returncode, broken.stderr) == (1, "")
    assert broken.stdout.startswith("the audit trail is broken at row 1")


def test_a_trail_that_was_made_anew_shows_against_an_end_kept_elsewhere(call, tmp_path, sqlite_url):
    path = on(sqlite_url, tmp_path)
    with open_store(sqlite_url) as store:
        acted(store, "li")
    other = f"1:{'0' * 64}"
    assert call("--config", path, "audit", "--end", other).returncode == 1
    assert call("--config", path, "audit", "--end", "1:abc").returncode == 2


def test_a_trail_that_is_not_there_is_one_clear_line_and_nothing_is_made(call, tmp_path):
    answer = call("--config", config(tmp_path), "audit")
    assert answer.returncode == 2
    assert answer.stderr.startswith("there is no store at")
    assert not (tmp_path / "var").exists()


def test_what_was_backed_up_is_restored_with_its_audit_trail(call, tmp_path, sqlite_url):
    path, file = on(sqlite_url, tmp_path), tmp_path / "backup.zip"
    with open_store(sqlite_url) as store:
        acted(store, "li", "wang")
        made = call("--config", path, "backup", file)  # while it is in use
        acted(store, "chen")
    assert (made.returncode, made.stderr, made.stdout.startswith(f"{file}: ")) == (0, "", True)
    refused = call("--config", path, "restore", file)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert call("--config", path, "restore", file, "--replace").returncode == 0
    assert "its end, to be kept elsewhere: 2:" in call("--config", path, "audit").stdout
    moved = call("--config", path, "move", "--to", f"sqlite:///{tmp_path}/new/city.db")
    assert (moved.returncode, moved.stderr) == (0, "")
    assert "whole" in call("--config", on(f"sqlite:///{tmp_path}/new/city.db", tmp_path), "audit").stdout


@pytest.mark.postgres
def test_feeds_are_refused_where_others_run(call, tmp_path, postgres_url):
    with open_store(postgres_url) as store, held(Lease(store, lost=lambda: None)):
        answer = call("--config", on(postgres_url, tmp_path), "feeds")
    assert (answer.returncode, len(answer.stderr.splitlines())) == (2, 1)
    assert "another process runs the feeds" in answer.stderr


EVENTS = """\
feeds:
  event_webhook:
    token: a-token-of-the-events
    shapes: [{kind: kind, kinds: {smoke: smoke}, device: camera, time: at}]
"""
SMOKE = "rules: {smoke: {kind: event, event_kind: smoke, name: 浓烟, name_en: Smoke, level: red}}\n"


def with_events(tmp_path: Path) -> Path:
    path = config(tmp_path, more=SMOKE)
    path.write_text(path.read_text(encoding="utf-8").replace("feeds:\n", EVENTS), encoding="utf-8")
    return path


def test_a_pushed_feed_is_not_left_where_nothing_can_reach_it(call, tmp_path):
    path = with_events(tmp_path)
    path.write_text(path.read_text().replace("store: {", "store: {url: 'postgresql://nobody@127.0.0.1:1/none', "))
    answer = call("--config", path, "feeds")
    assert (answer.returncode, len(answer.stderr.splitlines())) == (2, 1)
    assert "feeds.event_webhook: `app.py feeds` takes no HTTP" in answer.stderr
    assert "app.py run" in answer.stderr


def test_a_pushed_feed_that_is_off_keeps_no_other_back(call, tmp_path):
    path = with_events(tmp_path)
    off = path.read_text().replace("event_webhook:\n", "event_webhook:\n    enabled: false\n")
    path.write_text(off.replace("store: {", "store: {url: 'postgresql://nobody@127.0.0.1:1/none', "))
    answer = call("--config", path, "feeds")
    assert answer.returncode == 2
    assert "takes no HTTP" not in answer.stderr
    assert "the database does not answer" in answer.stderr  # so far it came


def test_a_process_of_screens_says_where_to_push(tmp_path, monkeypatch):
    path = with_events(tmp_path)
    monkeypatch.setenv(app.CONFIG_VARIABLE, str(path))
    store = open_city_store(app.read_plan(path, os.environ))
    monkeypatch.setattr(app, "open_city_store", lambda plan: store)
    headers = {"Authorization": "Bearer a-token-of-the-events"}
    with store, TestClient(app.web_app(), base_url="http://127.0.0.1") as sender:
        answer = sender.post("/in/event_webhook", content=b"{}", headers=headers)
        assert sender.post("/in/event_webhook", content=b"{}").status_code == 401
    assert (answer.status_code, answer.json()["error"]) == (421, "not_here")
    assert "lead /in/ to that of `app.py run`" in answer.json()["detail"]


def test_a_kind_of_event_that_no_rule_asks_for_is_named(call, tmp_path):
    path = with_events(tmp_path)
    path.write_text(path.read_text().replace("smoke: smoke", "smoke: smok"))
    answer = call("--config", path, "check")
    assert answer.returncode == 2
    assert "shapes.0.kinds.smoke: no rule asks for events smok" in answer.stderr


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running program and its address."""
    arguments = [sys.executable, str(APP), "--config", str(with_events(tmp_path)), "run"]
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline() for _ in range(4)]
        address = re.search(r"http://127\.0\.0\.1:\d+", "".join(lines))
        assert address is not None, process.communicate(timeout=30)
        yield process, address[0]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)


def fetch(url: str, body: bytes | None = None, token: str = "") -> tuple[int, bytes]:
    asked = urllib.request.Request(url, body, {"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, b""


def test_it_serves_the_three_screens_and_ends_cleanly(running):
    process, address = running
    wait_until(lambda: fetch(f"{address}/healthz")[0] == 200, "the server to answer")
    for screen in ("large", "medium", "small"):
        status, body = fetch(f"{address}/{screen}/city/442000")
        assert status == (200 if screen == "large" else 404)
        assert status == 404 or b"_dash-config" in body
    status, body = fetch(f"{address}/api/nope")
    assert (status, json.loads(body)) == (404, {"error": "unknown"})
    event = json.dumps({"kind": "smoke", "camera": "cam-1", "at": time.time()}).encode()
    assert fetch(f"{address}/in/event_webhook", event)[0] == 401
    assert fetch(f"{address}/in/event_webhook", event, "a-token-of-the-events")[0] == 202
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
