"""The cookies of the doors: out of reach of scripts, sent to us only, over https only where we came by it.

Browsers send a cookie to every port of a host, so its name carries the port: two cockpits on one machine would log each
other out. Over https `__Host-` keeps other names of the domain and plain http from planting one.
"""

import secrets
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

COOKIE = "city_session"
PAIRING_COOKIE = "city_pairing"
WALL_S = 400 * 86_400  # the longest browsers allow; set anew at each visit of a wall


def cookie_name(name: str, scheme: str, host: str) -> str:
    """What `name` is called for a browser that came by `scheme` (of a request or a socket) and Host header `host`."""
    try:
        port = urlsplit(f"//{host}").port
    except ValueError:
        port = None
    own = name if port is None else f"{name}_{port}"
    return f"__Host-{own}" if _secure(scheme) else own


def secret_of(connection: HTTPConnection, name: str) -> str:
    """The value of our cookie; "" when there is none."""
    return connection.cookies.get(_name(connection, name), "")


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def set_secret(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _name(request, name),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_secure(request),
    )


def set_session(request: Request, response: Response, token: str, seconds: int) -> None:
    set_secret(request, response, COOKIE, token, seconds)


def forget_secret(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(_name(request, name), path="/", httponly=True, samesite="lax", secure=_is_secure(request))


def safe_next(path: str) -> str:
    """Where to go after a door, if that is one of our own pages; else "/"."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain and len(path) <= 500 else "/"


def _name(connection: HTTPConnection, name: str) -> str:
    return cookie_name(name, connection.url.scheme, connection.headers.get("host", ""))


def _is_secure(request: Request) -> bool:
    return _secure(request.url.scheme)


def _secure(scheme: str) -> bool:
    return scheme in ("https", "wss")
