"""Readings from a SensorThings server of our own: datastreams, pages of observations, and how far they were read."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from brain.feed import BadPayload, Item, Refused, Unavailable
from brain.model.reading import Device, DeviceState
from brain.model.reason import Reason, Why
from feeds.sensorthings import Settings, run
from tests.feeds.desk import NOW_MS, Desk
from tests.feeds.web import LOCAL, Asked, Reply, Web, web
from tests.real_data import DATA, real

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "sensorthings"
AT_MS = 1_772_161_260_000  # 2026-02-27 03:01:00 UTC
PROPERTIES = [
    {"property": "PM2.5", "metric": "air_pm25_ugm3"},
    {
        "property": "http://dd.eionet.europa.eu/vocabularyconcept/aq/meteoparameter/54",
        "metric": "air_temperature_c",
        "kind": "weather",
    },
]
DEVICE = {"register_new": True, "kind": "air", "interval_s": 300}


def settings(url: str, **more: Any) -> Settings:
    stanza = {"http": {"url": f"{url}/v1.1", "networks": LOCAL}, "properties": PROPERTIES, "device": DEVICE}
    return Settings.model_validate(stanza | more)


def answering(answers: dict[str, Any]) -> Any:
    return lambda asked: Reply(orjson.dumps(answers[asked.path])) if asked.path in answers else Reply(status=404)


def pull(answer: Any, desk: Desk, **more: Any) -> Web:
    with web(answer) as host:
        run(settings(host.url, **more), desk.context("sensorthings"))
    return host


def replay(path: Path, desk: Desk) -> list[Item]:
    """What the feed makes of recorded answers by address; the guard of all feeds calls it."""
    pull(answering(orjson.loads(path.read_bytes())), desk)
    return desk.items


def kitchen() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((FOLDER / "good" / "kitchen.json").read_bytes())
    return found


def test_observations_become_readings_in_the_units_of_the_city() -> None:
    desk = Desk()
    host = pull(answering(kitchen()), desk)
    assert [(r.device_id, r.metric, r.at_ms, r.value) for r in desk.readings] == [
        ("thing-3", "air_pm25_ugm3", AT_MS, pytest.approx(31.0)),  # an interval counts at its end
        ("thing-3", "air_pm25_ugm3", AT_MS + 60_000, None),
        ("thing-3", "air_temperature_c", AT_MS, pytest.approx(18.0)),
    ]
    (device,) = [item for item in desk.items if isinstance(item, Device)]
    assert (device.name, device.kind, device.area_id) == ("渡南微站", "air", "0200101")
    assert host.asked[0].query == {"$expand": "Thing/Locations,ObservedProperty", "$top": "500"}
    assert [asked.path for asked in host.asked[1:]] == [path for path in kitchen() if "Observations" in path]


def test_only_what_is_newer_is_asked_for_next_time() -> None:
    desk = Desk()
    with web(answering(kitchen())) as host:
        for _ in range(2):
            run(settings(host.url), desk.context("sensorthings"))
    first, second = (host.asked[n : n + 2] for n in (1, 4))
    assert [asked.query["$filter"] for asked in first] == ["phenomenonTime gt 2026-02-27T02:03:20.000Z"] * 2
    assert [asked.query["$filter"] for asked in second] == [
        "phenomenonTime gt 2026-02-27T03:02:00.000Z",
        "phenomenonTime gt 2026-02-27T03:01:00.000Z",
    ]


def test_what_waits_is_not_asked_for_again_but_the_future_hides_nothing() -> None:
    desk = Desk()
    answers = kitchen()
    stranger = {"register_new": False}
    ahead = {"phenomenonTime": "2099-01-01T00:00:00Z", "result": 1}
    answers["/v1.1/Datastreams(7)/Observations"]["value"].append(ahead)
    with web(answering(answers)) as host:
        for _ in range(2):
            run(settings(host.url, device=stranger), desk.context("sensorthings"))
    assert {item.state for item in desk.items if isinstance(item, Device)} == {DeviceState.WAITING}
    assert len(desk.readings) == 8
    assert "gt 2026-02-27T03:02:00.000Z" in host.asked[4].query["$filter"]


@pytest.mark.parametrize("bad", [{"result": "warm"}, {}])
def test_what_is_no_number_is_not_asked_for_again(bad: dict[str, Any]) -> None:
    desk, answers = Desk(), kitchen()
    later = {"phenomenonTime": "2026-02-27T03:03:00Z", **bad}
    answers["/v1.1/Datastreams(7)/Observations"]["value"].append(later)
    with web(answering(answers)) as host:
        for _ in range(2):
            run(settings(host.url), desk.context("sensorthings"))
    assert {item.reason for item in desk.rejected} == {Reason.NOT_A_NUMBER}
    assert host.asked[4].query["$filter"] == "phenomenonTime gt 2026-02-27T03:03:00.000Z"


def test_pages_are_followed() -> None:
    answers = kitchen()
    streams = answers["/v1.1/Datastreams"]["value"]

    def answer(asked: Asked) -> Reply:
        skip = int(asked.query.get("$skip", "0"))
        listed = streams if asked.path == "/v1.1/Datastreams" else answers[asked.path]["value"]
        more = {"@iot.nextLink": f"{asked.path}?$skip={skip + 1}&$top=1"} if skip + 1 < len(listed) else {}
        return Reply(orjson.dumps({"value": listed[skip : skip + 1], **more}))

    desk = Desk()
    pull(answer, desk, page_size=1)
    assert len(desk.readings) == 3


def test_a_link_to_another_host_is_not_followed() -> None:
    answers = kitchen()
    answers["/v1.1/Datastreams(7)/Observations"]["@iot.nextLink"] = "http://server.example/v1.1/Observations?$skip=1"
    desk = Desk()
    with pytest.raises(Refused, match=r"server\.example.* add it to http\.hosts"):
        pull(answering(answers), desk)
    assert len(desk.readings) == 3  # what was read before, and the other datastream


@pytest.mark.parametrize(
    "link", ["http://[", "/观测?$skip=1", "http://127.0.0.1:99999/x", "/x y", "http://a:b@127.0.0.1/"]
)
def test_a_link_that_is_no_address_is_told(link: str) -> None:
    answers = kitchen()
    answers["/v1.1/Datastreams(7)/Observations"]["@iot.nextLink"] = link
    desk = Desk()
    with pytest.raises(BadPayload, match="is no address: mend it there"):
        pull(answering(answers), desk)
    assert len(desk.readings) == 3


def test_one_datastream_that_is_broken_does_not_keep_the_others() -> None:
    answers = kitchen()
    answers["/v1.1/Datastreams(7)/Observations"] = {"value": "none"}
    desk = Desk()
    with pytest.raises(BadPayload, match="no list of records at 'value'"):
        pull(answering(answers), desk, device=DEVICE | {"area": "020"})
    assert [reading.metric for reading in desk.readings] == ["air_temperature_c"]


def many(*broken: str, headers: dict[str, str] | None = None) -> tuple[Any, list[str]]:
    """What answers for nine datastreams, those named with 500, and which were asked."""
    answers = kitchen()
    (first, *_) = answers["/v1.1/Datastreams"]["value"]
    links = [f"Datastreams({n})/Observations" for n in range(101, 110)]
    streams = [first | {"@iot.id": link, "Observations@iot.navigationLink": link} for link in links]
    listed = Reply(orjson.dumps({"value": streams}))
    seen: list[str] = []

    def answer(asked: Asked) -> Reply:
        if asked.path == "/v1.1/Datastreams":
            return listed
        number = asked.path.partition("(")[2].partition(")")[0]
        seen.append(number)
        if number in broken:
            return Reply(status=500, headers=headers or {})
        return Reply(orjson.dumps({"value": [{"phenomenonTime": "2026-02-27T03:03:00Z", "result": int(number)}]}))

    return answer, seen


def test_a_datastream_that_is_not_answered_does_not_keep_the_others() -> None:
    answer, seen = many("101", "104", "105")
    desk = Desk()
    with pytest.raises(Unavailable, match=r"Datastreams\(101\)/Observations: answers 500"):
        pull(answer, desk)
    assert seen == [str(n) for n in range(101, 110)]
    assert [round((reading.value or 0) / 1000) for reading in desk.readings] == [102, 103, 106, 107, 108, 109]


def test_a_server_that_answers_nothing_any_more_is_not_asked_for_all_of_it() -> None:
    answer, seen = many("103", "104", "105", "106")
    desk = Desk()
    with pytest.raises(Unavailable, match=r"Datastreams\(103\)"):
        pull(answer, desk)
    assert seen == ["101", "102", "103", "104", "105"]
    assert len(desk.readings) == 2


def test_a_server_that_asks_to_be_left_alone_is() -> None:
    answer, seen = many("102", headers={"Retry-After": "40"})
    with pytest.raises(Unavailable) as told:
        pull(answer, Desk())
    assert told.value.retry_after_s == 40
    assert seen == ["101", "102"]


def test_what_the_store_did_not_take_is_asked_for_again() -> None:
    answer, seen = many()
    desk = Desk()

    def lost(items: Sequence[Item], done: Callable[[bool], None] | None = None) -> None:
        assert done is not None
        done(len(seen) != 2)
        if len(seen) != 2:
            desk.sink(items)

    with web(answer) as host:
        with pytest.raises(Unavailable) as told:
            run(settings(host.url), replace(desk.context("sensorthings"), sink=lost))
        assert (told.value.why, seen) == (Why.STORE, ["101", "102"])
        run(settings(host.url), desk.context("sensorthings"))
    newest = [asked.query["$filter"] for asked in host.asked if "102" in asked.path]
    assert newest[0] == newest[1]


def test_what_cannot_be_taken_says_which_and_why() -> None:
    desk = Desk()
    replay(FOLDER / "broken" / "streams.json", desk)
    assert desk.readings == []
    assert [item.reason for item in desk.rejected] == [
        Reason.MALFORMED,
        Reason.MALFORMED,
        Reason.BAD_FIELD,  # a length where a density belongs
        Reason.MISSING_FIELD,  # no Thing
        Reason.BAD_TIME,
        Reason.NOT_A_NUMBER,
        Reason.NOT_A_NUMBER,
        Reason.BAD_TIME,  # no object
    ]
    assert "or set unit of the property 'PM2.5'" in desk.rejected[2].detail


def test_a_server_without_what_is_listed_is_a_matter_of_settings() -> None:
    with pytest.raises(Refused, match="no datastream of the listed properties; see properties and filter"):
        replay(FOLDER / "broken" / "nothing.json", Desk())


@pytest.mark.real_data
def test_a_genuine_thing_of_the_manual() -> None:
    thing = orjson.loads(real(DATA / "sensorthings" / "17_5_CreatingEntitiesAdvanced.json").read_bytes())
    observation = orjson.loads(real(DATA / "sensorthings" / "13_4_ExampleEntities.json").read_bytes())
    told = {"@iot.id": 1, "name": thing["name"], "Locations": thing["Locations"]}
    streams = [{"@iot.id": n, **each, "Thing": told} for n, each in enumerate(thing["Datastreams"], 1)]
    answers = {"/v1.1/Datastreams": {"value": streams}}
    answers |= {f"/v1.1/Datastreams({n})/Observations": {"value": [observation]} for n in range(1, len(streams) + 1)}
    desk = Desk(now_ms=NOW_MS)
    pull(answering(answers), desk, device=DEVICE | {"area": "020"})
    (reading,) = desk.readings
    assert (reading.device_id, reading.metric, reading.value) == ("thing-1", "air_temperature_c", 49.0)
    assert reading.at_ms == 1_602_411_194_000  # 2020-10-11 12:13:14 +02:00
