"""Shows panels in tests: views of the small city, and walks through what was built."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from brain.model.query.answer import Answer
from brain.model.scope import Role, Scope
from dashboard.discover import discover_panels
from dashboard.kit.face import needs_of
from dashboard.kit.frame import frame
from dashboard.panel import CityFacts, Face, Panel, Screen, Theme, View
from dashboard.texts import Texts, load_texts
from tests.panels import samples
from tests.small_city import small_tree

ROOT = Path(__file__).resolve().parents[2]
SCREENS = tuple(Screen)
LANGUAGES = ("zh", "en")


@cache
def panels() -> Mapping[str, Panel]:
    return discover_panels(ROOT / "panels", "panels")


@cache
def texts() -> Texts:
    return load_texts(ROOT / "dashboard" / "text")


@cache
def city() -> CityFacts:
    return samples.city_of(small_tree())


def bare_view(panel_id: str, screen: Screen = Screen.LARGE, lang: str = "zh", **more: Any) -> View:
    """A view without answers."""
    panel = panels().get(panel_id)
    given: dict[str, Any] = {
        "panel_id": panel_id,
        "screen": screen,
        "theme": Theme.LIGHT if screen is Screen.MEDIUM else Theme.DARK,
        "lang": lang,
        "tr": texts().translate(lang),
        "city": city(),
        "area": city().areas.root,
        "scope": Scope("", Role.WALL if screen is Screen.LARGE else Role.OPERATOR, city().areas.root.id),
        "now_ms": samples.NOW_MS,
        "replay": False,
        "answers": {},
        "face": Face.LOADING,
        "options": dict(panel.options) if panel else {},
        "params": {"alert_id": "alert-0", "device_id": "water-1"},
    }
    return View(**(given | more))


def view_of(panel_id: str, screen: Screen = Screen.LARGE, lang: str = "zh", kind: str = "normal", **more: Any) -> View:
    """A view with sample answers of `kind` to all needs of the panel."""
    view = bare_view(panel_id, screen, lang, **more)
    needs = needs_of(panels()[panel_id], view)
    return replace(view, answers={name: samples.answer(q, view.city, view.area, kind) for name, q in needs.items()})


def with_value(view: View, need: str, value: Any) -> View:
    """The view with another value in one answer."""
    answer: Answer[Any] = replace(view.answers[need], value=value)
    return replace(view, answers={**view.answers, need: answer})


def show(view: View) -> Any:
    return frame(panels()[view.panel_id], view)


def components(node: Any) -> Iterator[Any]:
    """Every component below and including `node`."""
    if isinstance(node, list | tuple):
        for part in node:
            yield from components(part)
    elif hasattr(node, "to_plotly_json"):
        yield node
        yield from components(getattr(node, "children", None))


def attributes(node: Any) -> dict[str, Any]:
    return dict(node.to_plotly_json()["props"])


def text_of(node: Any) -> str:
    """What a person reads, without pictures."""
    if isinstance(node, list | tuple):
        return "".join(text_of(part) for part in node)
    if hasattr(node, "to_plotly_json"):
        return text_of(getattr(node, "children", None))
    return "" if node is None else str(node)


def by_class(node: Any, name: str) -> list[Any]:
    return [c for c in components(node) if name in str(getattr(c, "className", "") or "").split()]


def figures(node: Any) -> list[dict[str, Any]]:
    return [c.figure for c in components(node) if type(c).__name__ == "Graph"]


def strings(value: Any) -> Iterator[str]:
    """Every text within plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key)
            yield from strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strings(part)
