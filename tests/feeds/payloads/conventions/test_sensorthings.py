"""OGC SensorThings: observations of the datastreams that the stanza names."""

from typing import Any

import pytest

from tests.feeds.desk import NOW_MS
from tests.feeds.payloads.conventions.listening import Listening, documents

OBSERVATIONS = "v1.1/Datastreams(5)/Observations"


def listening(**more: Any) -> Listening:
    return Listening({"sensorthings": {"datastreams": {"5": "air_temperature_c", "'a b'": "humidity_ratio"}, **more}})


def test_an_observation_becomes_a_reading() -> None:
    heard = listening()
    heard.told("v1.1/Datastreams(5)", {"name": "Kitchen", "unitOfMeasurement": {"symbol": "°F"}}, retained=True)
    heard.told(OBSERVATIONS, {"result": 50, "phenomenonTime": "2026-02-27T03:03:10Z", "Datastream": {"@iot.id": 5}})
    assert heard.readings == [("sta:Datastreams:5", "air_temperature_c", 10.0)]
    assert heard.times == [NOW_MS - NOW_MS % 1000 - 10_000]
    assert [device.name for device in heard.devices] == ["Kitchen"]


def test_before_the_datastream_is_told_no_unit_is_guessed() -> None:
    heard = listening()
    heard.told(OBSERVATIONS, {"result": 68})
    assert heard.items == []
    assert "sensorthings air_temperature_c before its unit was announced 1" in heard.reader.note


def test_of_an_interval_the_end_counts_and_without_a_time_receipt() -> None:
    heard = listening(units={"5": "°C"})
    heard.told(OBSERVATIONS, {"result": 1, "phenomenonTime": "2026-02-27T03:00:00Z/2026-02-27T03:03:00Z"})
    heard.told(OBSERVATIONS, {"result": 1, "resultTime": "2026-02-27T03:03:01Z"})
    heard.told(OBSERVATIONS, {"result": None})
    assert [ms - NOW_MS for ms in heard.times] == [-20_000, -19_000, 0]
    assert heard.readings[-1] == ("sta:Datastreams:5", "air_temperature_c", None)


def test_ids_may_be_texts_and_units_those_of_the_stanza() -> None:
    heard = listening(units={"'a b'": "%"})
    heard.told("v1.1/Datastreams('a b')/Observations", {"result": 45})
    ((device, metric, value),) = heard.readings
    assert (metric, value) == ("humidity_ratio", 0.45)
    assert device.startswith("sta:Datastreams-a-b::")


def test_only_named_datastreams_are_asked_for() -> None:
    assert listening().reader.filters == (
        "v1.1/Datastreams(5)",
        OBSERVATIONS,
        "v1.1/Datastreams('a b')",
        "v1.1/Datastreams('a b')/Observations",
    )


@pytest.mark.parametrize("name", ["5)/#", "a", "'a/b'", "+", ""])
def test_an_id_that_is_none_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="is no id of a datastream"):
        listening(datastreams={name: "air_temperature_c"})


def test_what_cannot_be_read_is_refused_with_its_reason() -> None:
    heard = listening(units={"5": "°C"})
    for payload in ({}, {"result": "warm"}, {"result": 1, "phenomenonTime": "noon"}, "[", "[]"):
        heard.told(OBSERVATIONS, payload)
    heard.told(OBSERVATIONS, {"result": 1, "Datastream": {"@iot.id": 6}})
    reasons = [reason for reason, _ in heard.refusals]
    assert reasons == ["missing_field", "not_a_number", "bad_time", "malformed", "malformed", "topic"]


@pytest.mark.real_data
def test_the_documented_observations() -> None:
    heard = listening(datastreams={"999": "air_temperature_c"})
    recorded = documents("sensorthings")
    heard.told("v1.1/Datastreams(999)", recorded["05_1_CreatingEntities.json"])
    observations = {name: body for name, body in recorded.items() if b'"result"' in body and b"Datastreams" not in body}
    for body in observations.values():
        heard.told("v1.1/Datastreams(999)/Observations", body)
    assert sorted(observations) == ["07_1_CreatingEntities.json", "13_4_ExampleEntities.json"]
    assert [value for _, _, value in heard.readings] == [22.0, 49.0]
    assert heard.times == [NOW_MS, 1_602_411_194_000]
    heard.told("v1.1/Datastreams(999)/Observations", recorded["34_STA-mqtt-expanding.json"])
    assert [reason for reason, _ in heard.refusals] == ["missing_field"]
