"""Entities of a context broker that is asked page by page."""

from pathlib import Path
from typing import Any

import orjson

from brain.feed import Item
from feeds.ngsi_entities import Settings, run
from tests.feeds.desk import Desk
from tests.feeds.test_ngsi import DEVICE, TYPES, desk
from tests.feeds.web import LOCAL, Asked, Reply, web


def settings(url: str, **more: Any) -> Settings:
    stanza = {"http": {"url": url, "networks": LOCAL}, "types": TYPES, "device": DEVICE}
    return Settings.model_validate(stanza | more)


def replay(path: Path, _: Desk) -> list[Item]:
    """What the feed makes of a recorded answer; the guard of all feeds calls it."""
    found = desk()
    with web(lambda asked: Reply(path.read_bytes() if asked.query["offset"] == "0" else b"[]")) as host:
        run(settings(host.url), found.context("ngsi_entities"))
    return found.items


def test_the_pages_of_a_broker_are_read_to_the_end() -> None:
    entities = [
        {"id": f"air-{n}", "type": "AirQualityObserved", "pm25": n, "dateObserved": "2026-02-27T03:01:00Z"}
        for n in (1, 2, 1)
    ]

    def answer(asked: Asked) -> Reply:
        first, size = int(asked.query["offset"]), int(asked.query["limit"])
        return Reply(orjson.dumps(entities[first : first + size]))

    found = desk()
    with web(answer) as host:
        url = f"{host.url}/v2/entities?type=AirQualityObserved&options=keyValues"
        run(settings(url, page_size=2), found.context("ngsi_entities"))
    assert [reading.device_id for reading in found.readings] == ["air-1", "air-2", "air-1"]
    assert [(asked.query["offset"], asked.query["type"]) for asked in host.asked] == [
        (offset, "AirQualityObserved") for offset in ("0", "2", "4")
    ]
