"""The simulated city against a real broker: what it hands on, how it goes on after a restart, how it ends."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from ruamel.yaml import YAML

from brain.feed import Cursor, Refused, Unavailable
from brain.model.reading import Device, Metric
from feeds import iot_mqtt
from feeds.demo_city import HANDED_ON, HISTORY_STEP_MS, SPOILT_SHARE, Settings, payload_of, readings_of, run, topic_of
from feeds.payloads.demo_devices import devices_of, is_silent
from feeds.payloads.demo_values import City
from feeds.payloads.json_readings import Message
from tests.feeds.desk import NOW_MS, Desk
from tests.services.mosquitto import Mosquitto, free_port
from tests.services.waiting import wait_until
from tests.small_city import small_tree

ROOT = Path(__file__).resolve().parents[2]
TZ = "Asia/Shanghai"
SUBJECTS = [{"category": "noise", "text": "夜间噪音"}, {"category": "gas", "text": "燃气异味", "urgent": True}]
HOUR_MS = 3_600_000


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
    stanza = {"spool": folder / "spool", "seed": 1, "calls_per_day": 50, "history_days": 1, "history_hours": 1}
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


def devices_in(desk: Desk) -> list[Device]:
    return [item for item in desk.items if isinstance(item, Device)]


def cursors(desk: Desk) -> list[int]:
    return [int(item.value) for item in desk.items if isinstance(item, Cursor)]


def live_rows(folder: Path) -> list[tuple[str, str]]:
    lines = [line for path in sorted((folder / "spool").glob("live-*")) for line in path.read_bytes().splitlines()]
    return [(row["number"], row["state"]) for row in map(orjson.loads, lines)]


# --- what it makes -----------------------------------------------------------------------------------------------
def test_the_messages_are_read_by_the_default_config_as_what_was_measured() -> None:
    """Topic and payload go through the very mapping that config.yaml ships."""
    desk = Desk()
    stanza = default_config()["feeds"]["iot_mqtt"]
    mapping = iot_mqtt.Settings.model_validate(stanza)
    devices = devices_of(small_tree(), 1, "iot_mqtt")
    desk.known = {device.id: device for device in devices}
    reader = iot_mqtt.make_reader(mapping, replace(desk.context("iot_mqtt"), metrics=METRICS))
    city = City(devices, 1, TZ, NOW_MS)
    for device in devices:
        read = reader.read(Message(topic_of(device), payload_of(city, device, NOW_MS, 2), NOW_MS, False))
        found = {item.metric: item.value for item in read}  # type: ignore[union-attr]
        assert found == city.measure(device, NOW_MS)
        assert {(item.device_id, item.at_ms) for item in read} == {(device.id, NOW_MS)}  # type: ignore[union-attr]


def test_now_and_then_a_payload_is_spoilt() -> None:
    devices = devices_of(small_tree(), 1, "iot_mqtt")
    city = City(devices, 1, TZ, NOW_MS)
    smoke = [device for device in devices if device.kind == "smoke"]
    payloads = [payload_of(city, device, NOW_MS + n * 1000, 1) for device in smoke for n in range(600)]
    spoilt = 0
    for payload in payloads:
        try:
            orjson.loads(payload)
        except orjson.JSONDecodeError:
            spoilt += 1
    assert 0 < spoilt < 4 * SPOILT_SHARE * len(payloads)


def test_the_past_and_the_present_of_a_device_agree() -> None:
    devices = devices_of(small_tree(), 1, "iot_mqtt")
    told = list(readings_of(City(devices, 1, TZ, NOW_MS), devices, frozenset(METRICS), NOW_MS - HOUR_MS, NOW_MS))
    live = City(devices, 1, TZ, NOW_MS - 5 * HOUR_MS)
    by_id = {device.id: device for device in devices}
    assert {r.at_ms for r in told} == set(range(-(-(NOW_MS - HOUR_MS) // 600_000) * 600_000, NOW_MS, HISTORY_STEP_MS))
    assert [r.at_ms for r in told] == sorted((r.at_ms for r in told), reverse=True)
    for reading in told:
        assert live.measure(by_id[reading.device_id], reading.at_ms)[reading.metric] == reading.value


def test_the_past_holds_known_metrics_only_and_ends_before_now() -> None:
    devices = devices_of(small_tree(), 1, "iot_mqtt")
    city = City(devices, 1, TZ, NOW_MS)
    step = 7 * HISTORY_STEP_MS
    told = list(readings_of(city, devices, frozenset({"rain_mm"}), 0, step))
    assert {reading.metric for reading in told} == {"rain_mm"}
    assert {reading.at_ms for reading in told} == set(range(0, step, HISTORY_STEP_MS))


# --- against a broker --------------------------------------------------------------------------------------------
@pytest.mark.broker
def test_a_first_start_hands_on_devices_then_the_past_and_says_so_last(mosquitto: Mosquitto, tmp_path: Path) -> None:
    desk = Desk()
    with running(settings_for(mosquitto, tmp_path), desk):
        wait_until(lambda: cursors(desk), "the past to be told")
    expected = devices_of(desk.facts.tree, 1, "iot_mqtt")
    assert tuple(desk.items[: len(expected)]) == expected
    assert cursors(desk)[0] == NOW_MS
    before = desk.items[: next(n for n, item in enumerate(desk.items) if isinstance(item, Cursor))]
    city = City(expected, 1, TZ, NOW_MS)
    assert before[len(expected) :] == list(readings_of(city, expected, frozenset(METRICS), NOW_MS - HOUR_MS, NOW_MS))
    assert len(list((tmp_path / "spool").glob("past-*.jsonl"))) == 2


@pytest.mark.broker
def test_two_first_starts_with_one_seed_tell_the_same(mosquitto: Mosquitto, tmp_path: Path) -> None:
    told = []
    for name in ("a", "b"):
        desk = Desk()
        with running(settings_for(mosquitto, tmp_path / name), desk):
            wait_until(partial(cursors, desk), "the past to be told")
        files = {path.name: path.read_bytes() for path in (tmp_path / name / "spool").iterdir()}
        told.append((desk.items[: len(devices_in(desk)) + 1], desk.readings, files))
    assert told[0] == told[1]


@pytest.mark.broker
def test_devices_report_over_the_broker_as_the_iot_feed_hears_them(mosquitto: Mosquitto, tmp_path: Path) -> None:
    settings, desk, ear = settings_for(mosquitto, tmp_path, history_hours=0), Desk(), Desk()
    stanza = default_config()["feeds"]["iot_mqtt"] | {"broker": settings.broker.model_dump()}
    stanza["broker"]["password"] = mosquitto.password
    devices = devices_of(desk.facts.tree, 1, "iot_mqtt")
    ear.known = {device.id: device for device in devices}
    ear_context = replace(ear.context("iot_mqtt"), metrics=METRICS)
    with ThreadPoolExecutor(1) as beside:
        heard = beside.submit(iot_mqtt.run, iot_mqtt.Settings.model_validate(stanza), ear_context)
        try:
            wait_until(lambda: ear.alive.is_set() or heard.done(), "the listening feed")
            with running(settings, desk):
                wait_until(lambda: cursors(desk), "the past to be told")  # the devices' rhythms begin before it
                desk.now_ms = ear.now_ms = NOW_MS + 310_000
                talking = {d.id for d in devices if d.kind != HANDED_ON and not is_silent(d, 1)}
                wait_until(lambda: {r.device_id for r in ear.readings} >= talking, "a report of every device")
        finally:
            ear.stopping.set()
    assert {reading.device_id for reading in ear.readings} == talking
    city = City(devices, 1, TZ, NOW_MS)
    by_id = {device.id: device for device in devices}
    for reading in ear.readings:
        assert NOW_MS <= reading.at_ms <= NOW_MS + 310_000
        assert city.measure(by_id[reading.device_id], reading.at_ms)[reading.metric] == reading.value


@pytest.mark.broker
def test_after_a_restart_calls_go_on_where_they_were(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Also when the program was broken off before the store had the cursor: each row is in the folder once."""
    settings, desk = settings_for(mosquitto, tmp_path), Desk()
    with running(settings, desk):
        wait_until(lambda: cursors(desk), "the past to be told")
        desk.now_ms += 6 * HOUR_MS
        wait_until(lambda: len(cursors(desk)) > 1, "the calls of six hours")
    first = live_rows(tmp_path)
    assert first
    desk.cursor = str(NOW_MS)  # what came after the past is not in the store
    with running(settings, desk):
        desk.now_ms += 6 * HOUR_MS
        wait_until(lambda: cursors(desk)[-1] == desk.now_ms, "the calls of twelve hours")
    again = live_rows(tmp_path)
    assert again[: len(first)] == first
    assert len(again) == len(set(again)) > len(first)
    assert len(list((tmp_path / "spool").glob("past-*.jsonl"))) == 2  # the past was not told anew


@pytest.mark.broker
def test_a_first_start_that_was_broken_off_is_made_again(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Otherwise the city would have a hole in its past for ever."""
    settings, desk = settings_for(mosquitto, tmp_path, history_hours=24), Desk()
    take = desk.sink

    def stop_at_the_first_readings(items: Any, done: Any = None) -> None:
        take(items, done)
        if desk.readings:
            desk.stopping.set()

    desk.sink = stop_at_the_first_readings  # type: ignore[method-assign]
    assert Hands(settings, desk).error() is None
    told_at_first = len(desk.readings)
    assert cursors(desk) == []
    desk.sink = take  # type: ignore[method-assign]
    with running(settings, desk):
        wait_until(lambda: cursors(desk), "the past to be told")
    assert len(desk.readings) > 2 * told_at_first


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
