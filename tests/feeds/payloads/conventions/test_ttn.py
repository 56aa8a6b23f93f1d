"""The Things Stack v3: uplinks with what a payload formatter made of them."""

from typing import Any

import pytest

from brain.model.reading import DeviceState
from tests.feeds.desk import NOW_MS
from tests.feeds.payloads.conventions.listening import Listening, documents

UP = "v3/app1@ttn/devices/dev1/up"
UPLINK: dict[str, Any] = {
    "received_at": "2026-02-27T03:03:19.9Z",
    "end_device_ids": {"device_id": "dev1"},
    "uplink_message": {
        "received_at": "2026-02-27T03:03:15.789585559Z",
        "decoded_payload": {"temperature": 21.5, "luminosity": 0.6},
        "rx_metadata": [{"time": "2026-02-27T03:03:14Z"}],
        "settings": {"time": "2026-02-27T03:03:13Z"},
        "locations": {
            "frm-payload": {"latitude": 22.1, "longitude": 113.1, "source": "SOURCE_GPS"},
            "user": {"latitude": 22.3, "longitude": 113.3, "source": "SOURCE_REGISTRY"},
        },
        "version_ids": {"model_id": "uno"},
    },
}


def listening(**more: Any) -> Listening:
    return Listening({"ttn": {"metrics": {"temperature": "air_temperature_c"}, **more}})


def uplink(*left_out: str, **more: Any) -> dict[str, Any]:
    message = {key: value for key, value in UPLINK["uplink_message"].items() if key not in left_out}
    return UPLINK | {"uplink_message": message | more}


def test_an_uplink_becomes_readings_at_its_time() -> None:
    heard = listening(kinds={"uno": "weather"})
    heard.told(UP, UPLINK)
    assert heard.readings == [("ttn:app1:ttn:dev1", "air_temperature_c", 21.5)]
    assert heard.times == [NOW_MS - NOW_MS % 1000 - 4210]
    assert [device.kind for device in heard.devices] == ["weather"]
    assert "ttn luminosity 1" in heard.reader.note


@pytest.mark.parametrize(
    ("left_out", "second"),
    [
        ((), 15),
        (("received_at",), 13),
        (("received_at", "settings"), 14),
        (("received_at", "settings", "rx_metadata"), 19),
    ],
)
def test_the_best_time_there_is(left_out: tuple[str, ...], second: int) -> None:
    heard = listening()
    heard.told(UP, uplink(*left_out))
    assert [(ms // 1000) % 60 for ms in heard.times] == [second]


@pytest.mark.parametrize(
    ("locations", "place"),
    [
        (UPLINK["uplink_message"]["locations"], (113.1, 22.1)),
        ({"user": UPLINK["uplink_message"]["locations"]["user"]}, (113.3, 22.3)),
        (
            {
                "a": {"latitude": 22.2, "longitude": 113.5, "source": "SOURCE_LORA_TDOA_GEOLOCATION", "accuracy": 900},
                "b": {"latitude": 22.3, "longitude": 113.4, "source": "SOURCE_WIFI_RSSI_GEOLOCATION", "accuracy": 40},
            },
            (113.4, 22.3),
        ),
        ({"user": {"source": "SOURCE_REGISTRY"}}, (None, None)),
        (None, (None, None)),
    ],
)
def test_of_several_places_the_best_counts(locations: Any, place: Any) -> None:
    heard = listening()
    heard.told(UP, uplink(locations=locations))
    assert [(device.lon, device.lat) for device in heard.devices] == [place]


def test_a_place_that_was_worked_out_is_that_of_the_next_uplink_without_one() -> None:
    heard = listening(area=None)
    heard.told(UP, uplink("locations"))
    lon, lat = 113.14, 22.07
    solved = {"location": {"longitude": lon, "latitude": lat, "source": "SOURCE_LORA_RSSI_GEOLOCATION"}}
    told = {"end_device_ids": {"device_id": "dev1"}, "location_solved": solved}
    assert heard.told("v3/app1@ttn/devices/dev1/location/solved", told) == []
    heard.told(UP, uplink("locations"))
    heard.told(UP, UPLINK)
    states = [(device.state, device.lon, device.lat) for device in heard.devices]
    assert states[:2] == [(DeviceState.WAITING, None, None), (DeviceState.ACTIVE, lon, lat)]


def test_what_cannot_be_read_is_refused_with_its_reason() -> None:
    heard = listening()
    heard.told(UP.replace("dev1", "dev2"), UPLINK)
    heard.told(UP, {"end_device_ids": {"device_id": "dev1"}})
    heard.told(UP, uplink(received_at="noon"))
    heard.told(UP, "{")
    heard.told(UP, uplink("decoded_payload"))
    assert [reason for reason, _ in heard.refusals] == ["topic", "missing_field", "bad_time", "malformed"]
    assert "gaps=1: ttn uplink without decoded_payload" in heard.reader.note


@pytest.mark.real_data
def test_the_documented_messages_and_the_invalid_one() -> None:
    heard = listening()
    recorded = documents("mqtt/ttn_v3")
    for name, payload in recorded.items():
        if b"uplink_message" in payload:
            heard.told(UP, payload)
        else:
            heard.told(UP.removesuffix("up") + "down/queued", payload)
        invalid = [reason for reason, _ in heard.refusals]
        assert invalid == (["malformed"] if name >= "02_Uplink_Messages.json" or "INVALID" in name else [])
    assert len(recorded) == 11
    assert heard.readings == [("ttn:app1:ttn:dev1", "air_temperature_c", 1.0)]
    assert "gaps=1: ttn uplink without decoded_payload" in heard.reader.note
