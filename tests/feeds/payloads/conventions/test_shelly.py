"""Shelly of both generations."""

from typing import Any

import pytest

from tests.feeds.desk import NOW_MS
from tests.feeds.payloads.conventions.listening import NOW_S, Listening, messages

METRICS = {"temperature": "air_temperature_c", "humidity": "humidity_ratio", "power": "light_power_w"}


def listening(**more: Any) -> Listening:
    return Listening({"shelly": {"metrics": METRICS, **more}})


def notice(**params: Any) -> dict[str, Any]:
    return {"src": "shellyplusht-1", "dst": "x", "method": "NotifyStatus", "params": {"ts": NOW_S - 5.5, **params}}


def test_the_first_generation_says_one_value_a_topic() -> None:
    heard = listening()
    for rest, payload in (("sensor/temperature", "21.5"), ("sensor/humidity", "48"), ("relay/0/power", "60.2")):
        heard.told(f"shellies/shellyht-1/{rest}", payload)
    heard.told("shellies/shellyht-1/temperature", "55")  # of its chip
    heard.told("shellies/shellyht-1/announce", {"id": "x"})
    heard.told("shellies/announce", {"id": "x"})
    assert heard.readings == [
        ("shelly:shellyht-1", "air_temperature_c", 21.5),
        ("shelly:shellyht-1", "humidity_ratio", 0.48),
        ("shelly:shellyht-1", "light_power_w", 60.2),
    ]
    assert heard.refusals == []


def test_degrees_are_those_the_first_generation_is_set_to() -> None:
    heard = listening(fahrenheit=True)
    heard.told("shellies/a/sensor/temperature", "50")
    assert heard.readings == [("shelly:a", "air_temperature_c", 10.0)]


def test_the_second_generation_notifies_with_its_time() -> None:
    heard = listening()
    params = {
        "temperature:0": {"id": 0, "tC": 20.1, "tF": 68.2},
        "switch:0": {"apower": 8.1, "temperature": {"tC": 60}},
    }
    heard.told("shellyplusht-1/events/rpc", notice(**params))
    assert heard.readings == [("shelly:plusht-1", "air_temperature_c", 20.1), ("shelly:plusht-1", "light_power_w", 8.1)]
    assert heard.times == [NOW_MS - 5500 - NOW_MS % 1000] * 2
    assert "switch:0.temperature.tC 1" in heard.reader.note, "of a chip"


def test_what_was_notified_is_not_taken_again_from_the_status() -> None:
    heard = listening()
    heard.told("shelly1/status/temperature:0", {"id": 0, "tC": 1})
    heard.told("shelly1/events/rpc", notice(**{"temperature:0": {"tC": 2}}))
    heard.told("shelly1/status/temperature:0", {"id": 0, "tC": 2})
    assert [value for _, _, value in heard.readings] == [1.0, 2.0]


def test_events_and_answers_are_no_readings() -> None:
    heard = listening()
    heard.told("shelly1/events/rpc", notice() | {"method": "NotifyEvent"})
    heard.told("shelly1/events/rpc", {"id": 1, "result": {}})
    assert heard.items == []


def test_the_last_will_says_who_is_gone() -> None:
    heard = listening()
    heard.told("shellies/a/sensor/temperature", "5")
    heard.told("shelly1/status/temperature:0", {"tC": 1})
    heard.told("shellies/a/online", "false", retained=True)
    heard.told("shelly1/online", "true")
    assert heard.presence == [("shelly:a", False, False), ("shelly:1", True, True)]


def test_topics_of_others_that_look_alike_are_left_alone() -> None:
    heard = listening()
    for topic in ("door/online", "door/status/lock", "door/events/rpc"):
        assert heard.told(topic, "true") == []


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("shelly1/online", "perhaps", "bad_field"),
        ("shelly1/events/rpc", "{", "malformed"),
        ("shelly1/events/rpc", '{"method": "NotifyStatus"}', "missing_field"),
        ("shelly1/events/rpc", '{"method": "NotifyStatus", "params": {"ts": 1e300}}', "bad_time"),
        ("shellies/a/sensor/temperature", b"\xff", "encoding"),
        ("shellies/a/sensor/temperature", "warm", "not_a_number"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    heard = listening()
    heard.told(topic, payload)
    assert [reason for reason, _ in heard.refusals] == [reason]


@pytest.mark.real_data
def test_the_recorded_status_of_a_sensor() -> None:
    heard = listening(gen2="{device}")
    for topic, payload in messages("shelly/plus_ht_status.jsonl"):
        heard.told(topic, payload)
    device = "shelly:shellyht-000000000000"
    assert heard.readings == [(device, "humidity_ratio", 0.57), (device, "air_temperature_c", 20.1)]
    assert heard.refusals == []
