"""The mapping of MQTT payloads on recorded messages, and on anything at all."""

import base64
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from brain.feed import KEPT_BYTES, Rejected
from brain.model.crs import Crs, from_wgs84
from brain.model.reading import Device, DeviceState, Reading
from brain.model.reason import Reason
from feeds.iot_mqtt import Settings, make_reader
from feeds.payloads.json_mapping import TopicMapping
from feeds.payloads.json_readings import MAX_EACH, JsonReadings
from feeds.payloads.message import Message
from tests.feeds.desk import NOW_MS, Desk
from tests.small_city import small_city

FOLDER = Path(__file__).parents[2] / "data" / "feeds" / "iot_mqtt"
METRICS = small_city().metrics
KNOWN = Device("known-1", "air", "known", "0200101", None, None, 60, "iot")


def settings() -> Settings:
    return Settings.model_validate_json((FOLDER / "settings.json").read_bytes())


def reader(*known: Device) -> JsonReadings:
    desk = Desk(known={device.id: device for device in known})
    made = make_reader(settings(), desk.context("iot"))
    assert isinstance(made, JsonReadings)
    return made


def recorded(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name / "messages.jsonl").read_text(encoding="utf-8").splitlines()]


def message(row: dict[str, Any]) -> Message:
    if "base64" in row:
        payload = base64.b64decode(row["base64"])
    elif "repeat" in row:
        left, times, right = row["repeat"]
        payload = (left * times + "x" * row.get("filler", 0) + right * times).encode()
    else:
        payload = row["payload"].encode()
    return Message(row["topic"], payload, NOW_MS, row.get("retained", False))


@pytest.mark.parametrize("row", recorded("good"), ids=lambda row: row["topic"])
def test_good_messages_become_readings(row: dict[str, Any]) -> None:
    items = reader(KNOWN).read(message(row))
    found = [(i.device_id, i.metric, i.at_ms, i.value, i.received_ms) for i in items if isinstance(i, Reading)]
    wanted = [(*fixed, None if value is None else pytest.approx(value), NOW_MS) for *fixed, value in row["readings"]]
    assert found == wanted
    assert not [item for item in items if isinstance(item, Rejected)]


@pytest.mark.parametrize("row", recorded("broken"), ids=lambda row: f"{row['reason']} {row['topic']}")
def test_broken_messages_are_refused_with_the_reason(row: dict[str, Any]) -> None:
    sent = message(row)
    items = reader(KNOWN).read(sent)
    assert [(type(item), item.reason) for item in items if isinstance(item, Rejected)] == [(Rejected, row["reason"])]
    assert len(items) == 1
    refused = items[0]
    assert isinstance(refused, Rejected)
    assert refused.place == row["topic"]
    assert refused.payload == sent.payload[:KEPT_BYTES]
    assert 10 < len(refused.detail) < 512


def test_a_new_device_comes_once_and_before_its_reading() -> None:
    read = reader()
    place = dict(zip(("lon", "lat"), from_wgs84(113.05, 22.05, Crs.GCJ02), strict=True))
    sent = {"level_cm": 10, "name": "水位计 1", "place": place, "every": 300}
    first = read.read(Message("city/02001/water/w-1", orjson.dumps(sent), NOW_MS))
    device = first[0]
    assert isinstance(device, Device)
    assert (device.id, device.kind, device.name, device.interval_s) == ("w-1", "water", "水位计 1", 300)
    assert device.area_id == "0200101"  # the village below the town of the topic that holds the place
    assert [device.lon, device.lat] == pytest.approx([113.05, 22.05], abs=1e-6)
    second = read.read(Message("city/02001/water/w-1", orjson.dumps(sent), NOW_MS))
    assert [type(item) for item in second] == [Reading]


@pytest.mark.parametrize(
    ("topic", "payload", "kind"),
    [("meter/stranger/air_temperature_c", b"21.5", ""), ("city/99999/water/w-1", b'{"level_cm": 1}', "water")],
)
def test_a_device_that_cannot_be_taken_up_waits_with_its_readings(topic: str, payload: bytes, kind: str) -> None:
    read = reader()
    for _ in range(2):  # each time: somebody may have admitted it meanwhile, or not
        waiting, measured = read.read(Message(topic, payload, NOW_MS))
        assert isinstance(waiting, Device)
        assert (waiting.state, waiting.kind, waiting.area_id) == (DeviceState.WAITING, kind, "")
        assert isinstance(measured, Reading)
        assert measured.device_id == waiting.id


def test_a_message_without_a_usable_reading_registers_nothing() -> None:
    read = reader()
    assert [type(item) for item in read.read(Message("city/02001/water/w-1", b'{"level_cm": "x"}', NOW_MS))] == [
        Rejected
    ]
    later = read.read(Message("city/02001/water/w-1", b'{"level_cm": 1}', NOW_MS))
    assert [type(item) for item in later] == [Device, Reading]


