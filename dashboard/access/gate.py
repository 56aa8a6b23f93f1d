"""The outermost layer, for requests and sockets alike: who is it, may they, is it really one of our pages, is the body
small enough. Whatever passes here carries its visitor; whatever is answered wears the security headers."""

from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from brain.store.errors import StoreUnavailable
from dashboard.access.body import Gone, TooLarge, TooSlow, replay, take_body
from dashboard.access.cookies import COOKIE, cookie_name
from dashboard.access.headers import NO_STORE, TRANSPORT, Headers
from dashboard.access.origin import Origins, host_name, is_loopback
from dashboard.access.policy import SOCKET, Answer, Need, Policy, Rule
from dashboard.access.push_key import Senders
from dashboard.access.sessions import Sessions
from dashboard.access.visitor import Visitor, local_administrator

_SAFE = {"GET", "HEAD"}
_REFUSED_SOCKET = 4403
_STRANGE_SOCKET = 4401
# With one of these the request came through a proxy, which makes every client look local.
_PROXY_HEADERS = {"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip"}
_PROXY_BEGINNINGS = ("x-forwarded-", "x-original-", "cf-", "fly-", "x-envoy-")
_FOLLOWED_LINK = {"cross-site", "same-site"}  # of Sec-Fetch-Site: then the referer is another page, not ours
_OF_PROXIES = "1.0"  # no browser speaks it; proxies do where nobody told them better

Refused = Callable[[Scope, Visitor | None, str], None]
"""Told of everything refused: (ASGI scope, visitor if known, why)."""
Turned = Callable[[Scope, int, str], Response]
"""(ASGI scope, status, why) -> the response."""


