"""Zigbee2MQTT: what a bridge announces, tells and loses."""

from collections import Counter
from typing import Any

import pytest

from brain.model.reading import DeviceState
from tests.feeds.desk import NOW_MS
from tests.feeds.payloads.conventions.listening import Listening, messages

METRICS = {"temperature": "air_temperature_c", "humidity": "humidity_ratio"}
UNITS = {"temperature": "°C", "humidity": "%"}
DEVICES = [
    {"friendly_name": "Coordinator", "type": "Coordinator"},
    {
        "friendly_name": "market square",
        "type": "EndDevice",
        "definition": {
            "model": "WSDCGQ11LM",
            "exposes": [
                {"property": "temperature", "unit": "°C"},
                {"type": "x", "features": [{"property": "humidity", "unit": "%"}]},
            ],
        },
    },
    {"friendly_name": "lamp", "type": "Router", "definition": {"model": "L1", "exposes": [{"property": "brightness"}]}},
    {"friendly_name": "off", "type": "EndDevice", "disabled": True, "definition": {"model": "WSDCGQ11LM"}},
]


def listening(**more: Any) -> Listening:
    return Listening({"zigbee2mqtt": {"metrics": METRICS, **more}})


def test_a_device_appears_by_itself_and_only_if_it_measures_something() -> None:
    heard = listening(kinds={"WSDCGQ11LM": "weather"})
    heard.told("zigbee2mqtt/bridge/devices", DEVICES, retained=True)
    (device,) = heard.devices
    assert (device.name, device.kind, device.interval_s) == ("market square", "weather", 3600)
    assert device.id.startswith("z2m:market-square::")
    heard.told("zigbee2mqtt/bridge/devices", DEVICES, retained=True)
    assert len(heard.devices) == 1


def test_states_become_readings_in_the_unit_of_the_city() -> None:
    heard = listening(units=UNITS)
    heard.told(
        "zigbee2mqtt/weather", {"temperature": 21.5, "humidity": 48, "linkquality": 90, "update": {"state": "x"}}
    )
    assert heard.readings == [("z2m:weather", "air_temperature_c", 21.5), ("z2m:weather", "humidity_ratio", 0.48)]
    assert heard.times == [NOW_MS, NOW_MS]
    assert heard.refusals == []
    assert heard.reader.note == (
        "note.conventions unread=2 retained=0 gaps=0: zigbee2mqtt linkquality 1, zigbee2mqtt update.state 1"
    )


def test_what_can_mean_one_thing_only_needs_no_word_of_the_city() -> None:
    heard = Listening({"zigbee2mqtt": {}})
    exposes = [{"property": name} for name in ("pm25", "noise", "temperature")]
    heard.told("zigbee2mqtt/bridge/devices", [{"friendly_name": "air", "definition": {"exposes": exposes}}])
    heard.told("zigbee2mqtt/air", {"pm25": 35, "noise": 61, "temperature": 3})
    assert heard.readings == [("z2m:air", "air_pm25_ugm3", 35.0), ("z2m:air", "noise_db", 61.0)]


def test_the_announced_unit_counts() -> None:
    heard = listening()
    devices = [{"friendly_name": "w", "definition": {"exposes": [{"property": "temperature", "unit": "°F"}]}}]
    heard.told("zigbee2mqtt/bridge/devices", devices, retained=True)
    heard.told("zigbee2mqtt/w", {"temperature": 50})
    assert heard.readings == [("z2m:w", "air_temperature_c", 10.0)]


def test_before_the_list_of_devices_no_unit_is_guessed() -> None:
    heard = Listening({"zigbee2mqtt": {"metrics": METRICS | {"persons": "people"}, "units": {"humidity": "%"}}})
    heard.told("zigbee2mqtt/w", {"temperature": 68})
    assert (heard.items, heard.reader.asks()) == ([], [])
    assert "gaps=1: zigbee2mqtt temperature before its unit was announced 1" in heard.reader.note
    heard.told("zigbee2mqtt/w", {"temperature": 68, "humidity": 40, "persons": 3})
    assert heard.readings == [("z2m:w", "humidity_ratio", 0.4), ("z2m:w", "people", 3.0)]


