"""The simulated city against a real broker: what it hands on, how it goes on after a restart, how it ends."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from ruamel.yaml import YAML

from brain.feed import Cursor, Refused, Rejected, Unavailable
from brain.model.reading import Device, Metric
from feeds import demo_city, iot_mqtt
from feeds.demo_city import HANDED_ON, Settings, run, topic_of
from feeds.payloads.demo_devices import devices_of
from feeds.payloads.demo_events import Events
from feeds.payloads.demo_history import PastReadings, Told, readings_at
from feeds.payloads.demo_places import Places
from feeds.payloads.demo_values import City
from feeds.payloads.message import Message
from feeds.payloads.mqtt_link import MqttLink
from tests.feeds.desk import NOW_MS, Desk
from tests.services.mosquitto import Mosquitto, free_port
from tests.services.waiting import wait_until
from tests.small_city import VILLAGES, small_tree

ROOT = Path(__file__).resolve().parents[2]
TZ = "Asia/Shanghai"
SUBJECTS = [{"category": "noise", "text": "夜间噪音"}, {"category": "gas", "text": "燃气异味", "urgent": True}]
HOUR_MS = 3_600_000
SHARE = 0.002


def default_config() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return loaded


METRICS = {name: Metric(name, name, name, spec["unit"]) for name, spec in default_config()["metrics"].items()}


def settings_for(broker: Mosquitto | None, folder: Path, **changes: Any) -> Settings:
    login = (
        {"host": broker.host, "port": broker.port, "username": broker.username, "password": broker.password}
        if broker
        else {"host": "127.0.0.1", "port": free_port()}
    )
    stanza = {"spool": folder / "spool", "seed": 1, "calls_per_day": 50, "history_days": 1, "device_share": SHARE}
    return Settings.model_validate({"broker": login, "subjects": SUBJECTS, **stanza, **changes})


class Hands:
    """One run of the feed beside the test, and how it ended."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        self.desk = desk
        desk.stopping.clear()
        context = replace(desk.context("demo_city"), metrics=METRICS)
        self._beside = ThreadPoolExecutor(1, "test-demo")
        self._ended = self._beside.submit(run, settings, context)

    def error(self) -> BaseException | None:
        """How it ended by itself."""
        try:
            return self._ended.exception(timeout=30)
        finally:
            self._beside.shutdown()

    def stop(self) -> BaseException | None:
        self.desk.stopping.set()
        return self.error()

    @property
    def running(self) -> bool:
        return not self._ended.done()


@contextmanager
def running(settings: Settings, desk: Desk) -> Iterator[Hands]:
    hands = Hands(settings, desk)
    try:
        wait_until(lambda: desk.alive.is_set() or not hands.running, "the simulated city to begin")
        yield hands
    finally:
        assert hands.stop() is None


def small_devices() -> tuple[Device, ...]:
    tree = small_tree()
    return devices_of(tree, Places(tree, 1), 1, "iot_mqtt", SHARE)


def city_of(devices: Sequence[Device]) -> City:
    return City(devices, 1, TZ, Events(VILLAGES, 1, NOW_MS))


class Folder:
    """Takes the place of the table feed: removes the past once it is there, and keeps what it said."""

    def __init__(self, folder: Path) -> None:
        self._spool = folder / "spool"
        self.past: dict[str, bytes] = {}

    def read(self) -> bool:
        for path in sorted(self._spool.glob("past-*.jsonl")):
            self.past[path.name] = path.read_bytes()
            path.unlink()
        return True


def devices_in(desk: Desk) -> list[Device]:
    return [item for item in desk.items if isinstance(item, Device)]


def cursors(desk: Desk) -> list[Told]:
    return [told for item in desk.items if isinstance(item, Cursor) if (told := Told.load(item.value)) is not None]


def is_told(desk: Desk, folder: Folder) -> bool:
    """Whether all of the past is: the calls of today and yesterday and the readings of a day."""
    folder.read()
    known = cursors(desk)
    return bool(known) and str(known[-1].oldest) == "2026-02-26" and known[-1].moments >= 144


def live_rows(folder: Path) -> list[tuple[str, int]]:
    lines = [line for path in sorted((folder / "spool").glob("live-*")) for line in path.read_bytes().splitlines()]
    return [(row["number"], row["seq"]) for row in map(orjson.loads, lines)]


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_city, "TURN_S", 0.05)


# --- what it makes -----------------------------------------------------------------------------------------------
def test_the_messages_are_read_by_the_default_config_as_what_was_measured() -> None:
    """Topic and payload go through the very mapping that config.yaml ships."""
    desk = Desk()
    stanza = default_config()["feeds"]["iot_mqtt"]
    mapping = iot_mqtt.Settings.model_validate(stanza)
    devices = small_devices()
    desk.known = {device.id: device for device in devices}
    reader = iot_mqtt.make_reader(mapping, replace(desk.context("iot_mqtt"), metrics=METRICS))
    city = city_of(devices)
    at_ms = NOW_MS + 1  # a moment at which none of them is spoilt
    for device in devices:
        read = reader.read(Message(topic_of(device), city.payload(device, at_ms), at_ms, False))
        assert not any(isinstance(item, Rejected) for item in read), (device, read)
        found = {item.metric: item.value for item in read}  # type: ignore[union-attr]
        assert found == city.measure(device, at_ms)
        assert {item.device_id for item in read} == {device.id}  # type: ignore[union-attr]


