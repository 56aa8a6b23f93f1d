"""What a browser remembers by itself: language and theme, in cookies that say nothing of a person."""

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response

from dashboard.panel import Screen, Theme
from dashboard.texts import LANGUAGES

LANG_COOKIE, THEME_COOKIE = "city_lang", "city_theme"
DEFAULT_THEME = {Screen.LARGE: Theme.DARK, Screen.MEDIUM: Theme.LIGHT, Screen.SMALL: Theme.DARK}
_YEAR_S = 31_536_000


def chosen_lang(request: Request, default: str) -> str:
    """As the address says (?lang=), else as chosen before, else the city's."""
    return _chosen(request, "lang", LANG_COOKIE, LANGUAGES) or default


def chosen_theme(request: Request, screen: Screen, default: Theme | None = None) -> Theme:
    """As the address says (?theme=), else as chosen before on this screen, else `default`, else the screen's own."""
    chosen = _chosen(request, "theme", f"{THEME_COOKIE}_{screen.value}", tuple(Theme))
    return Theme(chosen) if chosen else default or DEFAULT_THEME[screen]


def keep_choices(request: Request, response: Response, screen: Screen) -> None:
    """Remember what the address chose, and go on remembering what was chosen before: browsers drop cookies after a
    while, however long a wall is to stay."""
    theme_cookie = f"{THEME_COOKIE}_{screen.value}"
    for cookie, value in (
        (LANG_COOKIE, _chosen(request, "lang", LANG_COOKIE, LANGUAGES)),
        (theme_cookie, _chosen(request, "theme", theme_cookie, tuple(Theme))),
    ):
        if value:
            response.set_cookie(cookie, value, max_age=_YEAR_S, samesite="lax")


def _chosen(request: Request, key: str, cookie: str, choices: Collection[str]) -> str | None:
    told = (request.query_params.get(key, ""), request.cookies.get(cookie, ""))
    return next((value for value in told if value in choices), None)
