"""What happened to alerts, and what the outside must hear of it: written together, so that the two always agree."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from brain.store import schema
from brain.store.dialect import insert_into, insert_rows
from brain.store.portion import portions

_EVENT = ("alert_id", "seq", "at_ms", "actor", "action", "from_state", "to_state", "level", "value", "note")
_OUTBOX = ("id", "kind", "body", "created_ms", "due_ms", "tries", "sent_ms")
_TOLD = ("id", "rule_id", "level", "target_kind", "target_id", "area_id", "owner", "opened_ms", "simulated")


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of one alert; `alert` is the alert's row after it."""

    alert: Mapping[str, Any]
    seq: int
    at_ms: int
    actor: str
    action: str
    from_state: str
    to_state: str
    value: float | None = None
    note: str = ""


def write_happenings(conn: Connection, happenings: Iterable[Happening], now_ms: int) -> None:
    """An event row and an outbox row each. The outbox holds neither who acted nor notes: it leaves the city's house."""
    listed = sorted(happenings, key=lambda each: (each.alert["id"], each.seq))
    events = [
        (h.alert["id"], h.seq, h.at_ms, h.actor, h.action, h.from_state, h.to_state, h.alert["level"], h.value, h.note)
        for h in listed
    ]
    outbox = [(_key(h), f"alert.{h.action}", _body(h), now_ms, now_ms, 0, None) for h in listed]
    insert_rows(conn, insert_into(conn, schema.alert_event), _EVENT, events)
    insert_rows(conn, insert_into(conn, schema.outbox), _OUTBOX, outbox)


def last_seqs(conn: Connection, alert_ids: Iterable[str]) -> dict[str, int]:
    """The number of the last event of each alert."""
    event = schema.alert_event
    found: dict[str, int] = {}
    for ids in portions(alert_ids):
        query = select(event.c.alert_id, func.max(event.c.seq)).where(event.c.alert_id.in_(ids))
        found.update((alert_id, seq) for alert_id, seq in conn.execute(query.group_by(event.c.alert_id)))
    return found


def _key(happening: Happening) -> str:
    return f"{happening.alert['id']}:{happening.seq}"


def _body(h: Happening) -> str:
    told = {name: h.alert[name] for name in _TOLD}
    told |= {"action": h.action, "state": h.to_state, "at_ms": h.at_ms, "value": h.value}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
