"""Which alerts are open, and how many of each level: small sets, found along alert_by_state."""

from sqlalchemy import ColumnElement, and_, func, select

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
_DONE = (AlertState.CLOSED, AlertState.FALSE)

IS_OPEN: ColumnElement[bool] = alert.c.state.in_([state.value for state in OPEN])
# Open, and what the rule saw still lasts; a recovered alert only waits for a person to close it.
IS_ACTIVE: ColumnElement[bool] = and_(IS_OPEN, alert.c.recovered_ms.is_(None))
# Said by what it is not, so that databases look for them along alert_by_closed and not along all that ever closed.
IS_DONE: ColumnElement[bool] = alert.c.state.not_in([state.value for state in AlertState if state not in _DONE])
# For conditions beside these two: the expression keeps databases from walking along alert_by_area, which holds all that
# ever happened in an area.
ALERT_AREA: ColumnElement[str] = alert.c.area_id.concat("")


def open_levels(ask: Ask) -> dict[str, Level]:
    """The gravest alert of each rule that lasts in the area."""
    found = ask.conn.execute(
        select(alert.c.rule_id, func.max(alert.c.level))
        .where(IS_ACTIVE, ask.inside(ALERT_AREA))
        .group_by(alert.c.rule_id)
    )
    return {rule_id: Level(level) for rule_id, level in found}


def count_levels(ask: Ask, which: ColumnElement[bool]) -> dict[Level, int]:
    """Alerts of the area that fulfil `which`, per level, gravest first, levels without any as 0."""
    found = ask.conn.execute(
        select(alert.c.level, func.count()).where(which, ask.inside(ALERT_AREA)).group_by(alert.c.level)
    )
    counts = dict.fromkeys(sorted(Level, reverse=True), 0)
    return counts | {Level(level): n for level, n in found}
