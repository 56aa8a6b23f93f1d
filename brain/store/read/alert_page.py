"""One alert with everything that speaks for it."""

from typing import Any

from sqlalchemy import Row, and_, select

from brain.model.alert import Level, TargetKind
from brain.model.query.alerts import AlertDetail, AlertPage, ClockRow, EventRow
from brain.model.query.answer import Answer
from brain.model.query.map import MapDevice
from brain.model.reading import Device
from brain.model.scope import Action, Forbidden
from brain.store.read.alert_rows import alert_rows, area_of, person
from brain.store.read.ask import Ask, reply
from brain.store.read.clocked_cases import clock_rows
from brain.store.read.evidence_cases import case_of, near_cases, near_counts
from brain.store.read.evidence_events import events_of
from brain.store.read.evidence_series import Series, series_of
from brain.store.read.limits import limits_of
from brain.store.read.map_points import map_devices
from brain.store.read.metric_rows import as_device
from brain.store.schema import alert, alert_event, case_clock, device

_MOST_EVENTS = 200
_MOST_NEAR_DEVICES = 80  # of more the names of a small map are not seen


@reply.register
def alert_page(query: AlertPage, ask: Ask) -> Answer[AlertDetail]:
    if not query.alert_id.isprintable():  # it comes from an address, and not every database takes every character
        return Answer(None, None)
    row = ask.conn.execute(select(alert).where(alert.c.id == query.alert_id)).one_or_none()
    if row is None:
        return Answer(None, None)
    if not ask.facts.tree.contains(ask.scope.area_id, area_of(ask, row)):
        raise Forbidden(f"alert {row.id} lies in {row.area_id}, outside the scope {ask.scope.area_id}")
    if not ask.owns(row.owner):
        raise Forbidden(f"alert {row.id} is not in the hands of unit {ask.scope.unit}")
    detail = detail_of(ask, row)
    moments = [row.last_ms, row.closed_ms, *(event.at_ms for event in detail.events), *(ms for ms, _ in detail.series)]
    return Answer(
        detail,
        min(max(ms for ms in moments if ms is not None), ask.now_ms),
        simulated=row.simulated,
        changes_ms=min(deadlines_ahead(ask, detail), default=None),
    )


def deadlines_ahead(ask: Ask, detail: AlertDetail) -> list[int]:
    """What becomes overdue by time alone: the response, and clocks of its ticket."""
    running = [clock.due_ms for clock in detail.clocks if clock.ended_ms is None]
    return [ms for ms in (detail.row.due_ms, *running) if ms is not None and ms > ask.now_ms]


def detail_of(ask: Ask, row: Row[Any]) -> AlertDetail:
    """`row` of the table alert, with everything that speaks for it."""
    on_device = row.target_kind == TargetKind.DEVICE
    target = _device(ask, row.target_id) if on_device else None
    series = series_of(ask, row, target) if target else Series()
    local = area_of(ask, row) != ask.facts.tree.root.id
    devices, total = _near_devices(ask, row) if local else ((), 0)
    return AlertDetail(
        row=alert_rows(ask, [row])[0],
        events=_events(ask, row.id),
        device=target,
        series=series.points,
        limits=limits_of(ask.facts, series.metric.id, target.kind) if series.metric and target else (),
        case=case_of(ask, row) if row.target_kind == TargetKind.CASE else None,
        clocks=_clocks(ask, row) if row.target_kind == TargetKind.CASE else (),
        near_cases=near_cases(ask, row) if local else (),
        near_devices=devices,
        version=row.version,
        series_metric=series.metric,
        series_span_s=series.span_s,
        near_counts=near_counts(ask, row) if local else (),
        near_total=total,
        seen=events_of(ask, row),
    )


def _device(ask: Ask, device_id: str) -> Device | None:
    row = ask.conn.execute(select(device).where(device.c.id == device_id)).one_or_none()
    return None if row is None else as_device(row)


def _events(ask: Ask, alert_id: str) -> tuple[EventRow, ...]:
    """In the order they happened; of very many the newest."""
    found = ask.conn.execute(
        select(alert_event)
        .where(alert_event.c.alert_id == alert_id)
        .order_by(alert_event.c.seq.desc())
        .limit(_MOST_EVENTS)
    ).all()
    return tuple(
        EventRow(
            at_ms=row.at_ms,
            actor=person(ask, row.actor) or "",
            action=row.action,
            from_state=row.from_state,
            to_state=row.to_state,
            note=row.note if ask.scope.can(Action.CASE_READ) else "",
            value=row.value,
            level=Level(row.level),
        )
        for row in reversed(found)
    )


def _clocks(ask: Ask, row: Row[Any]) -> tuple[ClockRow, ...]:
    """By deadline."""
    found = ask.conn.execute(
        select(case_clock)
        .where(case_clock.c.case_id == row.target_id)
        .order_by(case_clock.c.due_ms, case_clock.c.clock)
    )
    return clock_rows(ask, found.all())


def _near_devices(ask: Ask, row: Row[Any]) -> tuple[tuple[MapDevice, ...], int]:
    """Devices of the alert's area but its own: an even choice for the map, and how many there are."""
    around = Ask(ask.conn, ask.facts, ask.scope, area_of(ask, row), ask.now_ms)
    near = and_(around.inside(device.c.area_id), device.c.id != row.target_id)
    chosen, counts = map_devices(ask, near, _MOST_NEAR_DEVICES)
    return chosen, sum(counts.values())
