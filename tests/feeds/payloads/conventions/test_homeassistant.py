"""Home Assistant discovery: sensors announce where and how they publish; nothing else is believed of them."""

from collections import Counter
from typing import Any

import pytest

from tests.feeds.payloads.conventions.listening import Listening, messages

METRICS = {"temperature": "air_temperature_c", "humidity": "humidity_ratio"}
TEMPERATURE = {
    "device_class": "temperature",
    "unit_of_measurement": "°F",
    "state_topic": "house/weather",
    "value_template": '{{ value_json["temp"] }}',
    "device": {"name": "Roof", "identifiers": ["whatever"], "model": "M1"},
}


def listening(**more: Any) -> Listening:
    return Listening({"homeassistant": {"metrics": METRICS, **more}})


def announced(heard: Listening, name: str = "roof/temp", component: str = "sensor", **more: Any) -> None:
    heard.told(f"homeassistant/{component}/{name}/config", TEMPERATURE | more, retained=True)


def test_a_device_appears_by_itself_and_its_topic_is_listened_to() -> None:
    heard = listening()
    announced(heard)
    (device,) = heard.devices
    assert (device.id, device.name, device.interval_s) == ("ha:roof", "Roof", 600)
    assert heard.reader.new_topics() == ["house/weather"]
    assert heard.reader.new_topics() == [], "each is told once"
    heard.told("house/weather", {"temp": 50})
    assert heard.readings == [("ha:roof", "air_temperature_c", 10.0)]


def test_what_can_mean_one_thing_only_needs_no_word_of_the_city() -> None:
    heard = Listening({"homeassistant": {}})
    heard.told(
        "homeassistant/sensor/dust/config", {"dev_cla": "pm25", "unit_of_meas": "µg/m³", "~": "x", "stat_t": "~/pm"}
    )
    announced(heard)
    heard.told("x/pm", "35.5")
    assert heard.readings == [("ha:dust", "air_pm25_ugm3", 35.5)]
    assert [device.id for device in heard.devices] == ["ha:dust"], "of the other there is nothing to show"


def test_a_device_with_many_components() -> None:
    heard = listening()
    config = {
        "dev": {"name": "Two"},
        "o": {"name": "x"},
        "stat_t": "two/state",
        "cmps": {
            "a": {"p": "sensor", "dev_cla": "temperature", "unit_of_meas": "°C", "val_tpl": "{{ value_json.t }}"},
            "b": {"p": "sensor", "dev_cla": "humidity", "unit_of_meas": "%", "val_tpl": "{{ value_json.h|float }}"},
            "c": {"p": "switch", "cmd_t": "two/set"},
        },
    }
    heard.told("homeassistant/device/two/config", config, retained=True)
    heard.told("two/state", {"t": 20, "h": "45"})
    assert heard.readings == [("ha:two", "air_temperature_c", 20.0), ("ha:two", "humidity_ratio", 0.45)]


def test_expire_after_is_how_long_a_device_may_be_silent() -> None:
    heard = listening()
    announced(heard, expire_after=900)
    assert heard.devices[0].interval_s == 300


def test_a_binary_sensor_is_one_or_nothing() -> None:
    heard = Listening({"homeassistant": {"metrics": {"power": "battery_ratio"}}})
    config = {"device_class": "power", "state_topic": "p/state", "payload_on": "1!", "payload_off": "0!"}
    heard.told("homeassistant/binary_sensor/p/config", config, retained=True)
    for said in ("1!", "0!", "unknown"):
        heard.told("p/state", said)
    assert [value for _, _, value in heard.readings] == [1.0, 0.0]


