"""Whatever JSON is pushed: items, dead letters, or one BadPayload; never another exception."""

from contextlib import suppress
from types import ModuleType
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from brain.feed import BadPayload, Item
from feeds import event_webhook, ngsi
from tests.feeds import test_event_webhook, test_ngsi

WORDS = st.sampled_from(
    [
        *("params", "events", "eventType", "srcIndex", "happenTime", "data", "confidence", "imageUrl", "remark"),
        *("alarm", "name", "camera", "ts", "score", "pic", "id", "type", "value", "object", "metadata", "location"),
        *("pm25", "temperature", "status", "refDevice", "observedAt", "TimeInstant", "dateObserved", "unitCode"),
        *("coordinates", "features", "properties", "geometry", "@value", "datasetId"),
    ]
)
TEXTS = st.sampled_from(
    [
        *(
            "131588",
            "烟雾",
            "air-1",
            "2026-02-27T03:01:00Z",
            "AirQualityObserved",
            "ParkingSpot",
            "Feature",
            "GQ",
            "CEL",
        ),
        *("occupied", "urn:ngsi-ld:null", "https://vms.example.gov.cn/a.jpg", "http://[", "22.1, 113.1"),
        *("FeatureCollection", "Notification", "/", "9" * 5000, "-1e400", "0/0"),
    ]
)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), TEXTS)
JSON = st.recursive(
    PLAIN, lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(WORDS, part, max_size=6)), max_leaves=12
)
EVENTS = st.builds(lambda found: {"params": {"events": found}}, st.lists(st.dictionaries(WORDS, JSON), max_size=3))
ENTITY = st.builds(lambda more: {"id": "air-1", "type": "AirQualityObserved", **more}, st.dictionaries(WORDS, JSON))
ENTITIES = st.builds(lambda found: {"data": found}, st.lists(ENTITY, max_size=3))


def take(module: ModuleType, stanza: dict[str, Any], document: object) -> list[Item]:
    items: list[Item] = []
    with suppress(BadPayload):
        body = orjson.dumps(document)
        context = test_ngsi.desk().context("pushed")
        items = module.accept(module.Settings.model_validate(stanza), context, {}, body)
    return items


@settings(max_examples=25)
@given(st.one_of(JSON, EVENTS))
def test_events(document: object) -> None:
    take(event_webhook, test_event_webhook.STANZA, document)


@settings(max_examples=25)
@given(st.one_of(JSON, ENTITIES))
def test_entities(document: object) -> None:
    stanza = {"token": "a-token-of-the-broker", "types": test_ngsi.TYPES, "device": test_ngsi.DEVICE}
    take(ngsi, stanza, document)
