"""Tasmota: telemetry, last wills, and what devices announce."""

from collections import Counter
from typing import Any

import pytest

from tests.feeds.desk import NOW_MS
from tests.feeds.payloads.conventions.listening import NOW_S, Listening, messages

METRICS = {"Temperature": "air_temperature_c", "ENERGY.Power": "light_power_w", "Humidity": "humidity_ratio"}
TIME = "2026-02-27T11:03:00"
CONFIG = {"dn": "Square", "md": "Generic", "t": "square", "ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"]}


def listening(**more: Any) -> Listening:
    return Listening({"tasmota": {"metrics": METRICS, **more}})


def test_telemetry_becomes_readings_in_the_unit_it_names() -> None:
    heard = listening()
    heard.told("tele/a/SENSOR", {"Time": TIME, "DS18B20": {"Id": "03", "Temperature": 50.0}, "TempUnit": "F"})
    heard.told("tele/a/SENSOR", {"Time": TIME, "ENERGY": {"Power": 2635, "Total": 6.2}, "SHT3X": {"Humidity": 40}})
    assert heard.readings == [
        ("tasmota:a", "air_temperature_c", 10.0),
        ("tasmota:a", "light_power_w", 2635.0),
        ("tasmota:a", "humidity_ratio", 0.4),
    ]
    assert heard.times == [NOW_MS - 20_000] * 3
    assert [device.id for device in heard.devices] == ["tasmota:a"]


def test_fine_dust_needs_no_word_of_the_city() -> None:
    heard = Listening({"tasmota": {}})
    heard.told("tele/a/SENSOR", {"Time": TIME, "PMS5003": {"CF1": 1, "PM2.5": 35, "PM10": 51}})
    assert heard.readings == [("tasmota:a", "air_pm25_ugm3", 35.0), ("tasmota:a", "air_pm10_ugm3", 51.0)]


def test_times_are_those_of_the_zone_the_devices_are_set_to() -> None:
    heard = listening(zone="UTC")
    heard.told("tele/a/SENSOR", {"Time": "2026-02-27T03:03:00", "X": {"Temperature": 1}})
    heard.told("tele/a/STATE", {"Time": "nonsense", "Epoch": NOW_S, "X": {"Temperature": 1}})
    heard.told("tele/a/SENSOR", {"X": {"Temperature": 1}})
    heard.told("tele/a/SENSOR", {"Time": "nonsense", "X": {"Temperature": 1}})
    assert heard.times == [NOW_MS - 20_000, NOW_S * 1000, NOW_MS]
    assert [reason for reason, _ in heard.refusals] == ["bad_time"]


def test_two_sensors_of_a_device_are_told_apart_by_their_whole_names() -> None:
    payload = {"Time": TIME, "DS18B20-1": {"Temperature": 1}, "DS18B20-2": {"Temperature": 2}}
    heard = listening()
    heard.told("tele/a/SENSOR", payload)
    assert [value for _, _, value in heard.readings] == [1.0]
    assert heard.refusals[0][1].startswith("two properties stand for air_temperature_c: map DS18B20-2.Temperature")
    apart = Listening({"tasmota": {"metrics": {"DS18B20-2.Temperature": "air_temperature_c"}}})
    apart.told("tele/a/SENSOR", payload)
    assert (apart.readings, apart.refusals) == ([("tasmota:a", "air_temperature_c", 2.0)], [])


def test_the_last_will_says_who_is_gone() -> None:
    heard = listening()
    heard.told("tele/a/SENSOR", {"Time": TIME, "X": {"Temperature": 1}})
    heard.told("tele/a/LWT", "Offline")
    heard.told("tele/a/LWT", "Online", retained=True)
    heard.told("tele/a/LWT", "maybe")
    assert heard.presence == [("tasmota:a", False, True), ("tasmota:a", True, False)]
    assert [reason for reason, _ in heard.refusals] == ["bad_field"]


def test_devices_announce_themselves_wherever_their_topics_are() -> None:
    heard = listening()
    config = CONFIG | {"t": "north", "ft": "works/%topic%/%prefix%/", "dn": "North"}
    heard.told("tasmota/discovery/AABB/config", config, retained=True)
    assert heard.reader.new_topics() == [f"works/north/tele/{end}" for end in ("SENSOR", "STATE", "LWT")]
    heard.told("tasmota/discovery/AABB/sensors", {"sn": {"X": {"Temperature": 1}}}, retained=True)
    heard.told("works/north/tele/SENSOR", {"Time": TIME, "X": {"Temperature": 2}})
    (device,) = heard.devices
    assert device.name == "North"
    assert heard.readings == [(device.id, "air_temperature_c", 2.0)]
    heard.told("tasmota/discovery/CCDD/config", CONFIG, retained=True)
    assert heard.reader.new_topics() == []


@pytest.mark.parametrize("full", ["+/%topic%/%prefix%", "#", "$SYS/%topic%", "x" * 500])
def test_an_announcement_cannot_make_us_listen_to_everything(full: str) -> None:
    heard = listening()
    heard.told("tasmota/discovery/AABB/config", CONFIG | {"ft": full}, retained=True)
    assert heard.reader.new_topics() == []
    assert [reason for reason, _ in heard.refusals] == ["bad_field"]


def test_whom_a_bridge_speaks_for_is_not_believed() -> None:
    heard = listening()
    heard.told("tele/bridge/SENSOR", {"ZbReceived": {"0x1234": {"Temperature": 20}}})
    assert heard.items == []
    assert "tasmota ZbReceived 1" in heard.reader.note


@pytest.mark.real_data
def test_every_recorded_message_is_read_counted_or_refused_by_name() -> None:
    heard = listening()
    recorded = [(topic, payload) for topic, payload in messages("tasmota/messages.jsonl")]
    taken = [row for row in recorded if heard.reader._conventions[0].parser.takes(row[0])]
    for topic, payload in taken:
        heard.told(topic, payload)
    assert (len(recorded), len(taken)) == (121, 30)
    assert Counter(reason for reason, _ in heard.refusals) == {}
    assert heard.readings == [
        ("tasmota:tasmota", "air_temperature_c", 25.0),
        ("tasmota:ds1820", "air_temperature_c", 20.9),
        ("tasmota:pow1", "light_power_w", 2635.0),
    ]
