"""What is kept of an item that is refused, so that a person can see what it was and send it again."""

from dataclasses import asdict, is_dataclass

import orjson

from brain.feed import Cursor, Item, Rejected
from brain.model.case import Ticket
from brain.model.duty import DutyRoster
from brain.model.event import Event


def refused(item: Item, reason: str, detail: str, place: str) -> Rejected:
    """The dead letter of an item, holding it as JSON; of tickets, rosters and events it is to be encrypted."""
    return Rejected(reason, detail, place, _plain(item), personal=isinstance(item, Ticket | DutyRoster | Event))


def _plain(item: Item) -> bytes:
    if isinstance(item, Cursor) or not is_dataclass(item):
        return b""
    try:
        return orjson.dumps(asdict(item), default=str)
    except (TypeError, ValueError):
        return b""
