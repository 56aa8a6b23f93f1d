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


# What the people who set up a sender must do; they read it in that sender's log.
_AT_THE_INBOX = {
    "wrong_token": "no feed of this name takes this token: send it in the header that feeds.<feed>.token_header names "
    "(usually Authorization: Bearer <token>)",
    "wrong_signature": "send the HMAC-SHA256 of the body as it goes over the line, in hex, in the header that "
    "feeds.<feed>.signature_header names, made with feeds.<feed>.signing_key",
    "too_often": "more bodies in a minute than feeds.<feed>.per_minute: send several items in one, or raise it",
    "too_large": "larger than access.feed_body_limit_bytes: send less at once, or raise it",
    "too_slow": "the body did not come within 30 s: send it again",
    "malformed": "Content-Length is no number: mend the sender",
    "unknown_host": "the cockpit is not known by this name: add it to server.origins, or push to another",
    "store_unavailable": "the database is away: send it again",
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
            pushed = scope["path"].startswith("/in/")
            said = (
                {"error": error, "detail": _AT_THE_INBOX.get(error, "only POST is taken here")}
                if pushed
                else {"error": error}
            )
            response = JSONResponse(said, status)
        if status in (429, 503):
            response.headers["Retry-After"] = "2" if status == 503 else "10"
        return response


def _opens_a_page(scope: Scope) -> bool:
    if scope["method"] not in ("GET", "HEAD") or scope["path"].startswith(_SCRIPTS):
        return False
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