def test_last_seen_is_the_time() -> None:
    heard = listening(units=UNITS)
    heard.told("zigbee2mqtt/w", {"temperature": 1, "last_seen": NOW_MS - 5000})
    heard.told("zigbee2mqtt/w", {"temperature": 1, "last_seen": "2026-02-27T11:03:19+08:00"})
    heard.told("zigbee2mqtt/w", {"temperature": 1, "last_seen": "yesterday"})
    assert heard.times == [NOW_MS - 5000, NOW_MS - 1000]
    assert [reason for reason, _ in heard.refusals] == ["bad_time"]


def test_old_values_are_not_taken_for_new_ones() -> None:
    heard = listening()
    assert heard.told("zigbee2mqtt/w", {"temperature": 1}, retained=True) == []
    assert "retained=1" in heard.reader.note


def test_presence_of_a_device_and_of_its_bridge() -> None:
    heard = listening()
    heard.told("zigbee2mqtt/nobody/availability", {"state": "offline"})
    assert heard.presence == []
    heard.told("zigbee2mqtt/bridge/devices", DEVICES, retained=True)
    name = heard.devices[0].id
    heard.told("zigbee2mqtt/market square/availability", {"state": "online"})
    heard.told("zigbee2mqtt/market square/availability", "offline", retained=True)
    heard.told("zigbee2mqtt/bridge/state", {"state": "offline"})
    assert heard.presence == [(name, True, True), (name, False, False), (name, False, False)]


def test_two_bridges_of_two_towns_may_call_a_device_the_same() -> None:
    heard = listening(base="bridge/{area}", area=None, units=UNITS)
    heard.told("bridge/02001/w", {"temperature": 1})
    heard.told("bridge/02002/w", {"temperature": 2})
    assert [(d.id, d.area_id) for d in heard.devices] == [("z2m:02001:w", "02001"), ("z2m:02002:w", "02002")]
    assert heard.reader.filters == ("bridge/+/#",)


def test_groups_commands_and_single_values_say_nothing() -> None:
    heard = listening()
    heard.told("zigbee2mqtt/bridge/devices", DEVICES, retained=True)
    for topic in ("group", "lamp/set", "lamp/left/get", "lamp/set/brightness", "bridge/logging", "lamp/brightness"):
        assert heard.told(f"zigbee2mqtt/{topic}", "5") == []


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("w", "{", "malformed"),
        ("w", "[1]", "malformed"),
        ("w", '{"temperature": "warm"}', "not_a_number"),
        ("w", b'{"temperature": "\xff"}', "encoding"),
        ("w/availability", "perhaps", "bad_field"),
        ("bridge/devices", "{}", "malformed"),
        ("bridge/devices", "", "malformed"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    heard = listening(units=UNITS)
    heard.told(f"zigbee2mqtt/{topic}", payload)
    assert [reason for reason, _ in heard.refusals] == [reason]


def test_a_feed_that_takes_up_nobody_lets_the_unknown_wait() -> None:
    heard = listening(register_new=False)
    heard.told("zigbee2mqtt/bridge/devices", DEVICES, retained=True)
    assert heard.items == []
    heard.told("zigbee2mqtt/market square", {"temperature": 1})
    assert [device.state for device in heard.devices] == [DeviceState.WAITING]
    assert len(heard.readings) == 1


@pytest.mark.real_data
def test_every_recorded_message_is_read_counted_or_refused_by_name() -> None:
    heard = listening(
        metrics={"brightness": "light_power_w", "state": "battery_ratio"}, units={"brightness": "W", "state": "ratio"}
    )
    recorded = list(messages("zigbee2mqtt/state_from_tests.jsonl"))
    for topic, payload in recorded:
        heard.told(topic, payload)
    assert len(recorded) == 344
    assert Counter(heard.refusals) == {("not_a_number", "state: a text of 4 characters where a number belongs"): 3}
    assert Counter(metric for _, metric, _ in heard.readings) == {"battery_ratio": 45, "light_power_w": 23}
