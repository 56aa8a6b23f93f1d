"""Readings from a JSON interface: pages, marks of versions, records that say who they are, and what is refused."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from brain.feed import BadPayload, Item, Refused
from brain.model.reading import Device
from brain.model.reason import Reason
from feeds.http_json import Settings, run
from tests.feeds.desk import Desk
from tests.feeds.web import LOCAL, Asked, Reply, web
from tests.small_city import small_devices

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "http_json"
RECORD = {
    "id": "station",
    "area": "town",
    "kind": "type",
    "time": "at",
    "metrics": [{"metric": "air_pm25_ugm3", "path": "pm25"}, {"metric": "air_temperature_c", "path": "temp"}],
    "device": {"register_new": True, "lon": "lon", "lat": "lat"},
}


def settings(url: str, **more: Any) -> Settings:
    stanza = {"http": {"url": url, "networks": LOCAL}, "records": "data.items", "record": RECORD}
    return Settings.model_validate(stanza | more)


def desk() -> Desk:
    return Desk(known={device.id: device for device in small_devices()})


def replay(path: Path, desk: Desk) -> list[Item]:
    """What the feed makes of a recorded answer; the guard of all feeds calls it."""
    desk.known.update({device.id: device for device in small_devices()})
    with web(lambda _: Reply(path.read_bytes())) as host:
        run(settings(host.url), desk.context("http_json"))
    return desk.items


def stations(*numbers: int) -> list[dict[str, Any]]:
    return [{"station": f"air-{n}", "type": "air", "at": 1_772_161_200 + n, "pm25": n} for n in numbers]


def test_records_become_readings_and_new_devices() -> None:
    found = desk()
    replay(FOLDER / "good" / "stations.json", found)
    at_ms = 1_772_161_200_000
    assert [(r.device_id, r.metric, r.at_ms, r.value) for r in found.readings] == [
        ("air-1", "air_pm25_ugm3", at_ms, 31.5),
        ("air-1", "air_temperature_c", at_ms, 18.2),
        ("air-2", "air_pm25_ugm3", at_ms, None),  # measured badly
        ("air-2", "air_temperature_c", at_ms, 18.9),
        ("new-7", "air_temperature_c", at_ms - 30_000, 0.0),
    ]
    (new,) = [item for item in found.items if isinstance(item, Device)]
    assert (new.id, new.area_id, new.kind) == ("new-7", "0200301", "air")


def test_a_record_that_cannot_be_read_says_which_and_why() -> None:
    found = desk()
    replay(FOLDER / "broken" / "records.json", found)
    assert found.readings == []
    assert [item.reason for item in found.rejected] == [
        Reason.MISSING_FIELD,  # no station
        Reason.MISSING_FIELD,  # no time
        Reason.TOPIC,  # of another town
        Reason.NOT_A_NUMBER,
        Reason.MISSING_FIELD,  # an id that cannot be one
        Reason.MISSING_FIELD,  # no object
    ]
    assert found.rejected[0].detail == "no device id at 'station' that can be one"
    assert found.rejected[0].place.endswith("#1:1")


@pytest.mark.parametrize(
    ("name", "words"),
    [("no_list.json", "no list of records at 'data.items'"), ("login.html", "not JSON: ")],
)
def test_an_answer_that_cannot_be_read_is_named(name: str, words: str) -> None:
    with pytest.raises(BadPayload) as told:
        replay(FOLDER / "broken" / name, desk())
    assert words in str(told.value)


def test_a_link_leads_from_page_to_page_and_the_cap_is_told() -> None:
    def answer(asked: Asked) -> Reply:
        page = int(asked.query.get("page", "1"))
        body = {"rows": stations(page), "next": None if page == 3 else f"?page={page + 1}"}
        return Reply(orjson.dumps(body))

    record = RECORD | {"area": None}
    with web(answer) as host:
        found = desk()
        run(settings(host.url, records="rows", record=record, pages={"next": "next"}), found.context("http_json"))
        assert ([r.device_id for r in found.readings], found.notes) == (["air-1", "air-2", "air-3"], [""])
        cut = desk()
        pages = {"next": "next", "most": 2}
        run(settings(host.url, records="rows", record=record, pages=pages), cut.context("http_json"))
        assert len(cut.readings) == 2
        assert cut.notes == ["note.cut n=2: there are more pages; raise pages.most"]


def test_a_parameter_counts_until_a_page_is_empty() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(orjson.dumps(stations(int(asked.query["from"]) + 1) if int(asked.query["from"]) < 4 else []))

    with web(answer) as host:
        found = desk()
        pages = {"parameter": "from", "first": 0, "step": 2}
        run(
            settings(f"{host.url}/x?a=b&from=9", records="", record=RECORD | {"area": None}, pages=pages),
            found.context("x"),
        )
        assert [asked.query for asked in host.asked] == [{"a": "b", "from": n} for n in ("0", "2", "4")]
        assert [r.device_id for r in found.readings] == ["air-1", "air-3"]


@pytest.mark.parametrize(
    ("body", "pages", "kind", "words"),
    [
        ({"rows": [1], "next": "?a"}, {"next": "next"}, BadPayload, "is as the one before"),
        ({"rows": [], "next": "?a"}, {"next": "next"}, BadPayload, "leads back"),
        ({"rows": [], "next": 7}, {"next": "next"}, BadPayload, "no address at 'next'"),
        ({"rows": [], "next": "http://169.254.169.254/"}, {"next": "next"}, Refused, r"add it to http\.hosts"),
        ({"rows": [1]}, {"parameter": "p"}, BadPayload, r"is pages\.parameter right"),
    ],
)
def test_pages_that_lead_astray(body: Any, pages: Any, kind: type[Exception], words: str) -> None:
    with web(lambda _: Reply(orjson.dumps(body))) as host, pytest.raises(kind, match=words):
        run(settings(host.url, records="rows", pages=pages), desk().context("http_json"))


def test_an_unchanged_list_is_not_sent_again_but_other_settings_ask_for_all_of_it() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"a"':
            return Reply(b"", 304)
        return Reply(orjson.dumps({"data": {"items": stations(1)}}), headers={"ETag": '"a"'})

    record = RECORD | {"area": None}
    with web(answer) as host:
        found = desk()
        for more in ({}, {}, {"stale_after_s": 9}):
            run(settings(host.url, record=record, **more), found.context("http_json"))
        assert [asked.headers.get("if-none-match") for asked in host.asked] == [None, '"a"', None]
        assert len(found.readings) == 2


def test_settings_that_do_not_fit_the_city_are_refused() -> None:
    unknown = RECORD | {"metrics": [{"metric": "no_such", "path": "x"}]}
    with pytest.raises(Refused, match="record: metric 'no_such' is not one of this city"):
        run(settings("http://127.0.0.1", record=unknown), desk().context("http_json"))
    with pytest.raises(Refused, match="nothing says where the numbers stand"):
        run(settings("http://127.0.0.1", record=RECORD | {"metrics": []}), desk().context("http_json"))
    with pytest.raises(ValidationError, match="exclude each other"):
        settings("http://127.0.0.1", pages={"next": "a", "parameter": "b"})
