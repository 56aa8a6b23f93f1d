"""What the headline sentence is written from."""

from sqlalchemy import and_, func, select
from sqlalchemy import case as when

from brain.model.alert import AlertState
from brain.model.query.answer import Answer
from brain.model.query.situation import Situation, SituationNow
from brain.store.read.alert_rows import GRAVEST_FIRST, alert_rows, listed
from brain.store.read.alert_states import ALERT_AREA, IS_ACTIVE, IS_OPEN, count_levels
from brain.store.read.ask import Ask, reply
from brain.store.read.sources import source_states
from brain.store.read.ticket_counts import count_if
from brain.store.schema import alert, case, case_clock

_LOST = ("broken", "refused", "lost")


@reply.register
def situation(query: Situation, ask: Ask) -> Answer[SituationNow]:
    sources = source_states(ask)
    running, overdue, urgent_running, urgent_overdue = _clocks(ask)
    row = ask.conn.execute(select(alert).where(IS_ACTIVE, listed(ask)).order_by(*GRAVEST_FIRST).limit(1)).one_or_none()
    gravest = None if row is None else alert_rows(ask, [row])[0]
    unacknowledged, simulated, newest_ms = ask.conn.execute(
        select(count_if(alert.c.state == AlertState.OPEN.value), count_if(alert.c.simulated), func.max(alert.c.last_ms))
        .select_from(alert)
        .where(IS_OPEN, ask.inside(ALERT_AREA))
    ).one()
    return Answer(
        value=SituationNow(
            by_level=count_levels(ask, IS_ACTIVE),
            unacknowledged=unacknowledged,
            overdue=overdue,
            running=running,
            feeds_lost=sum(source.status in _LOST for source in sources),
            gravest=gravest,
            urgent_overdue=urgent_overdue,
            urgent_running=urgent_running,
        ),
        as_of_ms=None if newest_ms is None else min(newest_ms, ask.now_ms),
        simulated=bool(simulated),
    )


def _clocks(ask: Ask) -> tuple[int, int, int, int]:
    """(cases with a clock that runs, of them past a deadline, of both the urgent ones)."""
    overdue, urgent = case_clock.c.due_ms < ask.now_ms, case.c.urgent
    cases = (when((which, case_clock.c.case_id)) for which in (overdue, urgent, and_(urgent, overdue)))
    row = ask.conn.execute(
        select(func.count(case_clock.c.case_id.distinct()), *(func.count(each.distinct()) for each in cases))
        .select_from(case_clock)
        .outerjoin(case, case.c.id == case_clock.c.case_id)
        .where(case_clock.c.ended_ms.is_(None), case_clock.c.started_ms <= ask.now_ms)
        .where(ask.inside(case_clock.c.area_id))
    ).one()
    return row[0], row[1], row[2], row[3]
