"""Rows of alerts as people see them, with the names behind their ids and without what a wall must not show."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select

from brain.model.alert import NOT_PEOPLE, Level, TargetKind
from brain.model.facts import Facts, Name
from brain.model.query.alerts import AlertRow
from brain.model.reading import english_device_name
from brain.model.scope import Action
from brain.store.read.alert_states import ALERT_AREA
from brain.store.read.ask import Ask
from brain.store.schema import alert, case, device

_NOBODY = Name("", "")

# What lasts comes before what has recovered and only waits to be closed.
GRAVEST_FIRST = (alert.c.recovered_ms.is_not(None), alert.c.level.desc(), alert.c.opened_ms.desc(), alert.c.id)


def listed(ask: Ask) -> ColumnElement[bool]:
    """Condition: an alert of the area that this viewer may see one by one."""
    return and_(ask.own(alert.c.owner), ask.inside(ALERT_AREA))


def alert_rows(ask: Ask, rows: Sequence[Row[Any]]) -> tuple[AlertRow, ...]:
    """`rows` of the table alert, in their order."""
    names = _target_names(ask, rows)
    return tuple(_alert_row(ask, row, names.get((row.target_kind, row.target_id), _NOBODY)) for row in rows)


def category_name(facts: Facts, category: str) -> Name:
    """A category that the city does not list is shown as it came."""
    return facts.categories.get(category) or Name(category, category)


def unit_name(facts: Facts, unit: str) -> Name:
    return facts.units.get(unit) or Name(unit, unit)


def person(ask: Ask, name: str | None) -> str | None:
    """Who did something, as this viewer may know: a wall shows no names."""
    return name if name is None or name in NOT_PEOPLE or ask.scope.can(Action.CASE_READ) else ""


def area_of(ask: Ask, row: Row[Any]) -> str:
    """Where an alert lies. Of an area that a newer city pack no longer has it is still the city's."""
    area_id: str = row.area_id
    return area_id if area_id in ask.facts.tree else ask.facts.tree.root.id


def _alert_row(ask: Ask, row: Row[Any], target: Name) -> AlertRow:
    rule = ask.facts.rules.get(row.rule_id)
    owner = unit_name(ask.facts, row.owner)
    return AlertRow(
        id=row.id,
        level=Level(row.level),
        state=row.state,
        condition=row.condition,
        rule_kind=row.rule_kind,
        what=rule.name if rule else row.rule_id,
        what_en=rule.name_en if rule else row.rule_id,
        area_id=area_of(ask, row),
        target_kind=row.target_kind,
        target_id=row.target_id,
        target_name=target.zh,
        owner=owner.zh,
        owner_en=owner.en,
        opened_ms=row.opened_ms,
        last_ms=row.last_ms,
        times=row.times,
        value=row.value,
        limit_value=row.limit_value,
        metric=ask.facts.metrics.get(rule.metric) if rule and rule.metric else None,
        acknowledged_by=person(ask, row.acknowledged_by),
        acknowledged_ms=row.acknowledged_ms,
        closed_by=person(ask, row.closed_by),
        closed_ms=row.closed_ms,
        simulated=row.simulated,
        target_name_en=target.en,
        peak=row.peak,
        due_ms=row.due_ms,
        recovered_ms=row.recovered_ms,
        version=row.version,
    )


def _target_names(ask: Ask, rows: Sequence[Row[Any]]) -> dict[tuple[str, str], Name]:
    ids: dict[str, list[str]] = {kind.value: [] for kind in TargetKind}
    for row in rows:
        ids.setdefault(row.target_kind, []).append(row.target_id)
    names: dict[tuple[str, str], Name] = {}
    if ids[TargetKind.DEVICE]:
        devices = select(device.c.id, device.c.name, device.c.kind).where(device.c.id.in_(ids[TargetKind.DEVICE]))
        for target_id, name, kind in ask.conn.execute(devices):
            kind_en = ask.facts.device_kinds[kind].en if kind in ask.facts.device_kinds else kind
            names[TargetKind.DEVICE.value, target_id] = Name(name, english_device_name(name, kind_en, target_id))
    if ids[TargetKind.CASE]:
        found = ask.conn.execute(select(case.c.id, case.c.category).where(case.c.id.in_(ids[TargetKind.CASE])))
        names |= {(TargetKind.CASE.value, target_id): category_name(ask.facts, name) for target_id, name in found}
    for feed in ids[TargetKind.FEED]:
        facts = ask.facts.feeds.get(feed)
        names[(TargetKind.FEED.value, feed)] = facts.title if facts else Name(feed, feed)
    return names