# --- against a broker --------------------------------------------------------------------------------------------
@pytest.mark.broker
def test_a_first_start_hands_on_devices_then_what_they_said_last_then_the_past(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    desk, folder = Desk(), Folder(tmp_path)
    with running(settings_for(mosquitto, tmp_path), desk):
        wait_until(lambda: cursors(desk) and desk.notes[:1], "the past to begin")
        wait_until(lambda: is_told(desk, folder), "the past to be told")
        wait_until(lambda: desk.notes[-1] == "", "the note to go")
    expected = small_devices()
    city, metrics = city_of(expected), frozenset(METRICS)
    assert tuple(desk.items[: len(expected)]) == expected
    last = [r for d in expected for r in readings_at(city, d, city.last_report_ms(d, NOW_MS), metrics)]
    assert desk.readings[: len(last)] == last
    past = PastReadings(city, expected, metrics, NOW_MS, 1, 0).take(10**9)
    assert desk.readings[len(last) :] == past
    assert len(folder.past) == 2
    assert desk.notes == ["note.history done=0 days=1", ""]


@pytest.mark.broker
def test_two_first_starts_with_one_seed_tell_the_same(mosquitto: Mosquitto, tmp_path: Path) -> None:
    told = []
    for name in ("a", "b"):
        desk, folder = Desk(), Folder(tmp_path / name)
        with running(settings_for(mosquitto, tmp_path / name), desk):
            wait_until(partial(is_told, desk, folder), "the past to be told")
        told.append((devices_in(desk), desk.readings, folder.past))
    assert told[0] == told[1]


@pytest.mark.broker
def test_devices_report_over_the_broker_as_the_iot_feed_hears_them(mosquitto: Mosquitto, tmp_path: Path) -> None:
    settings, desk, ear = settings_for(mosquitto, tmp_path, history_days=0), Desk(), Desk()
    stanza = default_config()["feeds"]["iot_mqtt"] | {"broker": settings.broker.model_dump()}
    stanza["broker"]["password"] = mosquitto.password
    devices = small_devices()
    city = city_of(devices)
    ear.known = {device.id: device for device in devices}
    ear_context = replace(ear.context("iot_mqtt"), metrics=METRICS)
    talking = {d.id for d in devices if d.kind != HANDED_ON and not city.is_silent(d)}

    def it_rains() -> bool:
        """The feed brings rain itself, every five minutes: then the devices' rhythms have begun."""
        desk.now_ms += 1_000
        return any(reading.at_ms > NOW_MS for reading in desk.readings)

    with ThreadPoolExecutor(1) as beside:
        heard = beside.submit(iot_mqtt.run, iot_mqtt.Settings.model_validate(stanza), ear_context)
        try:
            wait_until(lambda: ear.alive.is_set() or heard.done(), "the listening feed")
            with running(settings, desk):
                wait_until(it_rains, "the present to begin")
                desk.now_ms = ear.now_ms = desk.now_ms + 6 * HOUR_MS  # a detector speaks this often
                wait_until(lambda: {r.device_id for r in ear.readings} >= talking, "a report of every device")
        finally:
            ear.stopping.set()
    assert {reading.device_id for reading in ear.readings} == talking
    by_id = {device.id: device for device in devices}
    for reading in ear.readings:
        assert NOW_MS <= reading.at_ms <= desk.now_ms
        assert city.measure(by_id[reading.device_id], reading.at_ms)[reading.metric] == reading.value


@pytest.mark.broker
def test_a_grave_episode_is_reported_at_once_and_again_when_it_is_over(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """A smoke detector otherwise speaks twice an hour."""
    devices = small_devices()
    city = city_of(devices)
    start_ms = next(
        at for at in range(NOW_MS, NOW_MS + 48 * HOUR_MS, 60_000) if any("smoke" in i for i in city.alarms(at))
    )
    smoke = next(i for i in city.alarms(start_ms) if "smoke" in i)
    end_ms = next(at for at in range(start_ms, start_ms + HOUR_MS, 60_000) if smoke not in city.alarms(at))
    desk = Desk(now_ms=start_ms - 600_000)
    heard: list[tuple[str, bytes]] = []
    settings = settings_for(mosquitto, tmp_path, calls_per_day=0, history_days=0)
    link = MqttLink(settings.broker, "ear", lambda got: heard.extend((m.topic, m.payload) for m in got), lasting=False)
    with link, running(settings, desk):
        link.open()
        link.subscribe(["city/#"], qos=1)

        def says(share: str) -> bool:
            link.turn(0.05, 100)
            return any(topic.endswith(smoke) and share in payload.decode() for topic, payload in heard)

        desk.now_ms = start_ms
        wait_until(lambda: says('"smoke_ratio":0.18'), "the alarm")
        heard.clear()
        desk.now_ms = end_ms
        wait_until(lambda: says('"smoke_ratio":0.0'), "the end of it")


@pytest.mark.broker
def test_after_a_restart_calls_go_on_where_they_were(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Also when the program was broken off before the store had the cursor: each row is in the folder once."""
    settings, desk, folder = settings_for(mosquitto, tmp_path), Desk(), Folder(tmp_path)
    with running(settings, desk):
        wait_until(lambda: is_told(desk, folder), "the past to be told")
        saved = cursors(desk)[-1]
        desk.now_ms += 6 * HOUR_MS
        wait_until(lambda: cursors(desk)[-1].live_ms == desk.now_ms, "the calls of six hours")
    first = live_rows(tmp_path)
    assert first
    parts = len(folder.past)
    desk.cursor = saved.dump()  # what came after the past is not in the store
    with running(settings, desk):
        desk.now_ms += 6 * HOUR_MS
        wait_until(lambda: cursors(desk)[-1].live_ms == desk.now_ms, "the calls of twelve hours")
    again = live_rows(tmp_path)
    assert again[: len(first)] == first
    assert len(again) == len(set(again)) > len(first)
    assert len(folder.past) == parts  # the past was not told anew


@pytest.mark.broker
def test_a_past_that_was_broken_off_goes_on_and_a_known_device_is_not_handed_on_again(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    settings, desk, folder = settings_for(mosquitto, tmp_path), Desk(), Folder(tmp_path)
    with running(settings, desk):
        wait_until(lambda: cursors(desk) and cursors(desk)[-1].moments > 0, "some of the past")
    told = cursors(desk)[-1]
    assert told.oldest is None or str(told.oldest) > "2026-02-26"
    devices, before = len(devices_in(desk)), len(desk.readings)
    with running(settings, desk):
        wait_until(lambda: is_told(desk, folder), "the rest")
    assert len(devices_in(desk)) == devices
    expected = small_devices()
    city, metrics = city_of(expected), frozenset(METRICS)
    rest = PastReadings(city, expected, metrics, NOW_MS, 1, told.moments).take(10**9)
    assert desk.readings[-len(rest) :] == rest
    assert len(desk.readings) < 2 * before + len(rest)


# --- how it ends -------------------------------------------------------------------------------------------------
@pytest.mark.broker
def test_a_wrong_login_is_refused(mosquitto: Mosquitto, tmp_path: Path) -> None:
    settings = settings_for(mosquitto, tmp_path)
    wrong = settings.model_copy(update={"broker": settings.broker.model_copy(update={"username": "nobody"})})
    desk = Desk()
    error = Hands(wrong, desk).error()
    assert isinstance(error, Refused)
    assert mosquitto.password not in str(error)
    assert not desk.alive.is_set()


def test_no_broker_is_unavailable(tmp_path: Path) -> None:
    error = Hands(settings_for(None, tmp_path), Desk()).error()
    assert isinstance(error, Unavailable)


@pytest.mark.broker
def test_a_broker_that_goes_away_is_unavailable_and_leaves_no_thread(mosquitto: Mosquitto, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    desk = Desk()
    hands = Hands(settings_for(mosquitto, tmp_path), desk)
    wait_until(desk.alive.is_set, "the simulated city to begin")
    mosquitto.kill()
    error = hands.error()
    assert isinstance(error, Unavailable)
    assert str(mosquitto.port) in str(error)
    assert set(threading.enumerate()) == before


@pytest.mark.broker
def test_when_told_to_stop_it_leaves_no_thread(mosquitto: Mosquitto, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    desk = Desk()
    hands = Hands(settings_for(mosquitto, tmp_path), desk)
    wait_until(desk.alive.is_set, "the simulated city to begin")
    assert hands.stop() is None
    assert set(threading.enumerate()) == before


def test_a_stop_while_the_store_is_away_is_heard(tmp_path: Path) -> None:
    """Devices are waited for; a store that never answers must not hold up the end of the program."""
    desk = Desk(hold=True)
    hands = Hands(settings_for(None, tmp_path), desk)
    wait_until(lambda: desk.held, "the devices to be offered")
    assert hands.running
    desk.stopping.set()
    assert isinstance(hands.error(), Unavailable)  # it went on to the broker, which is not there


@pytest.mark.broker
def test_a_folder_that_cannot_be_written_is_told(mosquitto: Mosquitto, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where a folder belongs")
    error = Hands(settings_for(mosquitto, tmp_path), Desk()).error()
    assert isinstance(error, Unavailable)
    assert str(tmp_path / "spool") in str(error)
