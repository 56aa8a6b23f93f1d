"""The deletions retention is made of: each deletes a portion in one transaction and says how many rows it took."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, exists, func, select

from brain.store import schema
from brain.store.audit import forget_before

Portion = Callable[[Connection], int]

ROWS_AT_ONCE = 500
_SERIES_AT_ONCE = 20


def along_series(
    table: Table, heads: Sequence[Mapping[str, Any]], at: str, cutoff_ms: int, **fixed: int
) -> Iterator[Portion]:
    """The old ends of series that share the first columns of the primary key (`heads`) and `fixed` ones: cut along the
    key, without looking at the rest of the table."""
    if not heads:
        return
    same = [table.c[column] == bindparam(f"head_{column}") for column in heads[0]]
    same += [table.c[column] == value for column, value in fixed.items()]
    old = delete(table).where(*same, table.c[at] <= cutoff_ms)
    parameters = [{f"head_{column}": value for column, value in head.items()} for head in heads]
    for start in range(0, len(parameters), _SERIES_AT_ONCE):
        some = parameters[start : start + _SERIES_AT_ONCE]
        yield lambda conn, some=some: conn.execute(old, some).rowcount  # type: ignore[misc]


def closed_cases(conn: Connection, case_type: str, cutoff_ms: int) -> int:
    """Cases closed before with all that belongs to them; not those with a running clock or an open alert."""
    case, clock, open_alert = schema.case, schema.case_clock, schema.alert_open
    query = select(case.c.id).where(
        case.c.type == case_type,
        case.c.closed_ms <= cutoff_ms,
        ~exists().where(clock.c.case_id == case.c.id, clock.c.ended_ms.is_(None)),
        ~exists().where(open_alert.c.target_id == case.c.id),
    )
    ids = _some(conn, query)
    for table in (schema.case_private, schema.case_event, schema.case_clock):
        conn.execute(delete(table).where(table.c.case_id.in_(ids)))
    return conn.execute(delete(case).where(case.c.id.in_(ids))).rowcount


def closed_alerts(conn: Connection, cutoff_ms: int) -> int:
    """Alerts closed before with their events; not those that hold a rule open or have a message still to be sent."""
    alert, event, open_alert, outbox = schema.alert, schema.alert_event, schema.alert_open, schema.outbox
    query = select(alert.c.id).where(
        alert.c.closed_ms <= cutoff_ms,
        alert.c.id.not_in(select(open_alert.c.alert_id)),
        ~exists().where(outbox.c.sent_ms.is_(None), func.substr(outbox.c.id, 1, 36) == alert.c.id),
    )
    ids = _some(conn, query)
    conn.execute(delete(event).where(event.c.alert_id.in_(ids)))
    return conn.execute(delete(alert).where(alert.c.id.in_(ids))).rowcount


def sent_messages(conn: Connection, cutoff_ms: int) -> int:
    outbox = schema.outbox
    return _delete_some(conn, outbox, outbox.c.id, outbox.c.sent_ms <= cutoff_ms)


def weather_warnings(conn: Connection, cutoff_ms: int) -> int:
    """Warnings that expired before, and ends told before: an end may come before its warning, so it goes by itself."""
    end, warning = schema.warning_end, schema.weather_warning
    conn.execute(delete(end).where(end.c.ended_ms <= cutoff_ms, ~_still_there(warning, end)))
    return conn.execute(delete(warning).where(warning.c.expires_ms <= cutoff_ms)).rowcount


def duty_shifts(conn: Connection, cutoff_ms: int) -> int:
    return conn.execute(delete(schema.duty_shift).where(schema.duty_shift.c.end_ms <= cutoff_ms)).rowcount


def device_events(conn: Connection, cutoff_ms: int) -> int:
    return conn.execute(delete(schema.device_event).where(schema.device_event.c.at_ms <= cutoff_ms)).rowcount


def claims(conn: Connection, cutoff_ms: int) -> int:
    """Slots the scheduler ran long ago."""
    return conn.execute(delete(schema.job_claim).where(schema.job_claim.c.slot_ms <= cutoff_ms)).rowcount


def audit_rows(conn: Connection, cutoff_ms: int) -> int:
    """The beginning of the audit trail; `cutoff_ms` is real time."""
    return forget_before(conn, cutoff_ms, ROWS_AT_ONCE)


def _still_there(warning: Table, end: Table) -> ColumnElement[bool]:
    return exists().where(warning.c.sender == end.c.sender, warning.c.identifier == end.c.identifier)


def _some(conn: Connection, query: Any) -> list[str]:
    return list(conn.scalars(query.limit(ROWS_AT_ONCE)))


def _delete_some(conn: Connection, table: Table, key: ColumnElement[str], old: ColumnElement[bool]) -> int:
    ids = _some(conn, select(key).where(old))
    return conn.execute(delete(table).where(key.in_(ids))).rowcount
