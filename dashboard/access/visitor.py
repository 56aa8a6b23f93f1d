"""Who is asking. The gate finds out once and puts the answer into the ASGI scope, where all behind it read it."""

from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import HTTPConnection

from brain.model.scope import Role, Scope


class Kind(StrEnum):
    PERSON = "person"
    WALL = "wall"
    LOCAL = "local"  # on the loopback, before there is any account


@dataclass(frozen=True, slots=True)
class Visitor:
    """`session` is the stored hash of the session's token, "" for LOCAL; `address` is the client's, for audit."""

    scope: Scope
    kind: Kind
    session: str
    address: str


def local_administrator(root_area_id: str, address: str) -> Visitor:
    return Visitor(Scope("local", Role.ADMINISTRATOR, root_area_id), Kind.LOCAL, "", address)


def visitor_of(connection: HTTPConnection) -> Visitor:
    """The visitor behind a request or socket. Raises LookupError where the gate lets strangers through."""
    visitor = connection.scope.get("state", {}).get("visitor")
    if not isinstance(visitor, Visitor):
        raise LookupError("nobody is logged in")
    return visitor
