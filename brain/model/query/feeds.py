"""How the feeds are."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.query.answer import Query, SourceState


@dataclass(frozen=True, slots=True)
class FeedHealth(Query):
    """Answered with tuple[FeedRow, ...]: the configured feeds in the order of the configuration, whatever the area."""

    inputs: ClassVar[tuple[str, ...]] = ("feeds",)


@dataclass(frozen=True, slots=True)
class FeedRow:
    state: SourceState
    input: str
    accepted: int
    refused: int
    repeated: int
    last_well_ms: int | None
    reasons: tuple[tuple[str, int], ...]  # (reason code, count), most first
    recent: tuple[int, ...]  # items per minute for the last 12 minutes of city time, oldest first
