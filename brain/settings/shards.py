"""A feed with `shards` is as many feeds, one for each: `iot_mqtt-north` beside `iot_mqtt-south`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from brain.settings.feed_entry import FeedEntry
from brain.settings.reader import Settings


def spread(settings: Settings) -> Settings:
    """A shard's name has a hyphen, which no name in the config can have."""
    return replace(settings, feeds=tuple(one for entry in settings.feeds for one in _shards(entry)))


def _shards(entry: FeedEntry) -> Iterator[FeedEntry]:
    shards = getattr(entry.settings, "shards", None)
    if not isinstance(shards, Mapping) or not shards:
        yield entry
        return
    given = entry.settings
    for shard, part in shards.items():
        alone = given.model_copy(update={"shards": {shard: part}})
        yield FeedEntry(f"{entry.name}-{shard}", entry.slug, alone, shard)