@pytest.mark.parametrize(
    "place", [{"lon": 0, "lat": 0}, {"lon": 500, "lat": 22}, {"lon": "x", "lat": 22}, {"lon": 113}, None]
)
def test_a_place_that_is_none_is_missing_and_not_in_the_gulf_of_guinea(place: Any) -> None:
    sent = orjson.dumps({"level_cm": 1, "place": place})
    device = reader().read(Message("city/02001/water/w-1", sent, NOW_MS))[0]
    assert isinstance(device, Device)
    assert (device.lon, device.lat, device.area_id) == (None, None, "02001")


def test_one_bad_number_does_not_take_the_others_along() -> None:
    sent = b'{"data": {"values": [{"v": "x"}]}, "temp.f": 32}'
    items = reader(KNOWN).read(Message("city/02001/air/known-1", sent, NOW_MS))
    assert [item.reason for item in items if isinstance(item, Rejected)] == [Reason.NOT_A_NUMBER]
    assert [item.value for item in items if isinstance(item, Reading)] == [pytest.approx(0)]


def test_a_topic_may_name_an_area_above_or_below_the_device() -> None:
    for area in ("020", "02001", "0200101"):
        items = reader(KNOWN).read(Message(f"city/{area}/air/known-1", b'{"temp.f": 32}', NOW_MS))
        assert [type(item) for item in items] == [Reading]


def test_a_flood_of_parts_is_refused() -> None:
    rows = [{"m": "air_pm25_ugm3", "v": 1, "t": NOW_MS}] * (MAX_EACH + 1)
    items = reader().read(Message("gateway/g-1/batch", orjson.dumps({"rows": rows}), NOW_MS))
    assert [item.reason for item in items if isinstance(item, Rejected)] == [Reason.OVERSIZED]


def test_filters_are_what_the_patterns_ask_for() -> None:
    assert reader().filters == ("city/+/+/+", "meter/+/+", "gateway/+/batch", "plain/+")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pattern": "city/{kind}"}, "has no {device}"),
        ({"metrics": []}, "nothing says where the numbers stand"),
        ({"metrics": [], "value": "v"}, "needs the metric's name"),
        ({"device": {"register_new": True}}, "needs a kind"),
        ({"metrics": [{"metric": "water_level_m", "path": "a..b"}]}, "not understood from character"),
        ({"pattern": "city/#/{device}"}, "put it last"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_in_config(change: dict[str, Any], words: str) -> None:
    stanza = {"pattern": "x/{device}", "metrics": [{"metric": "water_level_m", "path": "v"}]} | change
    with pytest.raises(ValidationError, match=words):
        TopicMapping.model_validate(stanza)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ({"metric": "depth", "path": "v"}, "not one of this city"),
        ({"metric": "water_level_m", "path": "v", "unit": "°C"}, "cannot be turned"),
    ],
)
def test_a_mapping_that_does_not_fit_the_city_is_refused(metric: dict[str, Any], words: str) -> None:
    facts = small_city()
    mapping = TopicMapping.model_validate({"pattern": "x/{device}", "metrics": [metric]})
    with pytest.raises(ValueError, match=words):
        JsonReadings(
            [mapping],
            metrics=facts.metrics,
            areas=facts.tree,
            known_device=lambda _: None,
            feed="iot",
            zone=ZoneInfo("UTC"),
        )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "level_cm": json_values,
        "ts": json_values | st.integers(0, 2_000_000_000),
        "id": json_values,
        "name": json_values,
        "place": st.dictionaries(st.sampled_from(["lon", "lat"]), json_values),
        "every": json_values,
        "rows": json_values,
        "values": json_values,
    },
).map(lambda body: json.dumps(body).encode())
topics = st.sampled_from(
    ["city/02001/water/w-1", "city/9/x/w-2", "gateway/g/batch", "plain/p", "meter/known-1/water_level_m"]
) | st.text(max_size=40)


@given(
    st.lists(
        st.tuples(topics, bodies | st.binary(max_size=60) | json_values.map(lambda v: json.dumps(v).encode())),
        max_size=20,
    )
)
def test_every_message_gives_readings_or_a_reason_and_never_an_exception(sent: list[tuple[str, bytes]]) -> None:
    read = reader(KNOWN)
    for topic, payload in sent:
        items = read.read(Message(topic, payload, NOW_MS))
        answers = [item for item in items if isinstance(item, (Reading, Rejected))]
        assert answers
        assert all(item.reason in set(Reason) for item in answers if isinstance(item, Rejected))
        for item in answers:
            if isinstance(item, Reading):
                assert item.metric in METRICS
                assert f"/{item.device_id}" in topic


@given(st.lists(st.sampled_from([b'{"level_cm": 1}', b'{"level_cm": "x"}', b"{", b'{"a": 1}', b"\xff"]), max_size=50))
def test_accepted_and_refused_make_up_what_was_sent(payloads: list[bytes]) -> None:
    read = reader()
    items = [item for payload in payloads for item in read.read(Message("city/02001/water/w-1", payload, NOW_MS))]
    assert sum(isinstance(item, (Reading, Rejected)) for item in items) == len(payloads)
