"""The events behind an alert of an event rule."""

from typing import Any

from sqlalchemy import Row, select

from brain.model.query.alerts import EventSeen
from brain.model.scope import Action
from brain.store.read.ask import Ask
from brain.store.schema import device_event

_BEFORE_MS = 600_000
_MOST = 20


def events_of(ask: Ask, row: Row[Any]) -> tuple[EventSeen, ...]:
    """`row` of the table alert. The rule's events on its device from ten minutes before its opening to its closing or
    now, newest first, at most 20. A wall is told when and how sure, neither shown nor told what was seen."""
    rule = ask.facts.rules.get(row.rule_id)
    if rule is None or rule.event_kind is None:
        return ()
    table = device_event
    end_ms = ask.now_ms if row.closed_ms is None else min(row.closed_ms, ask.now_ms)
    found = ask.conn.execute(
        select(table.c.at_ms, table.c.confidence, table.c.picture, table.c.text)
        .where(table.c.device_id == row.target_id, table.c.kind == rule.event_kind)
        .where(table.c.at_ms >= row.opened_ms - _BEFORE_MS, table.c.at_ms <= end_ms)
        .order_by(table.c.at_ms.desc(), table.c.id)
        .limit(_MOST)
    )
    readable = ask.scope.can(Action.CASE_READ)
    return tuple(
        EventSeen(at_ms, confidence, picture if readable else "", text if readable else "")
        for at_ms, confidence, picture, text in found
    )
