"""Reads what a browser says it looks at, from the query of an address; nothing of it is trusted."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.filters import read_filters
from dashboard.panel import Screen, Theme
from dashboard.texts import LANGUAGES
from dashboard.web.pages import SUBJECTS

PARAMS = tuple(SUBJECTS.values())
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Choice:
    """`area_id` "" means the viewer's own area."""

    screen: Screen
    cockpit_id: str
    area_id: str
    lang: str
    theme: Theme
    params: Mapping[str, str]


def read_choice(query: Mapping[str, str]) -> Choice | None:
    """None for a screen, theme or language that does not exist, or a text longer than any id. Raises BadFilter."""
    if any(len(query.get(name, "")) > _LONGEST for name in ("cockpit", "area", *PARAMS)):
        return None
    lang = query.get("lang", "zh")
    if lang not in LANGUAGES:
        return None
    try:
        screen, theme = Screen(query.get("screen", "")), Theme(query.get("theme", "dark"))
    except ValueError:
        return None
    params = {name: query[name] for name in PARAMS if query.get(name)} | read_filters(query)
    return Choice(screen, query.get("cockpit", ""), query.get("area", ""), lang, theme, params)