def test_presence_by_one_topic_and_by_several() -> None:
    heard = listening()
    announced(heard, availability_topic="roof/lwt", payload_available="up", payload_not_available="down")
    heard.told("house/weather", {"temp": 50})
    heard.told("roof/lwt", "down")
    heard.told("roof/lwt", "up", retained=True)
    heard.told("roof/lwt", "sideways")
    assert heard.presence == [("ha:roof", False, True), ("ha:roof", True, False)]
    listed = [{"topic": "bridge", "value_template": "{{ value_json.state }}"}, {"t": "roof/own"}]
    announced(heard, availability=listed, availability_mode="all")
    heard.items.clear()
    heard.told("bridge", {"state": "online"})
    heard.told("roof/own", "offline")
    heard.told("bridge", {"state": "online"})
    assert [online for _, online, _ in heard.presence] == [True, False, False]


def test_a_bridge_that_speaks_for_many_is_no_sign_of_life_of_each() -> None:
    heard = listening()
    for name in ("one/t", "two/t"):
        announced(heard, name, availability=[{"topic": "bridge"}])
    heard.told("bridge", "online")
    assert heard.presence == [("ha:one", True, False), ("ha:two", True, False)]


def test_what_is_taken_back_is_heard_no_more() -> None:
    heard = listening()
    announced(heard)
    heard.told("homeassistant/sensor/roof/temp/config", "", retained=True)
    heard.told("house/weather", {"temp": 50})
    assert heard.readings == []


def test_who_speaks_is_said_by_the_topic_of_the_announcement() -> None:
    heard = listening()
    announced(heard, "mine/temp", device={"identifiers": ["roof"], "name": "Roof"})
    heard.told("house/weather", {"temp": 50})
    assert heard.readings == [("ha:mine", "air_temperature_c", 10.0)]


@pytest.mark.parametrize("topic", ["#", "house/+", "$SYS/broker", "", 5, "x" * 500])
def test_an_announcement_cannot_make_us_listen_to_everything(topic: Any) -> None:
    heard = listening()
    announced(heard, state_topic=topic)
    assert heard.reader.new_topics() == []
    assert [reason for reason, _ in heard.refusals] == ["bad_field"]


def test_the_citys_own_mapping_is_read_first_whoever_announces_its_topic() -> None:
    own: list[dict[str, Any]] = [{"pattern": "own/{device}", "metrics": [{"metric": "air_temperature_c", "path": "t"}]}]
    own[0]["device"] = {"register_new": True, "kind": "air", "area": "0200101"}
    heard = Listening({"homeassistant": {"metrics": METRICS}}, topics=own)
    announced(heard, state_topic="own/w", unit_of_measurement="°C", value_template="{{ value_json.t }}")
    heard.told("own/w", {"t": 1})
    assert heard.readings == [("w", "air_temperature_c", 1.0), ("ha:roof", "air_temperature_c", 1.0)]
    heard.told("elsewhere", {"t": 1})
    assert [reason for reason, _ in heard.refusals] == ["topic"]


def test_a_template_that_asks_for_more_is_counted() -> None:
    heard = listening()
    announced(heard, value_template="{% for x in value_json %}{{ x }}{% endfor %}")
    assert heard.items == []
    assert "gaps=1: homeassistant template not understood" in heard.reader.note


@pytest.mark.real_data
def test_every_recorded_announcement_is_taken() -> None:
    heard = listening()
    recorded = list(messages("homeassistant_z2m/discovery.jsonl"))
    for topic, payload in recorded:
        if topic.startswith("homeassistant/"):
            heard.told(topic, payload, retained=True)
    heard.told("zigbee2mqtt/weather_sensor", {"temperature": 21, "humidity": 40})
    heard.told("zigbee2mqtt/weather_sensor_renamed", {"temperature": 22, "humidity": 41})
    heard.told("zigbee2mqtt/bridge/state", {"state": "offline"})
    assert len(recorded) == 22
    assert Counter(reason for reason, _ in heard.refusals) == {}
    device = "ha:0x0017880104e45522"
    assert heard.readings == [(device, "humidity_ratio", 0.4), (device, "air_temperature_c", 22.0)]
    assert heard.presence == [(device, False, False)]
