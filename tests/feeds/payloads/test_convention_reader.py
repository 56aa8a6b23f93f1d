"""What holds for every payload convention, found by being a file; and what the reader does for all of them."""

from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brain.feed import Rejected
from brain.model.reading import Availability, Device, DeviceState, Reading
from feeds.iot_mqtt import Settings, make_reader
from feeds.payloads.convention import ConventionSettings, device_id
from feeds.payloads.convention_files import conventions
from feeds.payloads.convention_reader import ConventionReader
from feeds.payloads.json_readings import JsonReadings
from feeds.payloads.message import Message
from feeds.payloads.topics import is_device_id
from tests.feeds.desk import NOW_MS, Desk
from tests.feeds.payloads.conventions.listening import Listening
from tests.guards.source import ROOT
from tests.guards.source import imports as imports_of

NEEDED = {"sensorthings": {"datastreams": {"5": "air_temperature_c"}}}
TOPICS = {
    "chirpstack": ["application/a/device/0101/event/up", "application/a/device/0101/event/status"],
    "homeassistant": ["homeassistant/sensor/a/b/config", "homeassistant/device/a/config", "house/t"],
    "senml": ["senml/a"],
    "sensorthings": ["v1.1/Datastreams(5)/Observations", "v1.1/Datastreams(5)"],
    "shelly": ["shellies/a/sensor/temperature", "shelly1/events/rpc", "shelly1/status/temperature:0", "shelly1/online"],
    "sparkplug_b": ["spBv1.0/g/NBIRTH/n", "spBv1.0/g/DDATA/n/d", "spBv1.0/g/NDEATH/n"],
    "tasmota": ["tele/a/SENSOR", "tele/a/LWT", "tasmota/discovery/AA/config", "tasmota/discovery/AA/sensors"],
    "ttn": ["v3/a@t/devices/d/up", "v3/a@t/devices/d/location/solved"],
    "zigbee2mqtt": [f"zigbee2mqtt/{end}" for end in ("bridge/devices", "a", "a/availability", "bridge/state")],
}
TEMPERATURE = {"metrics": {"t": "air_temperature_c"}, "units": {"t": "°C"}}
# Words that parsers look for, so that chance gets beyond the first of them.
KEYS = [
    "state_topic",
    "value_template",
    "availability",
    "device",
    "t",
    "ft",
    "tp",
    "sn",
    "Time",
    "TempUnit",
    "deviceInfo",
    "devEui",
    "object",
    "rxInfo",
    "time",
    "end_device_ids",
    "device_id",
    "uplink_message",
    "decoded_payload",
    "locations",
    "n",
    "v",
    "bn",
    "bt",
    "result",
    "phenomenonTime",
    "method",
    "params",
    "ts",
    "friendly_name",
    "definition",
    "exposes",
    "features",
    "property",
    "last_seen",
    "temperature",
    "availability_topic",
    "~",
    "components",
    "platform",
]
VALUES = st.sampled_from(["a", "0101", "d", "NotifyStatus", "sensor", "house/t", "{{ value }}", "2026-02-27T03:03:10Z"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers(-(2**63), 2**64 - 1) | VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


def listening(slug: str) -> Listening:
    return Listening({slug: NEEDED.get(slug, {}) | {"metrics": {"temperature": "air_temperature_c"}}})


@pytest.mark.parametrize("slug", sorted(conventions()))
class TestEveryConvention:
    def test_it_has_its_tests(self, slug: str) -> None:
        assert (ROOT / "tests" / "feeds" / "payloads" / "conventions" / f"test_{slug}.py").is_file()
        assert slug in TOPICS, "give the topics that its parser reads"

    def test_its_settings_are_described(self, slug: str) -> None:
        model = conventions()[slug].Settings
        assert issubclass(model, ConventionSettings)
        assert [name for name, key in model.model_fields.items() if not key.description] == []

    def test_it_imports_no_other(self, slug: str) -> None:
        path = ROOT / "feeds" / "payloads" / "conventions" / f"{slug}.py"
        assert [module for _, module in imports_of(path) if module.startswith("feeds.payloads.conventions")] == []

    def test_it_takes_the_topics_it_asks_for(self, slug: str) -> None:
        heard = listening(slug)
        for wanted in heard.reader.filters:
            topic = wanted.replace("+", "a").replace("#", "b")
            heard.told(topic, "{}")
            assert not [detail for _, detail in heard.refusals if "no convention" in detail], topic

    def test_what_is_too_large_is_refused(self, slug: str) -> None:
        heard = Listening({slug: NEEDED.get(slug, {})}, max_payload_bytes=64)
        topic = next(topic for topic in TOPICS[slug] if topic != "house/t")
        heard.told(topic, "x" * 65)
        assert [reason for reason, _ in heard.refusals] == ["oversized"]

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(told=st.lists(st.tuples(st.integers(0, 5), JSON | st.binary(max_size=30), st.booleans()), max_size=4))
    def test_nothing_breaks_it(self, slug: str, told: list[tuple[int, Any, bool]]) -> None:
        heard = listening(slug)
        for place, said, retained in told:
            topic = TOPICS[slug][place % len(TOPICS[slug])]
            heard.told(topic, said if isinstance(said, bytes) else orjson.dumps(said), retained)
        assert all(isinstance(item, Reading | Device | Availability | Rejected) for item in heard.items)
        assert not [detail for _, detail in heard.refusals if "not shaped as" in detail]


def test_every_convention_gives_ids_of_its_own() -> None:
    prefixes = [module.Settings.usual_prefix for module in conventions().values()]
    assert len(set(prefixes)) == len(prefixes)
    assert all(prefixes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b"), ("a:b",)),
        (("a b",), ("a-b",)),
        (("客厅",), ("卧室",)),
        (("a/b",), ("a", "b")),
        (("x" * 70,), ("x" * 71,)),
    ],
)
def test_two_addresses_are_two_ids(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    ids = {device_id("p", one), device_id("p", other)}
    assert len(ids) == 2
    assert all(is_device_id(found) for found in ids)


def test_an_id_stays_the_same() -> None:
    assert device_id("z2m", ("客厅", "灯 1")) == "z2m:1::a42ab5077b7b3c4c"


def test_the_citys_own_mapping_alone_is_read_as_before() -> None:
    own = {"pattern": "own/{device}", "metrics": [{"metric": "air_temperature_c", "path": "t"}]}
    assert isinstance(make_reader(Settings.model_validate({"topics": [own]}), Desk().context("iot")), JsonReadings)


def test_what_was_announced_outlives_the_connection() -> None:
    desk = Desk()
    stanza = {"homeassistant": {"kind": "air", "area": "02001", "metrics": {"t": "air_temperature_c"}}}
    made = [make_reader(Settings.model_validate({"conventions": stanza}), desk.context("iot", n)) for n in (0, 1)]
    assert all(isinstance(reader, ConventionReader) for reader in made)
    parsers = [reader._conventions[0].parser for reader in made]  # type: ignore[union-attr]
    assert parsers[0] is parsers[1]


def test_a_unit_that_does_not_fit_is_told_and_not_guessed() -> None:
    heard = Listening({"zigbee2mqtt": {"metrics": {"pressure": "air_temperature_c"}}})
    heard.told("zigbee2mqtt/bridge/devices", [{"friendly_name": "w"}])
    heard.told("zigbee2mqtt/w", {"pressure": 1013})
    assert heard.refusals == [("bad_field", "pressure in hPa cannot be turned into °C: say in units what it is")]


def test_names_of_strangers_are_counted_up_to_a_bound() -> None:
    heard = Listening({"zigbee2mqtt": {}})
    for n in range(40):
        heard.told("zigbee2mqtt/w", {f"x{n}-{k}<script>": 1 for k in range(30)})
    told = "note.conventions unread=1200 retained=0 gaps=0: others 700, zigbee2mqtt x0-0script 1"
    assert heard.reader.note.startswith(told)


def test_a_new_device_without_an_area_waits_for_somebody_who_knows() -> None:
    heard = Listening({"zigbee2mqtt": {"area": None, **TEMPERATURE}})
    heard.told("zigbee2mqtt/w", {"t": 1})
    assert [(device.state, device.area_id) for device in heard.devices] == [(DeviceState.WAITING, "")]
    assert len(heard.readings) == 1


def test_a_device_cannot_speak_for_another_area() -> None:
    known = Device("z2m:02002:w", "air", "w", "02001", None, None, 60, "iot")
    heard = Listening({"zigbee2mqtt": {"base": "b/{area}", **TEMPERATURE}}, known=[known])
    heard.told("b/02002/w", {"t": 1})
    assert [reason for reason, _ in heard.refusals] == ["topic"]


def test_two_that_read_one_message_agree_when_it_came() -> None:
    own: dict[str, Any] = {"pattern": "z/{device}", "metrics": [{"metric": "air_temperature_c", "path": "t"}]}
    own["device"] = {"register_new": True, "kind": "air", "area": "02001"}
    stanza = {"zigbee2mqtt": {"base": "z", "kind": "air", "area": "02001", **TEMPERATURE}}
    settings = Settings.model_validate({"topics": [own], "conventions": stanza})
    asked = count(NOW_MS)
    reader = make_reader(settings, Desk().context("iot"), lambda _message: next(asked))
    items = [item for _ in range(2) for item in reader.read(Message("z/w", b'{"t": 1}', NOW_MS))]
    found = [(item.device_id, item.at_ms - NOW_MS) for item in items if isinstance(item, Reading)]
    assert found == [("w", 0), ("z2m:w", 0), ("w", 1), ("z2m:w", 1)]
