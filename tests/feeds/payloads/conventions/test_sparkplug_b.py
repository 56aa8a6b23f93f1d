"""Sparkplug B: births, aliases, numbers in turn, and deaths."""

import json
from typing import Any

import pytest

from feeds.payloads.sparkplug_message import Payload
from tests.feeds.desk import NOW_MS
from tests.feeds.payloads.conventions.listening import Listening, documents

NUMBERS = {"Int8": 1, "Int16": 2, "Int32": 3, "Int64": 4, "UInt64": 8, "Float": 9, "Double": 10}
TYPES = {**NUMBERS, "Boolean": 11, "String": 12}
METRICS = {"temperature": "air_temperature_c", "Supply Voltage": "light_power_w", "Inputs/A": "battery_ratio"}


def payload(*metrics: dict[str, Any], seq: int | None = None, at_ms: int = NOW_MS) -> bytes:
    """A payload as devices send it. Of a metric: name, alias, dataType, value (None: null), timestamp, unit."""
    made = Payload()
    made.timestamp = at_ms
    if seq is not None:
        made.seq = seq
    for said in metrics:
        metric = made.metrics.add()
        kind = said.get("dataType", "Double")
        for key in ("name", "alias", "timestamp"):
            if key in said:
                setattr(metric, key, said[key])
        if not said.get("bare"):
            metric.datatype = TYPES[kind]
        value = said.get("value")
        if value is None:
            metric.is_null = True
        elif kind in ("Int8", "Int16", "Int32"):
            metric.int_value = value & 0xFFFFFFFF
        elif kind in ("Int64", "UInt64"):
            metric.long_value = value & 0xFFFFFFFFFFFFFFFF
        else:
            field = {"Float": "float_value", "Double": "double_value", "Boolean": "boolean_value"}.get(kind)
            setattr(metric, field or "string_value", value)
        if "unit" in said:
            metric.properties.keys.append("engUnit")
            metric.properties.values.add(type=12, string_value=said["unit"])
    return bytes(made.SerializeToString())


def listening(**more: Any) -> Listening:
    return Listening({"sparkplug_b": {"metrics": METRICS, **more}})


def topic(kind: str, device: str = "") -> str:
    return f"spBv1.0/plant/{kind}/node" + (f"/{device}" if device else "")


BD_SEQ = {"name": "bdSeq", "dataType": "Int64", "value": 3}
TEMPERATURE = {"name": "air/temperature", "alias": 7, "value": 50.0, "unit": "°F"}


def born(heard: Listening) -> Listening:
    heard.told(
        topic("NBIRTH"), payload(BD_SEQ, {"name": "Node Control/Rebirth", "dataType": "Boolean", "value": False}, seq=0)
    )
    heard.told(topic("DBIRTH", "d"), payload(TEMPERATURE, seq=1))
    return heard


def test_a_birth_names_what_data_only_number() -> None:
    heard = born(listening())
    heard.told(topic("DDATA", "d"), payload({"alias": 7, "value": 68.0, "bare": True, "timestamp": NOW_MS - 5}, seq=2))
    device = "spb:plant:node:d"
    assert heard.readings == [(device, "air_temperature_c", 10.0), (device, "air_temperature_c", 20.0)]
    assert heard.times == [NOW_MS, NOW_MS - 5]
    assert [d.id for d in heard.devices] == [device], "the node itself measures nothing"
    assert (heard.reader.note, heard.reader.asks(), heard.refusals) == ("", [], [])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Int8", -5),
        ("Int16", -300),
        ("Int32", -70_000),
        ("Int64", -5_000_000_000),
        ("UInt64", 2**63),
        ("Boolean", True),
    ],
)
def test_numbers_of_every_width(kind: str, value: int) -> None:
    heard = listening(metrics={"x": "light_power_w"})
    heard.told(topic("NBIRTH"), payload({"name": "x", "dataType": kind, "value": value}, seq=0))
    assert heard.readings == [("spb:plant:node", "light_power_w", float(value))]


def test_null_is_measured_but_bad_and_a_text_is_no_number() -> None:
    heard = listening(metrics={"x": "light_power_w", "s": "light_power_w"})
    heard.told(topic("NBIRTH"), payload({"name": "x", "value": None}, seq=0))
    heard.told(topic("NDATA"), payload({"name": "s", "dataType": "String", "value": "warm"}, seq=1))
    heard.told(topic("NDATA"), payload({"name": "x", "value": float("nan")}, seq=2))
    assert heard.readings == [("spb:plant:node", "light_power_w", None)]
    assert [reason for reason, _ in heard.refusals] == ["not_a_number", "not_a_number"]


def test_missing_numbers_are_counted_and_a_new_birth_is_asked_for() -> None:
    heard = born(listening())
    heard.told(topic("DDATA", "d"), payload({"alias": 7, "value": 68.0}, seq=4))
    heard.told(topic("DDATA", "d"), payload({"alias": 7, "value": 69.8}, seq=6), at_ms=NOW_MS + 1000)
    assert len(heard.readings) == 3, "what came is taken"
    assert "gaps=2: sparkplug_b numbers missing in seq 2" in heard.reader.note
    ((asked, wish),) = heard.reader.asks()
    assert asked == "spBv1.0/plant/NCMD/node", "asked once a minute at most"
    (metric,) = Payload.FromString(wish).metrics
    assert (metric.name, metric.boolean_value) == ("Node Control/Rebirth", True)


