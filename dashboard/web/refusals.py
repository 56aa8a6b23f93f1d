"""What is answered to what cannot be answered: a page to somebody who opened one, a line of JSON to a script."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from dashboard.web.desk_page import DeskPages

AGAIN_S = 10  # a wall that starts while the database is away has nobody who would load it again
_SCRIPTS = ("/api/", "/push/", "/assets/", "/in/")
_TOLD = {
    "forbidden": "turned_away.forbidden",
    "unknown": "turned_away.unknown",
    "malformed": "turned_away.malformed",
    "store_unavailable": "turned_away.store_unavailable",
}


class Refusals:
    def __init__(self, pages: DeskPages) -> None:
        self._pages = pages

    def answer(self, scope: Scope, status: int, error: str) -> Response:
        """`error` is the word scripts are told; people are told the catalogue's text of it."""
        if _opens_a_page(scope):
            values = {"text": _TOLD.get(error, "turned_away.other"), "again_s": AGAIN_S if status == 503 else 0}
            response = self._pages.show(Request(scope), "refused.html", status, **values)
        else:
            response = JSONResponse({"error": error}, status)
        if status == 503:
            response.headers["Retry-After"] = "2"
        return response


def _opens_a_page(scope: Scope) -> bool:
    if scope["method"] not in ("GET", "HEAD") or scope["path"].startswith(_SCRIPTS):
        return False
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
