"""What each route asks of a visitor. A route that is not listed is nobody's: the gate answers as if it did not exist.

A test compares this table with the routes of the running app, both ways.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from brain.model.scope import Action
from dashboard.access.visitor import Kind, Visitor


class Need(StrEnum):
    FREE = "free"  # anybody, and nobody is looked up: works while the database is away
    PUBLIC = "public"  # anybody
    TOKEN = "token"  # noqa: S105 - the token of a push feed, instead of a session
    VISITOR = "visitor"  # a person or a wall
    PERSON = "person"  # no wall


class Answer(StrEnum):
    """How a stranger is turned away."""

    PAGE = "page"  # sent to the login page, a wall to its pairing page
    CODE = "code"  # 401


@dataclass(frozen=True, slots=True)
class Rule:
    methods: frozenset[str]
    path: str  # as FastAPI spells it
    need: Need | Action
    stranger: Answer = Answer.CODE
    body_bytes: int = 0  # 0: what all others may send

    def allows(self, visitor: Visitor) -> bool:
        if isinstance(self.need, Action):
            return visitor.kind is not Kind.WALL and visitor.scope.can(self.need)
        return self.need is not Need.PERSON or visitor.kind is not Kind.WALL


def _rule(methods: str, path: str, need: Need | Action, stranger: Answer = Answer.CODE) -> Rule:
    return Rule(frozenset(methods.split()), path, need, stranger)


SOCKET = "WEBSOCKET"

POLICY: tuple[Rule, ...] = (
    _rule("GET", "/healthz", Need.FREE),
    _rule("GET", "/assets/{path:path}", Need.FREE),
    _rule("GET", "/medium/devices", Need.PERSON, Answer.PAGE),
    _rule("GET", "/medium/devices/{device_id}/register", Need.PERSON, Answer.PAGE),
    _rule("POST", "/medium/devices/{device_id}", Action.DEVICE_EDIT, Answer.PAGE),
    _rule("POST", "/medium/devices/{device_id}/state", Action.DEVICE_MAINTENANCE, Answer.PAGE),
    *(
        rule
        for screen in ("large", "medium", "small")
        for rule in (
            _rule("GET", f"/{screen}/_dash-component-suites/{{package}}/{{path:path}}", Need.FREE),
            _rule("GET", f"/{screen}/_dash-layout", Need.VISITOR),
            _rule("GET", f"/{screen}/_dash-dependencies", Need.VISITOR),
            _rule("GET", f"/{screen}", Need.VISITOR, Answer.PAGE),
            _rule("GET", f"/{screen}/{{path:path}}", Need.VISITOR, Answer.PAGE),
        )
    ),
    _rule("GET", "/", Need.VISITOR, Answer.PAGE),
    _rule("GET", "/api/pages/{path:path}", Need.VISITOR),
    _rule("GET", "/api/panels/{placed_id}", Need.VISITOR),
    _rule("GET", "/api/panels/{placed_id}/rows.csv", Need.PERSON),  # a wall takes nothing away
    _rule("GET", "/api/versions", Need.VISITOR),
    _rule("GET", "/api/red", Need.VISITOR),
    _rule("GET", "/api/me", Need.VISITOR),
    _rule("POST", "/api/here", Need.VISITOR),
    _rule("POST", "/api/actions/{verb}", Need.PERSON),
    _rule(SOCKET, "/push/ws", Need.VISITOR),
    _rule("POST", "/in/{feed}", Need.TOKEN),
    _rule("GET POST", "/login", Need.PUBLIC),
    _rule("POST", "/logout", Need.PUBLIC),
    _rule("GET", "/pair", Need.PUBLIC),
    _rule("GET POST", "/first", Action.ACCOUNTS, Answer.PAGE),
    _rule("GET POST", "/account", Need.PERSON, Answer.PAGE),
    _rule("GET POST", "/admin/accounts", Action.ACCOUNTS, Answer.PAGE),
    _rule("POST", "/admin/accounts/{account_id}", Action.ACCOUNTS, Answer.PAGE),
    _rule("GET POST", "/admin/walls", Action.WALLS, Answer.PAGE),
    _rule("POST", "/admin/walls/revoke", Action.WALLS, Answer.PAGE),
    _rule("GET", "/admin/audit", Action.AUDIT_READ, Answer.PAGE),
    _rule("GET", "/admin/deadletters", Action.DEADLETTER_READ, Answer.PAGE),
    _rule("GET", "/admin/devices", Action.DEVICE_EDIT, Answer.PAGE),
    Rule(frozenset({"POST"}), "/admin/devices", Action.DEVICE_EDIT, Answer.PAGE, body_bytes=16_777_216),  # a file
    _rule("GET", "/admin/devices/export", Action.DEVICE_EDIT, Answer.PAGE),
    _rule("GET", "/admin/waiting", Action.DEADLETTER_READ, Answer.PAGE),
    _rule("POST", "/admin/waiting", Action.DEVICE_EDIT, Answer.PAGE),
    _rule("GET", "/api/{path:path}", Need.VISITOR),  # 404, after all others: kept from strangers like what exists
)


class Policy:
    """Finds the rule of a request; the first that fits wins, as in the router."""

    def __init__(self, rules: Iterable[Rule] = POLICY) -> None:
        self._rules = tuple((_pattern(rule.path), rule) for rule in rules)

    def rule(self, method: str, path: str) -> Rule | None:
        method = "GET" if method == "HEAD" else method
        return next((rule for pattern, rule in self._rules if method in rule.methods and pattern.fullmatch(path)), None)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)(?::(path))?\}", path)
    made = re.escape(parts[0])
    for kind, rest in zip(parts[2::3], parts[3::3], strict=True):
        made += (".*" if kind == "path" else "[^/]+") + re.escape(rest)
    return re.compile(made, re.DOTALL)
