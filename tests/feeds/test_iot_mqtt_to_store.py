"""From a real broker through the running brain into real databases: nothing lost, nothing doubled, whatever fails."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, cast

import orjson
import pytest

from brain.model.alert import Level, Rule, RuleKind
from brain.model.clock import WallClock
from brain.model.facts import FeedFacts, Name
from brain.runtime.discover import FeedModule
from brain.runtime.runtime import Runtime
from brain.runtime.supervisor import FeedUnit
from brain.store import schema
from brain.store.engine import Store
from feeds import iot_mqtt
from feeds.payloads.mqtt_link import MqttLink
from tests.brain.runtime.desk import SEAL, Kitchen
from tests.feeds.desk import NOW_MS
from tests.feeds.speaker import Speaker
from tests.feeds.test_iot_mqtt import both_protocols, settings_for, without_time
from tests.services.mosquitto import Mosquitto
from tests.services.waiting import wait_until
from tests.small_city import small_city

pytestmark = pytest.mark.broker
METRICS = {"temperature": "air_temperature_c"}


def message(number: int) -> tuple[str, bytes]:
    """Reading `number` of one of five devices."""
    at_s = NOW_MS // 1000 - 5000 + number
    return f"city/02001/water/w-{number % 5}", orjson.dumps({"level_cm": number % 7, "ts": at_s, "name": "水位"})


def counts(store: Store) -> Any:
    return next(row for row in rows(store, schema.feed_state) if row.feed == "iot_mqtt")


def rows(store: Store, table: Any) -> list[Any]:
    made = Kitchen.__new__(Kitchen)
    made.store = store
    return made.rows(table)


@contextmanager
def running(
    store: Store, settings: iot_mqtt.Settings, now_ms: int = NOW_MS, step_ms: int = 0, rules: Sequence[Rule] = ()
) -> Iterator[Runtime]:
    """`step_ms`: how much later it is each time somebody asks."""
    unit = FeedUnit("iot_mqtt", cast(FeedModule, iot_mqtt), settings)
    ticks = count(now_ms, step_ms)
    clock = WallClock(lambda: next(ticks))
    known = {**small_city().rules, **{rule.id: rule for rule in rules}}
    facts = replace(
        small_city(), rules=known, feeds={unit.name: FeedFacts(Name("物联网", "Sensors"), "readings", 60, False)}
    )
    runtime = Runtime(store, facts, clock, SEAL, [unit], retention_days={}, seed=1)
    runtime.start()
    try:
        yield runtime
    finally:
        runtime.stop()


def connected(runtime: Runtime) -> None:
    wait_until(lambda: runtime.health.status("iot_mqtt").status == "well", "the feed to connect")


def expect_all(store: Store, sent: Sequence[int]) -> None:
    """Every message once, and counts, latest values and rollups that agree with the readings."""
    wanted = {(f"w-{n % 5}", (NOW_MS // 1000 - 5000 + n) * 1000) for n in sent}
    wait_until(lambda: len(rows(store, schema.reading)) >= len(wanted), "all readings", deadline_s=60)
    stored = [(row.device_id, row.at_ms) for row in rows(store, schema.reading)]
    assert len(stored) == len(set(stored))
    assert set(stored) == wanted
    rolled = [row for row in rows(store, schema.reading_rollup) if row.span_s == 300]
    assert sum(row.count for row in rolled) == len(wanted)


@both_protocols
def test_a_restart_of_the_brain_loses_and_doubles_nothing(store: Store, mosquitto: Mosquitto, protocol: str) -> None:
    settings = settings_for(mosquitto, protocol)
    with Speaker(mosquitto) as speaker:
        with running(store, settings) as runtime:
            connected(runtime)
            speaker.say([message(n) for n in range(300)])
        speaker.say([message(n) for n in range(300, 400)])
        with running(store, settings) as runtime:
            connected(runtime)
            speaker.say([message(n) for n in range(400, 500)])
            expect_all(store, range(500))
    row = counts(store)
    assert (row.accepted, row.refused, row.status) == (500, 0, "stopped")


@both_protocols
def test_messages_without_a_time_that_were_never_acknowledged_count_once(
    store: Store, mosquitto: Mosquitto, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = without_time(mosquitto, protocol)
    with Speaker(mosquitto) as speaker:
        with monkeypatch.context() as lost, running(store, settings) as runtime:
            lost.setattr(MqttLink, "ack", lambda _self, _mids: None)  # as when the line breaks before they arrive
            connected(runtime)
            speaker.say([message(n) for n in range(100)])
            wait_until(lambda: len(rows(store, schema.reading)) == 100, "all readings")
        with running(store, settings, NOW_MS + 60_000) as runtime:
            connected(runtime)
            speaker.say([message(7)])
            wait_until(lambda: counts(store).repeated == 100, "all of them again")
            wait_until(lambda: len(rows(store, schema.reading)) == 101, "the new one")
    assert counts(store).accepted == 101


@both_protocols
def test_a_broker_killed_and_restarted_loses_and_doubles_nothing(
    sqlite_store: Store, mosquitto: Mosquitto, protocol: str
) -> None:
    with running(sqlite_store, settings_for(mosquitto, protocol)) as runtime:
        connected(runtime)
        with Speaker(mosquitto) as speaker:
            speaker.say([message(n) for n in range(200)])
        wait_until(lambda: len(rows(sqlite_store, schema.reading)) == 200, "the first readings")
        mosquitto.kill()
        wait_until(lambda: runtime.health.status("iot_mqtt").status == "lost", "the loss to be told")
        mosquitto.start()
        connected(runtime)
        with Speaker(mosquitto) as speaker:
            speaker.say([message(n) for n in range(200, 400)])
        expect_all(sqlite_store, range(400))


@both_protocols
def test_a_slow_database_loses_nothing_and_bounds_what_is_held(
    sqlite_store: Store, mosquitto: Mosquitto, protocol: str
) -> None:
    started, release = threading.Event(), threading.Event()

    def until_released(_conn: Any) -> None:
        started.set()
        release.wait(60)

    settings = settings_for(mosquitto, protocol, {"receive_maximum": 50})
    with running(sqlite_store, settings) as runtime, Speaker(mosquitto) as speaker:
        connected(runtime)
        speaker.say([message(0)])
        wait_until(lambda: rows(sqlite_store, schema.reading), "the first reading")
        held = sqlite_store.write(until_released)
        assert started.wait(60)
        speaker.say([message(1)])
        # Until ingest itself waits for the database: what comes now can only wait before it.
        wait_until(lambda: sqlite_store._writer._queue.qsize(), "the batch of that message")
        speaker.say([message(n) for n in range(2, 400)])
        wait_until(lambda: runtime.ingest.waiting, "messages to wait")
        assert runtime.ingest.waiting <= 100  # items: a device and a reading for each of 50 messages
        assert len(rows(sqlite_store, schema.reading)) == 1
        release.set()
        held.result()
        expect_all(sqlite_store, range(400))


def test_every_message_is_accounted_for(sqlite_store: Store, mosquitto: Mosquitto) -> None:
    random = Random(5)
    bad = [b"", b"{", b'{"level_cm": NaN}', b"\xff", b'{"ts": 1}', b'{"level_cm": 1, "ts": 4000000000}']
    sent = [message(n) if random.random() < 0.7 else ("city/02001/water/w-1", random.choice(bad)) for n in range(500)]
    good = sum(payload not in bad for _, payload in sent)
    with running(sqlite_store, settings_for(mosquitto)) as runtime, Speaker(mosquitto) as speaker:
        connected(runtime)
        speaker.say(sent)

        def answered() -> bool:
            row = counts(sqlite_store)
            return bool(row.accepted + row.refused + row.repeated == len(sent))

        wait_until(answered, "every message answered")
    row = counts(sqlite_store)
    assert (row.accepted, row.refused) == (good, len(sent) - good)
    assert len(rows(sqlite_store, schema.dead_letter)) == len(sent) - good
    assert sum(row.n for row in rows(sqlite_store, schema.refusal_count)) == len(sent) - good


@both_protocols
def test_a_device_that_announces_itself_is_shown_and_is_gone_with_its_last_will(
    sqlite_store: Store, mosquitto: Mosquitto, protocol: str
) -> None:
    stanza = {"kind": "air", "area": "02001", "metrics": METRICS}
    settings = settings_for(mosquitto, protocol, topics=[], conventions={"homeassistant": stanza})
    config = {"device_class": "temperature", "unit_of_measurement": "°C", "state_topic": "roof/t", "avty_t": "roof/lwt"}
    with Speaker(mosquitto) as speaker:
        speaker.say([("homeassistant/sensor/roof/t/config", orjson.dumps(config))], retain=True)
        speaker.say([("roof/t", b"99"), ("roof/lwt", b"online")], retain=True)
        with running(sqlite_store, settings, step_ms=1000) as runtime:
            connected(runtime)
            wait_until(lambda: rows(sqlite_store, schema.device), "the announced device")
            wait_until(lambda: _heard(sqlite_store, speaker), "the topic it named to be listened to")
            speaker.say([("roof/lwt", b"offline")], retain=True)
            wait_until(lambda: _device(sqlite_store).offline_ms is not None, "the last will")
    assert _device(sqlite_store).id == "ha:roof"
    assert {row.value for row in rows(sqlite_store, schema.reading)} == {21.5}, "what was kept is old"
    assert counts(sqlite_store).refused == 0


def test_messages_that_the_broker_drops_raise_an_alert_on_the_feed(sqlite_store: Store, tmp_path: Path) -> None:
    mosquitto = Mosquitto(tmp_path, "max_queued_messages 10")
    rule = Rule("drops", RuleKind.DROPS, "丢弃", "Drops", Level.ORANGE, quiet_for_s=600, auto_close=True)
    try:
        with Speaker(mosquitto) as speaker, running(sqlite_store, settings_for(mosquitto), rules=[rule]) as runtime:
            connected(runtime)
            wait_until(lambda: runtime.health.status("iot_mqtt").cause == "", "the count of drops to be watched")
            _fall_asleep(mosquitto)
            speaker.say([message(n) for n in range(100)])
            (alert,) = wait_until(lambda: rows(sqlite_store, schema.alert), "the alert", deadline_s=10)
            wait_until(lambda: runtime.health.status("iot_mqtt").cause.startswith("note.drops n="), "feed health")
    finally:
        mosquitto.kill()
    told = (alert.rule_id, alert.target_kind, alert.target_id, alert.level, alert.area_id)
    assert told == ("drops", "feed", "iot_mqtt", Level.ORANGE, small_city().tree.root.id)
    assert alert.value > 0


def _fall_asleep(mosquitto: Mosquitto) -> None:
    """A client that the broker keeps messages for until there is no room."""
    asleep = MqttLink(settings_for(mosquitto).broker, "asleep", lambda _messages: None)
    with asleep:
        asleep.open()
        asleep.subscribe(["city/#"], qos=1)


def _heard(store: Store, speaker: Speaker) -> list[Any]:
    speaker.say([("roof/t", b"21.5")])
    return rows(store, schema.reading)


def _device(store: Store) -> Any:
    (device,) = rows(store, schema.device)
    return device
