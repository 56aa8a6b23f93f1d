"""The cookies of the doors: out of reach of scripts, sent to us only, over https only where we came by it."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from dashboard.access.gate import COOKIE

PAIRING_COOKIE = "city_pairing"
WALL_S = 400 * 86_400  # the longest browsers allow; set anew at each visit of a wall


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def set_secret(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def set_session(request: Request, response: Response, token: str, seconds: int) -> None:
    set_secret(request, response, COOKIE, token, seconds)


def safe_next(path: str) -> str:
    """Where to go after a door, if that is one of our own pages; else "/"."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain and len(path) <= 500 else "/"