def test_seq_goes_round() -> None:
    heard = listening()
    heard.told(topic("NBIRTH"), payload(BD_SEQ, seq=0))
    for seq in (*range(1, 256), 0, 1):
        heard.told(topic("NDATA"), payload({"name": "temperature", "value": 1.0}, seq=seq))
    assert "gaps=0" in heard.reader.note or heard.reader.note == ""
    assert len(heard.readings) == 257


def test_before_a_birth_no_unit_is_guessed() -> None:
    heard = listening()
    heard.told(topic("DDATA", "d"), payload({"name": "air/temperature", "value": 68.0}, seq=9))
    assert heard.items == []
    assert "sparkplug_b air/temperature before its unit was announced 1" in heard.reader.note
    assert len(heard.reader.asks()) == 1
    born(heard)
    heard.told(topic("DDATA", "d"), payload({"name": "air/temperature", "value": 68.0}, seq=2))
    heard.told(topic("DDATA", "late"), payload({"name": "air/temperature", "value": 68.0}, seq=3))
    assert [value for _, _, value in heard.readings] == [10.0, 20.0], "and of a device that was not born, nothing"


def test_data_before_a_birth_is_a_gap_and_names_with_a_unit_of_the_stanza_still_count() -> None:
    heard = listening(units={"temperature": "℃"})
    heard.told(topic("NDATA"), payload({"alias": 7, "value": 1.0}, {"name": "temperature", "value": 2.0}, seq=9))
    assert [value for _, _, value in heard.readings] == [2.0]
    assert "data before a birth 1" in heard.reader.note
    assert "metrics without a name that a birth gave 1" in heard.reader.note
    assert len(heard.reader.asks()) == 1
    quiet = listening(rebirth=False)
    quiet.told(topic("NDATA"), payload({"alias": 7, "value": 1.0}, seq=9))
    assert quiet.reader.asks() == []


def test_the_death_of_a_node_is_that_of_its_devices() -> None:
    heard = born(listening())
    heard.items.clear()
    heard.told(topic("NDEATH"), payload(BD_SEQ | {"value": 2}))
    assert heard.presence == [], "of an earlier session"
    heard.told(topic("NDEATH"), payload(BD_SEQ))
    assert heard.presence == [("spb:plant:node:d", False, True)]
    heard.told(topic("DDATA", "d"), payload({"alias": 7, "value": 1.0}, seq=2))
    assert "data before a birth" in heard.reader.note


def test_the_death_of_a_device() -> None:
    heard = born(listening())
    heard.items.clear()
    heard.told(topic("DDEATH", "d"), payload(seq=2))
    heard.told(topic("DBIRTH", "d"), payload(TEMPERATURE, seq=3))
    assert heard.presence == [("spb:plant:node:d", False, True), ("spb:plant:node:d", True, True)]
    assert heard.reader.asks() == []


@pytest.mark.parametrize("bad", [b"\xff\xff\xff", b'{"metrics": []}', b"\x0a"])
def test_what_is_no_payload_is_refused(bad: bytes) -> None:
    heard = listening()
    heard.told(topic("NDATA"), bad)
    assert [reason for reason, _ in heard.refusals] == ["malformed"]


def test_a_time_that_is_none_is_refused() -> None:
    heard = listening()
    heard.told(topic("NBIRTH"), payload({"name": "temperature", "value": 1.0}, seq=0, at_ms=2**60))
    assert [reason for reason, _ in heard.refusals] == ["bad_time"]


def test_commands_and_states_of_hosts_are_not_listened_to() -> None:
    heard = listening()
    assert all(kind not in wanted for wanted in heard.reader.filters for kind in ("NCMD", "DCMD", "STATE"))


@pytest.mark.real_data
def test_the_documented_session() -> None:
    heard = listening()
    for name, body in documents("mqtt/sparkplug_b").items():
        row: dict[str, Any] = json.loads(body) if name.endswith(".json") else {"topic": None}
        if row["topic"] and "CMD" not in row["topic"]:
            said = row["payload"]
            heard.told(row["topic"], payload(*said.get("metrics", []), seq=said.get("seq"), at_ms=said["timestamp"]))
    assert all(found.startswith("spb:Sparkplug-B-Devices-") for found, _, _ in heard.readings)
    assert [(metric, value) for _, metric, value in heard.readings] == [
        ("light_power_w", pytest.approx(12.1, abs=1e-5)),
        ("battery_ratio", 0.0),
        ("light_power_w", pytest.approx(12.3, abs=1e-5)),
        ("battery_ratio", 1.0),
    ]
    assert set(heard.times) == {1_486_144_502_122}
    assert [online for _, online, _ in heard.presence] == [True, True, False, False, False]
    assert heard.refusals == []
    assert "numbers missing in seq 1" in heard.reader.note, "the specification's own examples leave one out"
