"""Where no further device is remembered, what is new of a known one is taken all the same."""

from typing import Any

import pytest

from tests.feeds.payloads.conventions import test_chirpstack as lora
from tests.feeds.payloads.conventions import test_shelly as shelly
from tests.feeds.payloads.conventions import test_tasmota as tasmota
from tests.feeds.payloads.conventions import test_ttn as ttn


@pytest.fixture(autouse=True)
def room_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for convention in ("chirpstack", "shelly", "tasmota", "ttn"):
        monkeypatch.setattr(f"feeds.payloads.conventions.{convention}._MOST_DEVICES", 1)


def place(lon: float) -> dict[str, Any]:
    return {"longitude": lon, "latitude": 22.3}


def test_chirpstack_renews_the_place_of_a_device() -> None:
    heard = lora.listening(area=None)
    other = "0202020202020202"
    for eui, lon in ((lora.EUI, 113.3), (other, 113.1), (lora.EUI, 113.5)):
        told = {"deviceInfo": {"devEui": eui}, "location": place(lon)}
        heard.told(f"application/app-1/device/{eui}/event/location", told)
    heard.told(lora.UP, lora.UPLINK)
    heard.told(lora.UP.replace(lora.EUI, other), lora.UPLINK | {"deviceInfo": {"devEui": other}})
    assert [(device.lon, device.area_id) for device in heard.devices] == [(113.5, "0200302"), (None, "")]


def test_ttn_renews_the_place_of_a_device() -> None:
    heard = ttn.listening(area=None)
    for device, lon in (("dev1", 113.3), ("dev2", 113.1), ("dev1", 113.5)):
        told = {"end_device_ids": {"device_id": device}, "location_solved": {"location": place(lon)}}
        heard.told(f"v3/app1@ttn/devices/{device}/location/solved", told)
    heard.told(ttn.UP, ttn.uplink("locations"))
    heard.told(ttn.UP.replace("dev1", "dev2"), ttn.uplink("locations") | {"end_device_ids": {"device_id": "dev2"}})
    assert [(device.lon, device.area_id) for device in heard.devices] == [(113.5, "0200302"), (None, "")]


def test_tasmota_renews_the_name_of_a_device() -> None:
    heard = tasmota.listening()
    for mac, topic, name in (("AA", "north", "North"), ("BB", "south", "South"), ("AA", "north", "Gate")):
        config = tasmota.CONFIG | {"t": topic, "dn": name}
        heard.told(f"tasmota/discovery/{mac}/config", config, retained=True)
    for topic in ("north", "south"):
        heard.told(f"tele/{topic}/SENSOR", {"AM2301": {"Temperature": 21.5}, "TempUnit": "C"})
    assert [device.name for device in heard.devices] == ["Gate", "south"]


def test_shelly_still_knows_whose_status_doubles_what_was_notified() -> None:
    heard = shelly.listening()
    for device in ("shelly1", "shelly2", "shelly1"):
        heard.told(f"{device}/events/rpc", shelly.notice(**{"temperature:0": {"tC": 2}}))
        heard.told(f"{device}/status/temperature:0", {"id": 0, "tC": 2})
    assert [device for device, *_ in heard.readings] == ["shelly:1", "shelly:2", "shelly:2", "shelly:1"]
