"""Pushed events of video and AI platforms: each vendor's shape, kinds of the rules, links to listed hosts only."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from brain.feed import BadPayload, Item
from brain.model.event import Event
from brain.model.reason import Reason
from feeds.event_webhook import Settings, accept
from feeds.payloads.event_mapping import is_listed
from tests.feeds.desk import NOW_MS, Desk

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "event_webhook"
STANZA = orjson.loads((FOLDER / "settings.json").read_bytes())
SMOKE_MS = 1_772_161_318_120  # 2026-02-27 11:01:58.12 in Shanghai


def take(body: bytes, desk: Desk, **headers: str) -> list[Item]:
    return accept(Settings.model_validate(STANZA), desk.context("event_webhook"), headers, body)


def replay(path: Path, desk: Desk) -> list[Item]:
    """What the feed makes of a recorded body; the guard of all feeds calls it."""
    return take(path.read_bytes(), desk)


def events(items: list[Item]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


def test_a_platform_sends_several_at_once() -> None:
    smoke, crowd = events(replay(FOLDER / "good" / "platform.json", Desk()))
    picture = "https://vms.example.gov.cn/pic/2026/0001.jpg"
    text = "闸口浓烟，联系 13900000001"  # masked where it is stored
    assert smoke == Event("air-1", "smoke", SMOKE_MS, "e-1", 0.93, picture, text, NOW_MS)
    assert (crowd.kind, crowd.confidence, crowd.picture) == ("crowd", None, "")


def test_a_box_of_another_vendor_has_a_shape_of_its_own() -> None:
    (event,) = events(replay(FOLDER / "good" / "box.json", Desk()))
    assert (event.device_id, event.kind, event.at_ms, event.confidence) == ("water-1", "smoke", 1_772_161_320_000, 0.61)
    other = {"ts": 1772161320, "alarm": {"name": "人脸", "camera": 1}}
    assert take(orjson.dumps(other), Desk()) == []  # others: skip


def test_a_list_without_events_is_a_sign_of_life() -> None:
    assert take(b'{"params": {"events": []}}', Desk()) == []


def test_what_is_wrong_is_named_and_what_can_be_taken_is_taken() -> None:
    desk = Desk()
    items = replay(FOLDER / "broken" / "events.json", desk)
    desk.items = items
    assert [event.id for event in events(items)] == ["e-7", "e-8"]
    assert [(event.confidence, event.picture) for event in events(items)] == [(None, ""), (None, "")]
    assert [(item.reason, item.place[-7:]) for item in desk.rejected] == [
        (Reason.BAD_FIELD, "event 1"),
        (Reason.MISSING_FIELD, "event 2"),
        (Reason.MISSING_FIELD, "event 3"),
        (Reason.BAD_TIME, "event 4"),
        (Reason.BAD_FIELD, "event 5"),
        (Reason.BAD_FIELD, "event 6"),
        (Reason.BAD_FIELD, "event 7"),
    ]
    assert "kind '999' is not among kinds" in desk.rejected[0].detail
    assert "leads to no host of picture_hosts; the event was taken without it" in desk.rejected[5].detail
    assert all(item.personal for item in desk.rejected)


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (b'{"a": 1}', {}, r"shapes\[0\] wants 'eventType' and 'srcIndex' in a list at 'params.events'; shapes\[1\]"),
        (b"{", {}, "not JSON in UTF-8"),
        (b"--x", {"content-type": "multipart/form-data; boundary=x"}, "multipart/form-data is not read here"),
        (orjson.dumps({"params": {"events": [{}] * 1001}}), {}, "1001 events .* at most 1000"),
    ],
)
def test_a_body_that_cannot_be_read_says_why(body: bytes, headers: dict[str, str], words: str) -> None:
    with pytest.raises(BadPayload, match=words):
        take(body, Desk(), **headers)


@pytest.mark.parametrize(
    ("link", "listed"),
    [
        ("https://vms.example.gov.cn/a.jpg", True),
        ("http://vms.example.gov.cn/a.jpg", True),
        ("https://10.1.2.3:8443/a.jpg", True),
        ("https://10.1.2.3/a.jpg", False),
        ("https://vms.example.gov.cn.elsewhere.example/a.jpg", False),
        ("https://vms.example.gov.cn@elsewhere.example/a.jpg", False),
        ("https://user:pass@vms.example.gov.cn/a.jpg", False),
        ("javascript:alert(1)//vms.example.gov.cn/", False),
        ("//vms.example.gov.cn/a.jpg", False),
        ("https://vms.example.gov.cn/a b", False),
        ("https://vms.example.gov.cn/图", False),
        ("https://[", False),
        ("data:image/png;base64,AAAA", False),
    ],
)
def test_only_links_to_listed_hosts_are_kept(link: str, listed: bool) -> None:
    assert is_listed(link, ("vms.example.gov.cn", "10.1.2.3:8443")) is listed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"picture_hosts": []}, "picture_base is of a host that is not listed"),
        ({"shapes": []}, "at least 1 item"),
        ({"token": ""}, "openssl rand"),
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings.model_validate(STANZA | change)
