"""A feed as config.yaml names it."""

from dataclasses import dataclass

from brain.feed import FeedSettings


@dataclass(frozen=True)
class FeedEntry:
    """One configured feed: `name` as in config.yaml, `slug` the file it runs, `shard` the part of a feed that is run in
    parts (shards.py)."""

    name: str
    slug: str
    settings: FeedSettings
    shard: str = ""
