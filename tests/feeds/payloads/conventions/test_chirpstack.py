"""ChirpStack v4: uplinks with what a codec made of them."""

import json
from typing import Any

import pytest

from tests.feeds.desk import NOW_MS
from tests.feeds.payloads.conventions.listening import Listening, documents

EUI = "0101010101010101"
UP = f"application/app-1/device/{EUI}/event/up"
METRICS = {"temperature": "air_temperature_c", "humidity": "humidity_ratio", "batteryLevel": "battery_ratio"}
UPLINK: dict[str, Any] = {
    "time": "2026-02-27T03:03:15.775023242+00:00",
    "deviceInfo": {"deviceName": "Well 7", "deviceProfileName": "P", "devEui": EUI},
    "object": {"temperature": 21.5, "sensors": {"humidity": 48}, "ok": True},
    "rxInfo": [{"gatewayId": "g", "gwTime": "2026-02-27T03:03:10Z"}],
}


def listening(**more: Any) -> Listening:
    return Listening({"chirpstack": {"metrics": METRICS, "units": {"humidity": "%"}, **more}})


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in UPLINK.items() if key not in keys}


def test_an_uplink_becomes_readings_at_its_time() -> None:
    heard = listening()
    heard.told(UP, UPLINK)
    device = f"lora:{EUI}"
    assert heard.readings == [(device, "air_temperature_c", 21.5), (device, "humidity_ratio", 0.48)]
    assert heard.times == [NOW_MS - NOW_MS % 1000 - 4225] * 2
    assert [(d.name, d.interval_s) for d in heard.devices] == [("Well 7", 3600)]
    assert "chirpstack ok 1" in heard.reader.note


def test_without_a_time_of_its_own_that_of_a_gateway_counts() -> None:
    heard = listening()
    heard.told(UP, without("time"))
    heard.told(UP, without("time") | {"rxInfo": [{}, {"time": "2026-02-27T03:03:11Z"}]})
    heard.told(UP, without("time", "rxInfo"))
    assert [ms - NOW_MS for ms in heard.times] == [-10_000, -10_000, -9000, -9000]
    assert [reason for reason, _ in heard.refusals] == ["missing_field"]


def test_an_announced_place_is_that_of_the_device_not_of_a_gateway() -> None:
    heard = listening(area=None)
    location = {"deviceInfo": UPLINK["deviceInfo"], "location": {"latitude": 22.3, "longitude": 113.3}}
    heard.told(UP.replace("/up", "/location"), location)
    heard.told(UP, UPLINK | {"rxInfo": [{"location": {"latitude": 1, "longitude": 1}}]})
    assert [(d.lon, d.lat, d.area_id) for d in heard.devices] == [(113.3, 22.3, "0200202")]


def test_the_state_of_the_battery() -> None:
    heard = listening()
    heard.told(UP.replace("/up", "/status"), without("object") | {"margin": 10, "batteryLevel": 88.3})
    assert heard.readings == [(f"lora:{EUI}", "battery_ratio", 0.883)]


def test_bytes_without_a_codec_are_a_gap() -> None:
    heard = listening()
    heard.told(UP, without("object") | {"data": "qg=="})
    assert heard.items == []
    assert "gaps=1: chirpstack uplink without object" in heard.reader.note


def test_a_device_speaks_for_itself_only() -> None:
    heard = listening()
    heard.told(UP.replace(EUI, "0202020202020202"), UPLINK)
    assert [reason for reason, _ in heard.refusals] == ["topic"]


def test_what_cannot_be_read_is_refused_with_its_reason() -> None:
    heard = listening()
    heard.told(UP, UPLINK | {"time": "noon"})
    heard.told(UP, "{")
    heard.told(UP, UPLINK | {"object": {"temperature": "warm"}})
    assert [reason for reason, _ in heard.refusals] == ["bad_time", "malformed", "not_a_number"]


@pytest.mark.real_data
def test_every_documented_event_is_read_counted_or_says_nothing() -> None:
    heard = listening()
    events = documents("mqtt/chirpstack_v4")
    for name, payload in events.items():
        eui = json.loads(payload)["deviceInfo"]["devEui"]
        event = name.split("__")[1].split("_")[0]
        heard.told(f"application/app/device/{eui}/event/{event}", payload)
    assert len(events) == 8
    assert heard.refusals == []
    assert heard.readings == [(f"lora:{EUI}", "battery_ratio", 0.883)]
    assert "gaps=1: chirpstack uplink without object" in heard.reader.note
