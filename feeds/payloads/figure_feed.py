"""What feeds of figures share: the keys that say what tables and records leave out, and the reader made of them."""

from typing import Self

from pydantic import Field, model_validator

from brain.feed import FeedContext, FeedSettings
from feeds.payloads.figure_mapping import (
    Across,
    FigureColumns,
    FigureFixed,
    FigureMapping,
    FigureWords,
    check_mapping,
)
from feeds.payloads.figure_rows import FigureRows


class FigureFeed(FeedSettings):
    stale_after_s: float = Field(default=40 * 86_400, gt=0, description="Seconds without a figure until it is stale.")
    columns: FigureColumns = Field(
        default=FigureColumns(),
        description="Which column, or key of a record, is what; a key may be a path.",
    )
    fixed: FigureFixed = Field(default=FigureFixed(), description="What the source does not say.")
    words: FigureWords = Field(default=FigureWords(), description="What cells, headers and values say.")

    @model_validator(mode="after")
    def _says_all(self) -> Self:
        check_mapping(self.mapping)
        return self

    @property
    def mapping(self) -> FigureMapping:
        return FigureMapping(self.columns, self.fixed, self.words, self.wide)

    @property
    def wide(self) -> Across:
        """What the headers of further columns are, where a table is wide."""
        return ""


def figure_reader(settings: FigureFeed, ctx: FeedContext) -> FigureRows:
    return FigureRows(
        settings.fixed,
        settings.words,
        indicators=ctx.indicators,
        areas=ctx.areas,
        tz=ctx.tz,
        now_ms=ctx.clock.now_ms(),
        simulated=settings.simulated,
    )