class Gate:
    def __init__(
        self,
        app: ASGIApp,
        *,
        policy: Policy,
        sessions: Sessions,
        origins: Origins,
        headers: Headers,
        root_area_id: str,
        body_limit: int,
        senders: Senders,
        refused: Refused,
        answer: Turned,
    ) -> None:
        """`answer` makes what is said to whom is turned away."""
        self._app = app
        self._policy = policy
        self._sessions = sessions
        self._origins = origins
        self._headers = headers
        self._root_area_id = root_area_id
        self._body_limit = body_limit
        self._senders = senders
        self._refused = refused
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, self._dressed(scope, send))
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    # --- requests ------------------------------------------------------------------------------------------------
    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _header_map(scope)
        rule = self._policy.rule(scope["method"], scope["path"])
        try:
            turned_away = await self._turn_away(scope, headers, rule)
            if turned_away is None:
                limit = self._limit(rule, scope["path"])
                body = b"" if scope["method"] in _SAFE else await take_body(scope, receive, limit)
                turned_away = self._by_signature(scope, headers, body, rule)
            if turned_away is None:
                await self._app(scope, replay(body, receive), send)
                return
        except TooLarge:
            turned_away = self._answer(scope, 413, "too_large")
        except TooSlow:
            turned_away = self._answer(scope, 408, "too_slow")
        except ValueError:
            turned_away = self._answer(scope, 400, "malformed")
        except Gone:
            return
        except StoreUnavailable:
            turned_away = self._answer(scope, 503, "store_unavailable")
        await turned_away(scope, receive, send)

    async def _turn_away(self, scope: Scope, headers: Mapping[str, str], rule: Rule | None) -> Response | None:
        """The answer to a request that may not pass; None for one that may, which then carries its visitor."""
        host = headers.get("host", "")
        if not self._origins.knows_host(host):
            self._refused(scope, None, "host")
            return self._answer(scope, 421, "unknown_host")
        if rule is not None and rule.need is Need.TOKEN:
            return self._by_token(scope, headers)
        if rule is not None and rule.need is Need.FREE:
            return None
        if scope["method"] not in _SAFE and not self._origins.same(headers.get("origin"), host):
            self._refused(scope, None, "origin")
            return self._answer(scope, 403, "foreign_origin")
        visitor = await self._visitor(scope, headers)
        if visitor is not None:
            scope.setdefault("state", {})["visitor"] = visitor
        if rule is not None and rule.need is Need.PUBLIC:
            return None
        if visitor is None:
            return (
                _to_login(scope) if rule and rule.stranger is Answer.PAGE else self._answer(scope, 401, "not_logged_in")
            )
        if rule is None:
            return self._answer(scope, 404, "unknown")
        if not rule.allows(visitor):
            self._refused(scope, visitor, "role")
            return self._answer(scope, 403, "forbidden")
        return None

    def _by_token(self, scope: Scope, headers: Mapping[str, str]) -> Response | None:
        feed = _feed_of(scope["path"])
        if not self._senders.has_token(feed, headers):
            self._refused(scope, None, "token")
            return self._answer(scope, 401, "wrong_token")
        return None if self._senders.may_come(feed) else self._answer(scope, 429, "too_often")

    def _by_signature(
        self, scope: Scope, headers: Mapping[str, str], body: bytes, rule: Rule | None
    ) -> Response | None:
        if rule is None or rule.need is not Need.TOKEN:
            return None
        if self._senders.has_signed(_feed_of(scope["path"]), headers, body):
            return None
        self._refused(scope, None, "signature")
        return self._answer(scope, 401, "wrong_signature")

    def _limit(self, rule: Rule | None, path: str) -> int:
        if rule is not None and rule.need is Need.TOKEN:
            return self._senders.body_limit(_feed_of(path))
        return max(self._body_limit, rule.body_bytes if rule is not None else 0)

    # --- sockets -------------------------------------------------------------------------------------------------
    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _header_map(scope)
        code = await self._socket_refusal(scope, headers)
        if code is None:
            await self._app(scope, receive, send)
            return
        await receive()  # websocket.connect
        await send({"type": "websocket.close", "code": code})

    async def _socket_refusal(self, scope: Scope, headers: Mapping[str, str]) -> int | None:
        host = headers.get("host", "")
        if not self._origins.knows_host(host) or not self._origins.same(headers.get("origin"), host):
            self._refused(scope, None, "origin")
            return _REFUSED_SOCKET
        rule = self._policy.rule(SOCKET, scope["path"])
        try:
            visitor = await self._visitor(scope, headers)
        except StoreUnavailable:
            return 1013  # try again later
        if visitor is None:
            return _STRANGE_SOCKET
        if rule is None or not rule.allows(visitor):
            self._refused(scope, visitor, "role")
            return _REFUSED_SOCKET
        scope.setdefault("state", {})["visitor"] = visitor
        return None

    # --- both ----------------------------------------------------------------------------------------------------
    async def _visitor(self, scope: Scope, headers: Mapping[str, str]) -> Visitor | None:
        address = scope["client"][0] if scope.get("client") else ""
        token = cookie(headers, cookie_name(COOKIE, scope.get("scheme", ""), headers.get("host", "")))
        if token:
            found = await self._sessions.visitor(token, address)
            if found is not None:
                return found
        if _at_the_machine(scope, address, headers) and await self._sessions.is_locals():
            return local_administrator(self._root_area_id, address)
        return None

    def _dressed(self, scope: Scope, send: Send) -> Send:
        """Adds the security headers; what says nothing about caching is not to be kept."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                if not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append(NO_STORE)
                headers.extend(self._headers)
                if scope.get("scheme") == "https":
                    headers.append(TRANSPORT)
                message = {**message, "headers": headers}
            await send(message)

        return dressed


def cookie(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie; "" when there is none or the header is not one."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _feed_of(path: str) -> str:
    return path.rpartition("/")[2]


def _header_map(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _at_the_machine(scope: Scope, address: str, headers: Mapping[str, str]) -> bool:
    """Whether the browser runs on this machine and asked for it by a local name, with nothing in between."""
    proxied = any(name in _PROXY_HEADERS or name.startswith(_PROXY_BEGINNINGS) for name in headers)
    if proxied or scope.get("http_version") == _OF_PROXIES:
        return False
    names = [host_name(headers.get("host", ""))]
    # Where the browser says its page is: a proxy that hides itself passes this on.
    if "origin" in headers:
        names.append(_page_host(headers["origin"]))
    if "referer" in headers and headers.get("sec-fetch-site") not in _FOLLOWED_LINK:
        names.append(_page_host(headers["referer"]))
    return is_loopback(address) and all(is_loopback(name) for name in names)


def _page_host(address: str) -> str:
    try:
        return host_name(urlsplit(address).netloc)
    except ValueError:
        return ""


def _to_login(scope: Scope) -> Response:
    path = scope["path"]
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = quote(f"{path}?{query}" if query else path, safe="")
    door = "/pair" if path == "/large" or path.startswith("/large/") else "/login"
    # The door speaks the language that was asked for: a new wall has no cookie yet.
    asked = parse_qs(query).get("lang", [""])[-1]
    said = f"&lang={quote(asked, safe='')}" if asked else ""
    return RedirectResponse(f"{door}?next={wanted}{said}", 303)
