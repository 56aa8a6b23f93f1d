"""The section `cockpits` of config.yaml: which panels stand where on the pages of the three screens."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Protocol

from pydantic import Field, model_validator

from brain.settings.sections import Section, Slug

HEADLINE = "situation"  # the panel that stands in the band of a wall and under the tabs elsewhere
BAND_ROW = "band"  # what a wall places here stands in the band, right of the headline
MOST_PANELS = {"large": 9, "small": 6}
OWN_PAGES = ("late", "alerts", "alert", "devices")  # the program makes them; no cockpit of the config has such an id
LEAST_TURN_S = 5  # faster nobody reads a page
# Line names of assets/css/screens.css, per screen and axis; a test holds the two together.
SCREENS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "large": {
        "column": ("full", "left", "centre", "right"),
        "row": ("band", "totals", "row1", "row2", "row3", "body", "feeds"),
    },
    "medium": {"column": ("full", "wide", "side", "c1", "c2", "c3"), "row": ()},
    "small": {"column": ("full",), "row": ()},
}
GridPlace = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,24}( ?/ ?[a-z0-9-]{1,24})?$|^$")]


def is_grid_place(said: str, names: Sequence[str]) -> bool:
    """Whether `said` ("", "left", "row1-start / row2-end", "2") is a place of a grid whose lines have these names."""
    known = {"auto", *names, *(f"{name}-{end}" for name in names for end in ("start", "end"))}
    parts = [part.strip() for part in said.split("/")] if said else []
    return all(part in known or (part.isascii() and part.removeprefix("-").isdecimal()) for part in parts)


class Placed(Protocol):
    @property
    def panel(self) -> str: ...
    @property
    def column(self) -> str: ...
    @property
    def row(self) -> str: ...


def seen_at_once(placements: Iterable[Placed]) -> int:
    """How many panels a page shows to be read: what stands in the band is its lines, and of panels on one place of the
    grid one covers the other."""
    read = [place for place in placements if place.panel != HEADLINE and place.row != BAND_ROW]
    return len({(place.column, place.row) if place.row else number for number, place in enumerate(read)})


class PlacementSpec(Section):
    """One panel on a page. `column` and `row` are names of the screen's grid ("left", "row1", "row1-start / row2-end"),
    or empty for the next free cell."""

    panel: Slug = Field(description="File name in panels/.")
    column: GridPlace = Field(default="", description="Grid column: left, centre, right, full ... empty = next free.")
    row: GridPlace = Field(default="", description="Grid row: totals, row1 ... row3, body, feeds; empty = next free.")
    options: dict[str, str | int | float | bool | tuple[str, ...]] = Field(default={}, description="Options.")


class PageSpec(Section):
    """What one screen shows at a time."""

    name: str = Field(description="Name in Chinese.")
    name_en: str = Field(description="Name in English.")
    panels: tuple[PlacementSpec, ...] = Field(min_length=1, description="What stands on it.")
    dwell_s: int | None = Field(
        default=None,
        ge=0,
        le=3600,
        description="large: seconds it stays while pages take turns; empty = rotate_s, 0 = passed over.",
    )


class CockpitSpec(Section):
    """A set of pages about one subject."""

    name: str = Field(description="Name in Chinese.")
    name_en: str = Field(description="Name in English.")
    rotate_s: int = Field(
        default=0, ge=0, le=3600, description="Wall pages take turns after this time, 5 s at least; 0 = never."
    )
    large: dict[Slug, PageSpec] = Field(default={}, description="Wall pages, at most nine panels each.")
    medium: dict[Slug, PageSpec] = Field(default={}, description="Desktop and tablet pages.")
    small: dict[Slug, PageSpec] = Field(default={}, description="Phone pages, at most six panels each.")

    @model_validator(mode="after")
    def verify_counts(self) -> "CockpitSpec":
        for screen, most in MOST_PANELS.items():
            for page_id, page in getattr(self, screen).items():
                if (shown := seen_at_once(page.panels)) > most:
                    raise ValueError(f"page {page_id} of {screen} has {shown} panels | at most {most}")
        return self

    @model_validator(mode="after")
    def verify_turns(self) -> "CockpitSpec":
        turns = {f"dwell_s of page {page_id}": page.dwell_s for page_id, page in self.large.items()}
        for name, turn_s in {"rotate_s": self.rotate_s, **turns}.items():
            if turn_s is not None and 0 < turn_s < LEAST_TURN_S:
                raise ValueError(f"{name} is {turn_s} | 0, or {LEAST_TURN_S} at least")
        still = [*self.medium.values(), *self.small.values(), *(() if self.rotate_s else self.large.values())]
        if any(page.dwell_s is not None for page in still):
            raise ValueError("a dwell_s without turns | it is for large pages of a cockpit with rotate_s")
        return self
