"""Shards in the config: each topic belongs to one, each shard is a feed with a session of its own."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

import app
from feeds import iot_mqtt
from tests.feeds.desk import Desk
from tests.feeds.test_iot_mqtt import settings_of

SHARDS = {"north": ["city/02001/#"], "south": ["city/02002/#", "city/02003/#"]}


@pytest.mark.parametrize(
    ("shards", "why"),
    [
        ({"north": ["city/02001/#"], "south": ["city/+/water/+"]}, "overlap"),
        ({"north": ["city/#/water"]}, "# stands where it may not"),
        ({"north": ["air/02001/#"]}, "fits no topic pattern"),
        ({"north": ["city/{area}/#"]}, "fits no topic pattern"),
        ({"north": []}, "has no topic filter"),
        ({"Nord-West": ["city/02001/#"]}, "should match pattern"),
    ],
)
def test_what_would_be_heard_twice_or_never_is_refused(shards: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        settings_of({}, shards=shards)


def test_what_cannot_be_parted_by_topic_is_refused() -> None:
    with pytest.raises(ValidationError, match="give conventions and the table of devices to a feed without shards"):
        settings_of({}, shards=SHARDS, devices="devices.csv")


def test_each_shard_is_a_feed_with_its_part_and_its_session(tmp_path: Path) -> None:
    metric = {"metric": "m", "path": "v"}
    topics = [{"pattern": "city/{area}/{kind}/{device}", "metrics": [metric], "device": {"register_new": True}}]
    named = {"topics": topics, "title": "水务", "shards": SHARDS, "broker": {"client_id": "water"}}
    stanza = {"iot_mqtt": {"topics": topics, "shards": SHARDS}, "iot_mqtt:two": named}
    metrics = {"m": {"name": "a", "name_en": "a", "unit": "m"}}
    config = {"city": "zhongshan", "feeds": stanza, "metrics": metrics}
    (tmp_path / "config.yaml").write_bytes(orjson.dumps(config))
    plan = app.read_plan(tmp_path / "config.yaml", {})
    desk = Desk()
    told = [
        (
            entry.name,
            plan.facts.feeds[entry.name].title.zh,
            iot_mqtt.session_name(entry.settings, desk.context(entry.name)),  # type: ignore[arg-type]
            iot_mqtt.filters_of(entry.settings, ["city/+/+/+"]),  # type: ignore[arg-type]
        )
        for entry in plan.settings.feeds
    ]
    north, south = ["city/02001/#"], ["city/02002/#", "city/02003/#"]
    assert told == [
        ("iot_mqtt-north", "物联网 north", "citybrain-iot_mqtt-north", north),
        ("iot_mqtt-south", "物联网 south", "citybrain-iot_mqtt-south", south),
        ("iot_mqtt:two-north", "水务 north", "water-north", north),
        ("iot_mqtt:two-south", "水务 south", "water-south", south),
    ]


def test_a_feed_without_shards_hears_all() -> None:
    desk = Desk()
    assert iot_mqtt.filters_of(settings_of({}), ["city/#"]) == ["city/#"]
    assert iot_mqtt.session_name(settings_of({}), desk.context("iot_mqtt")) == "citybrain-iot_mqtt"
