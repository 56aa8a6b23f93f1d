"""Parts of a feed's topics, each for a session of its own at the broker: `shards` of the feed's settings."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Annotated

from pydantic import StringConstraints

from feeds.payloads.topics import compile_topic, overlap

Shards = Mapping[Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,15}$")], tuple[str, ...]]
"""Topic filters by the shard's name."""


def check_shards(shards: Mapping[str, Sequence[str]], patterns: Sequence[str]) -> None:
    """Raises ValueError unless each topic belongs to one shard and to one of `patterns`: of two shards that hear a
    device each would judge it."""
    parts = [(shard, topic) for shard, filters in shards.items() for topic in filters]
    if empty := [shard for shard, filters in shards.items() if not filters]:
        raise ValueError(f"shard {empty[0]} has no topic filter | such as [water/442000101/#]")
    whole = [compile_topic(pattern).filter for pattern in patterns]
    for shard, topic in parts:
        if compile_topic(topic).filter != topic or not any(overlap(topic, wide) for wide in whole):
            raise ValueError(f"{topic} of shard {shard} fits no topic pattern | these are there: {', '.join(whole)}")
    for (shard, one), (other, topic) in combinations(parts, 2):
        if overlap(one, topic):
            raise ValueError(f"{one} of shard {shard} and {topic} of shard {other} overlap | part them")
