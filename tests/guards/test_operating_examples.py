"""The stanzas of docs/operating.md are read as the program reads them, and take the payload that stands below them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brain.feed import FeedSettings, Item
from brain.model.event import Event
from feeds import event_webhook
from tests.feeds.desk import Desk
from tests.guards.documents import blocks, read
from tests.guards.source import ROOT
from tests.guards.test_examples import models, settings_of

OPERATING = ROOT / "docs" / "operating.md"


def stanza_and_payload(feed: str, folder: Path) -> tuple[FeedSettings, bytes]:
    """Of the feed, and the block after it."""
    listed = blocks(read(OPERATING))
    (place,) = (i for i, block in enumerate(listed) if block.lang == "yaml" and f"  {feed}:\n" in block.text)
    (entry,) = settings_of(listed[place].text, folder, models(), {}).feeds
    assert entry.slug == feed
    return entry.settings, listed[place + 1].text.encode()


def accepted(module: Any, settings: FeedSettings, body: bytes, headers: Mapping[str, str]) -> list[Item]:
    desk = Desk()
    items: list[Item] = module.accept(settings, desk.context("example"), headers, body)
    return items


def test_events(tmp_path: Path) -> None:
    settings, body = stanza_and_payload("event_webhook", tmp_path)
    (event,) = accepted(event_webhook, settings, body, {"content-type": "application/json"})
    assert isinstance(event, Event)
    assert (event.device_id, event.kind, event.confidence) == ("cam-0417", "smoke", 0.93)
    assert event.picture
