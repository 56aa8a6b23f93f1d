"""Which alerts are open, and how many of each level: small sets, found along alert_by_state."""

from sqlalchemy import ColumnElement, func, select

from brain.model.alert import AlertState, Level
from brain.store.read.ask import Ask
from brain.store.schema import alert

OPEN = (
    AlertState.OPEN,
    AlertState.ACKNOWLEDGED,
    AlertState.DISPATCHED,
    AlertState.HANDLING,
    AlertState.RESOLVED,  # done, but nobody has closed it yet
)
DONE = (AlertState.CLOSED, AlertState.FALSE)

IS_OPEN: ColumnElement[bool] = alert.c.state.in_([state.value for state in OPEN])


def open_levels(ask: Ask) -> dict[str, Level]:
    """The gravest open alert of each rule in the area."""
    found = ask.conn.execute(
        select(alert.c.rule_id, func.max(alert.c.level))
        .where(IS_OPEN, ask.inside(alert.c.area_id))
        .group_by(alert.c.rule_id)
    )
    return {rule_id: Level(level) for rule_id, level in found}


def count_levels(ask: Ask, which: ColumnElement[bool]) -> dict[Level, int]:
    """Alerts of the area that fulfil `which`, per level, gravest first, levels without any as 0."""
    found = ask.conn.execute(
        select(alert.c.level, func.count()).where(which, ask.inside(alert.c.area_id)).group_by(alert.c.level)
    )
    counts = dict.fromkeys(sorted(Level, reverse=True), 0)
    return counts | {Level(level): n for level, n in found}
