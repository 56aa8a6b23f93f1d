"""The contract of a panel: what a file in panels/ declares, and what its `build` is handed.

A panel file declares one module-level name `PANEL = Panel(...)`. Its id is its file name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from brain.model.area import Area, AreaTree
from brain.model.facts import Name
from brain.model.query.answer import Answer, Query
from brain.model.scope import Scope


class Screen(StrEnum):
    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"


class Face(StrEnum):
    LOADING = "loading"
    NORMAL = "normal"
    EMPTY = "empty"
    STALE = "stale"
    FAILED = "failed"


class Theme(StrEnum):
    DARK = "dark"
    LIGHT = "light"


class Kind(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"  # epoch ms
    DAY = "day"  # epoch ms of its beginning in the city's zone


Cell = str | float | None

Translate = Callable[..., str]
"""tr(key, **holes) -> text in the view's language. A missing key raises KeyError (a test finds it first)."""


@dataclass(frozen=True, slots=True)
class Column:
    """`name` and `unit` are words of the view's language. `decimals` None: each number as precise as it was given."""

    name: str
    unit: str = ""
    kind: Kind = Kind.TEXT
    decimals: int | None = 0


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind what a panel draws, to be read and taken away: plain values, None for what is not known, no
    personal data. `beside`: (name, figure) of what stands beside the rows. `period`: what span they speak of, "" where
    the rows say it themselves. `names`: what the numbers are called that the answers' provenance speaks of, by its
    `key`. Raises ValueError for a row of another length."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    beside: tuple[tuple[str, str], ...] = ()
    period: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = next((i for i, row in enumerate(self.rows) if len(row) != len(self.columns)), None)
        if wrong is not None:
            raise ValueError(f"row {wrong} has {len(self.rows[wrong])} cells; there are {len(self.columns)} columns")


@dataclass(frozen=True)
class CityFacts:
    """What panels may know of the city apart from answers: public, the same for everyone."""

    id: str
    name: str
    name_en: str
    tz: str
    areas: AreaTree
    # screen geometry of the pack, see shapes_for_screen in brain/settings/city.py: areas, water-lines, hatch, labels
    shapes: Mapping[str, Any]
    device_kinds: Mapping[str, Name] = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """All a panel may look at. `answers` has one entry per need of the panel; `options` are its settings from
    config.yaml, those of `Panel.filters` as the address chose; `params` come from the page's address (alert_id,
    device_id on pages of one thing). `enlarge`: address of the panel's own page, "" where it has none."""

    panel_id: str
    screen: Screen
    theme: Theme
    lang: str  # "zh" or "en"
    tr: Translate
    city: CityFacts
    area: Area
    scope: Scope
    now_ms: int
    replay: bool
    answers: Mapping[str, Answer[Any]]
    face: Face
    options: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    enlarge: str = ""

    def value(self, need: str) -> Any:
        """The value of an answer; None when there never was one."""
        return self.answers[need].value


@dataclass(frozen=True)
class Panel:
    """`build(view)` returns the Dash components of the panel's body (the frame adds title, age and faces; build
    is called for normal, stale and empty faces with value not None, never for failed or loading ones).
    `needs`: queries by name, or a function of (options, params) giving them.
    `title(view)` and `sub(view)` default to catalogue keys `<id>.title`, `<id>.sub` ("" in the catalogue: none).
    `is_empty(view)`: chooses the empty face, text `<id>.empty`.
    An option whose default is a StrEnum takes one of its words; the panel is handed the word, or the default.
    `bare`: the frame draws no head (band, strip). `interval_s`: least time between
    two drawings on one screen; None: the pace of numbers, which the city chooses (server.pace_s).
    `rows(view)`: the numbers behind what is drawn, from the same answers (called like `build`); without it the panel's
    own page shows no table and nobody can take its numbers away.
    `filters`: options that a page's address may choose, names of dashboard/filters.py."""

    build: Callable[[View], Any]
    needs: Mapping[str, Query] | Callable[[Mapping[str, Any], Mapping[str, str]], Mapping[str, Query]]
    title: Callable[[View], str] | None = None
    sub: Callable[[View], str] | None = None
    is_empty: Callable[[View], bool] = lambda view: False
    interval_s: float | None = None
    bare: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)  # option name -> default; its type is the check
    rows: Callable[[View], Table] | None = None
    filters: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)  # option that holds ids -> their section of config.yaml
    of: str = ""  # the parameter of its page without which it says nothing (alert_id): it stands on that page alone
