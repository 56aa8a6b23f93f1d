"""Notifications of context brokers in every form, units and times as they say them, and genuine entities."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from brain.feed import BadPayload, Item
from brain.model.reading import Device, Metric
from brain.model.reason import Reason
from feeds.ngsi import Settings, accept
from feeds.payloads.geo_point import point_of
from tests.feeds.desk import Desk
from tests.real_data import DATA, real
from tests.small_city import small_devices

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "ngsi"
AT_MS = 1_772_161_260_000  # 2026-02-27 03:01:00 UTC
DEVICE = {"register_new": True, "kind": "air", "interval_s": 300}
TYPES: list[dict[str, Any]] = [
    {
        "type": "AirQualityObserved",
        "attributes": [
            {"attribute": "pm25", "metric": "air_pm25_ugm3"},
            {"attribute": "temperature", "metric": "air_temperature_c"},
        ],
    },
    {
        "type": "ParkingSpot",
        "device": "refDevice",
        "attributes": [
            {"attribute": "status", "metric": "parking_occupied_ratio", "words": {"free": 0, "occupied": 1}}
        ],
    },
]


def desk() -> Desk:
    made = Desk(known={device.id: device for device in small_devices()})
    parking = Metric("parking_occupied_ratio", "泊位占用", "Parking in use", "%")
    made.facts = replace(made.facts, metrics={**made.facts.metrics, parking.id: parking})
    return made


def take(body: bytes, made: Desk, types: list[dict[str, Any]] = TYPES) -> list[Item]:
    stanza = {"token": "a-token-of-the-broker", "types": types, "device": DEVICE}
    made.items += accept(Settings.model_validate(stanza), made.context("ngsi"), {}, body)
    return made.items


def replay(path: Path, _: Desk) -> list[Item]:
    """What the feed makes of a recorded notification; the guard of all feeds calls it."""
    return take(path.read_bytes(), desk())


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "v2_normalized.json",
            [  # an attribute's own time goes before that of the entity
                ("air-1", "air_temperature_c", AT_MS - 60_000, pytest.approx(18.0)),
                ("air-1", "air_pm25_ugm3", AT_MS, 31.5),
            ],
        ),
        (
            "ld_normalized.jsonld",
            [
                ("AirQualityObserved:new-7", "air_pm25_ugm3", AT_MS, pytest.approx(31.0)),
                ("AirQualityObserved:new-7", "air_temperature_c", AT_MS, None),
            ],
        ),
        (
            "ld_concise.jsonld",
            [("air-2", "air_temperature_c", AT_MS, 18.9), ("air-2", "parking_occupied_ratio", AT_MS, 1.0)],
        ),
        (
            "key_values.json",
            [("air-1", "air_pm25_ugm3", AT_MS, 12.0), ("air-1", "air_temperature_c", AT_MS, 18.2)],
        ),
        ("feature.json", [("air-1", "air_pm25_ugm3", AT_MS, 9.0)]),
    ],
)
def test_every_form_means_the_same(file: str, expected: list[Any]) -> None:
    found = desk()
    take((FOLDER / "good" / file).read_bytes(), found)
    assert [(r.device_id, r.metric, r.at_ms, r.value) for r in found.readings] == expected
    assert found.rejected == []


def test_a_new_device_stands_where_the_entity_says() -> None:
    found = desk()
    take((FOLDER / "good" / "ld_normalized.jsonld").read_bytes(), found)
    (new,) = [item for item in found.items if isinstance(item, Device)]
    assert (new.id, new.name, new.kind, new.area_id) == ("AirQualityObserved:new-7", "渡南微站", "air", "0200101")


def test_what_cannot_be_taken_says_which_and_why() -> None:
    found = desk()
    take((FOLDER / "broken" / "entities.json").read_bytes(), found)
    assert found.readings == []
    assert [(item.reason, item.place) for item in found.rejected] == [
        (Reason.BAD_FIELD, "entity 1"),  # degrees where a density belongs
        (Reason.NOT_A_NUMBER, "entity 2"),
        (Reason.MISSING_FIELD, "entity 3"),  # no time
        (Reason.BAD_TIME, "entity 4"),
        (Reason.MISSING_FIELD, "entity 5"),  # none of the attributes
        (Reason.BAD_FIELD, "entity 6"),  # a type nobody listed
        (Reason.MISSING_FIELD, "entity 7"),  # an id that cannot be one
        (Reason.MALFORMED, "entity 8"),
        (Reason.MALFORMED, "entity 9"),
    ]
    assert "unit '°C' cannot be turned into 'µg/m³'" in found.rejected[0].detail
    assert "send observedAt" in found.rejected[2].detail


@pytest.mark.parametrize("body", [b"{", b"7", b'{"data": 7}', orjson.dumps({"data": [{}] * 1001})])
def test_a_body_that_is_no_notification_says_so(body: bytes) -> None:
    with pytest.raises(BadPayload, match=r"not JSON|neither a notification|at most 1000"):
        take(body, desk())


@pytest.mark.parametrize(
    ("place", "point"),
    [
        ({"type": "Point", "coordinates": [113.1, 22.1, 5]}, (113.1, 22.1)),
        ({"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2]]]}, (1.0, 1.0)),
        ({"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}, (1.0, 2.0)),
        ({"type": "Point", "coordinates": ["a", 2]}, None),
        ({"type": "Point", "coordinates": [300, 2]}, None),
        ({"type": "Point"}, None),
        ("here", None),
        ([[[[[[[1, 2]]]]]]], None),
    ],
)
def test_places_of_geojson(place: object, point: tuple[float, float] | None) -> None:
    assert point_of(place) == point


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("example.json", {"air_temperature_c": 12.2}),
        ("example.jsonld", {"air_temperature_c": 12.2, "no2_ugm3": 69.0}),
        ("example-normalized.json", {"air_temperature_c": 12.2}),
        ("example-normalized.jsonld", {"air_temperature_c": 12.2, "no2_ugm3": 69.0}),
        ("example-geojsonfeature.json", {"air_temperature_c": 12.2}),
    ],
)
def test_a_genuine_station_in_all_its_forms(file: str, values: dict[str, float]) -> None:
    body = real(DATA / "ngsi" / "AirQualityObserved" / file).read_bytes()
    types = [
        {
            "type": "AirQualityObserved",
            "device": "refPointOfInterest",
            "attributes": [
                {"attribute": "temperature", "metric": "air_temperature_c"},
                {"attribute": "no2", "metric": "no2_ugm3"},
                {"attribute": "so2", "metric": "so2_ugm3"},
            ],
        }
    ]
    made = desk()
    ours = {name: Metric(name, name, name, "µg/m³") for name in ("no2_ugm3", "so2_ugm3")}
    made.facts = replace(made.facts, metrics={**made.facts.metrics, **ours})
    made.known = {}
    outside = {"register_new": True, "kind": "air", "area": "020"}  # Madrid lies elsewhere
    stanza = {"token": "a-token-of-the-broker", "types": types, "device": outside}
    made.items += accept(Settings.model_validate(stanza), made.context("ngsi"), {}, body)
    assert made.rejected == []
    (device,) = [item for item in made.items if isinstance(item, Device)]
    assert device.id.endswith("28079004-Pza.deEspanya")
    assert device.lon == pytest.approx(-3.712247, abs=1e-5)
    found = {reading.metric: reading.value for reading in made.readings}
    assert {name: found[name] for name in values} == values


@pytest.mark.real_data
def test_every_genuine_entity_is_taken_or_refused_by_name() -> None:
    files = sorted(real(DATA / "ngsi").glob("*/*.json*"))
    assert len(files) > 20
    for path in files:
        items = take(path.read_bytes(), desk())
        assert items, path.name
