"""From POST /in/event_webhook through the running brain to an alert with its evidence: once, however often it comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import orjson
import pytest
from starlette.testclient import TestClient

from brain.model.alert import Level, Rule, RuleKind
from brain.model.clock import WallClock
from brain.model.facts import Facts, FeedFacts, Name
from brain.model.query.alerts import AlertDetail, AlertPage
from brain.model.scope import Role, Scope
from brain.runtime.discover import FeedModule
from brain.runtime.runtime import Runtime
from brain.runtime.supervisor import FeedUnit
from brain.settings.feed_entry import FeedEntry
from brain.store import schema
from brain.store.engine import Store
from brain.store.read.answers import Answers
from brain.store.write.readings import store_devices
from dashboard.web.inbox import inboxes_of
from feeds import event_webhook
from tests.brain.runtime.desk import NOW_MS, SEAL, Kitchen
from tests.dashboard.cockpit import client, make_assets, make_shell, serve
from tests.feeds.test_event_webhook import FOLDER, STANZA
from tests.small_city import CITY, small_city, small_devices

NAME = "event_webhook"
HEADERS = {"Authorization": f"Bearer {STANZA['token']}"}
PLATFORM = (FOLDER / "good" / "platform.json").read_bytes()


def facts() -> Facts:
    smoke = Rule("smoke", RuleKind.EVENT, "浓烟", "Smoke", Level.RED, event_kind="smoke", min_confidence=0.5)
    crowd = Rule("crowd", RuleKind.EVENT, "聚集", "Crowd", Level.BLUE, event_kind="crowd", device_kind="camera")
    city = small_city()
    feeds = {NAME: FeedFacts(Name("事件", "Events"), "events", 60, False)}
    return replace(city, rules={rule.id: rule for rule in (smoke, crowd)}, feeds=feeds)


@contextmanager
def sender(store: Store, tmp_path: Any) -> Iterator[TestClient]:
    """A machine elsewhere, without a session, in front of the running brain."""
    settings = event_webhook.Settings.model_validate(STANZA)
    store.write(lambda conn: store_devices(conn, small_city().tree, small_devices(), NOW_MS)).result()
    unit = FeedUnit(NAME, cast(FeedModule, event_webhook), settings)
    runtime = Runtime(store, facts(), WallClock(lambda: NOW_MS), SEAL, [unit], retention_days={}, seed=1)
    runtime.start()
    inboxes = inboxes_of([FeedEntry(NAME, NAME, settings)], 10_000, runtime.supervisor.receive)
    shell = make_shell(store, make_assets(tmp_path / "assets"), inboxes=inboxes)
    try:
        with client(serve(shell), address="10.9.9.9") as browser:
            del browser.headers["Origin"]
            yield browser
    finally:
        runtime.stop()


def rows(store: Store, table: Any) -> list[Any]:
    made = Kitchen.__new__(Kitchen)
    made.store = store
    return made.rows(table)


def page(store: Store, alert_id: str, role: Role) -> AlertDetail:
    answers = Answers(store, facts(), WallClock(lambda: NOW_MS))
    found = answers.answer(AlertPage(alert_id), Scope("somebody", role, CITY), CITY).value
    assert isinstance(found, AlertDetail)
    return found


def test_an_event_raises_an_alert_once_and_is_its_evidence(store: Store, tmp_path: Any) -> None:
    with sender(store, tmp_path) as machine:
        for _ in range(2):  # its sender did not hear the first answer
            answer = machine.post(f"/in/{NAME}", content=PLATFORM, headers=HEADERS)
            assert (answer.status_code, answer.json()) == (202, {"stored": True, "refused": 0})
            (alert,) = rows(store, schema.alert)
    assert (alert.rule_id, alert.target_id, alert.times, alert.state) == ("smoke", "air-1", 1, "open")
    assert [(row.device_id, row.kind, row.id) for row in rows(store, schema.device_event)] == [
        ("air-1", "smoke", "e-1"),
        ("air-2", "crowd", "e-2"),  # kept, though no rule asks for it on this kind of device
    ]
    (state,) = rows(store, schema.feed_state)
    assert (state.accepted, state.repeated, state.status) == (2, 2, "stopped")
    (seen,) = page(store, alert.id, Role.OPERATOR).seen
    assert seen.confidence == pytest.approx(0.93)
    assert seen.picture == "https://vms.example.gov.cn/pic/2026/0001.jpg"
    assert "闸口浓烟" in seen.text
    assert "13900000001" not in seen.text
    (on_the_wall,) = page(store, alert.id, Role.WALL).seen
    assert (on_the_wall.picture, on_the_wall.text, on_the_wall.confidence) == ("", "", seen.confidence)


def test_what_is_not_taken_is_told_and_kept(sqlite_store: Store, tmp_path: Any) -> None:
    stranger = orjson.loads((FOLDER / "good" / "box.json").read_bytes())
    stranger["alarm"]["camera"] = 4711
    with sender(sqlite_store, tmp_path) as machine:
        assert machine.post(f"/in/{NAME}", content=PLATFORM).status_code == 401
        assert machine.post(f"/in/{NAME}", content=PLATFORM * 30, headers=HEADERS).status_code == 413
        broken = machine.post(f"/in/{NAME}", content=b"{", headers=HEADERS)
        assert (broken.status_code, broken.json()["error"]) == (422, "malformed")
        assert machine.post(f"/in/{NAME}", content=orjson.dumps(stranger), headers=HEADERS).status_code == 202
    letters = rows(sqlite_store, schema.dead_letter)
    assert {(row.reason, row.place, row.sealed) for row in letters} == {
        ("malformed", f"/in/{NAME}", True),
        ("unknown_device", "water-4711 smoke", True),
    }
    assert rows(sqlite_store, schema.device_event) == []
