"""The alert roll and the alert list."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from brain.model.query.alerts import AlertRows, OpenAlertIds, OpenAlerts
from brain.model.query.answer import Answer
from brain.store.read.alert_rows import GRAVEST_FIRST, alert_rows, listed
from brain.store.read.alert_states import IS_DONE, IS_OPEN, count_levels
from brain.store.read.ask import Ask, reply
from brain.store.schema import alert

_CLOSED_FOR_MS = 30 * 86_400_000


@reply.register
def open_alerts(query: OpenAlerts, ask: Ask) -> Answer[AlertRows]:
    order: tuple[ColumnElement[Any], ...]
    if query.closed:
        which = and_(IS_DONE, alert.c.closed_ms > ask.now_ms - _CLOSED_FOR_MS, alert.c.closed_ms <= ask.now_ms)
        order = (alert.c.closed_ms.desc(), alert.c.id)
    else:
        which, order = IS_OPEN, GRAVEST_FIRST
    found = ask.conn.execute(select(alert).where(which, listed(ask)).order_by(*order).limit(query.limit)).all()
    total = ask.conn.scalar(select(func.count()).select_from(alert).where(which, listed(ask)))
    rows = alert_rows(ask, found)
    newest_ms = max((row.closed_ms or row.last_ms for row in rows), default=None)
    return Answer(
        value=AlertRows(rows, total or 0, count_levels(ask, which)),
        as_of_ms=None if newest_ms is None else min(newest_ms, ask.now_ms),
        simulated=any(row.simulated for row in rows),
    )


@reply.register
def open_alert_ids(query: OpenAlertIds, ask: Ask) -> Answer[tuple[str, ...]]:
    which = (IS_OPEN, alert.c.level == query.level.value, listed(ask))
    found = ask.conn.execute(select(alert.c.id).where(*which).order_by(alert.c.id))
    return Answer(tuple(found.scalars()), None)
