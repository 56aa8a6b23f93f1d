"""What a browser remembers by itself: language and theme, in cookies that say nothing of a person."""

from collections.abc import Container

from starlette.requests import Request
from starlette.responses import Response

from dashboard.panel import Screen, Theme
from dashboard.texts import LANGUAGES

LANG_COOKIE, THEME_COOKIE = "city_lang", "city_theme"
DEFAULT_THEME = {Screen.LARGE: Theme.DARK, Screen.MEDIUM: Theme.LIGHT, Screen.SMALL: Theme.DARK}
_YEAR_S = 31_536_000


def chosen_lang(request: Request, default: str) -> str:
    """As the address says (?lang=), else as chosen before, else the city's."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else (_cookie(request, LANG_COOKIE, LANGUAGES) or default)


def keep_lang(request: Request, response: Response) -> None:
    """Remember a language that the address chose."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        response.set_cookie(LANG_COOKIE, asked, max_age=_YEAR_S, samesite="lax")


def chosen_theme(request: Request, screen: Screen) -> Theme:
    chosen = _cookie(request, f"{THEME_COOKIE}_{screen.value}", set(Theme))
    return Theme(chosen) if chosen else DEFAULT_THEME[screen]


def _cookie(request: Request, name: str, choices: Container[str]) -> str | None:
    value = request.cookies.get(name, "")
    return value if value in choices else None
