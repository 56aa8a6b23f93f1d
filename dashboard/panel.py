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


Translate = Callable[..., str]
"""tr(key, **holes) -> text in the view's language. A missing key raises KeyError (a test finds it first)."""


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
    config.yaml after validation by `Panel.options`; `params` come from the page's address (alert page: alert_id)."""

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
    `bare`: the frame draws no head (band, strip). `interval_s`: at most one notice per interval and screen."""

    build: Callable[[View], Any]
    needs: Mapping[str, Query] | Callable[[Mapping[str, Any], Mapping[str, str]], Mapping[str, Query]]
    title: Callable[[View], str] | None = None
    sub: Callable[[View], str] | None = None
    is_empty: Callable[[View], bool] = lambda view: False
    interval_s: float = 1.0
    bare: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)  # option name -> default (its type is the check)
