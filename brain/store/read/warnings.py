"""Weather warnings in force for an area."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import and_, exists, func, select

from brain.model.alert import Level
from brain.model.query.answer import Answer
from brain.model.query.readings import Environment, MetricNow
from brain.model.query.warnings import WarningRow, WarningRows, WeatherMeasured, WeatherWarnings
from brain.model.warning import Wording
from brain.store.read.ask import Ask, reply
from brain.store.read.readings import environment
from brain.store.read.sources import checked_ms, source_states, stale_after_s
from brain.store.schema import warning_end, weather_warning

_MOST = 1000  # of one city at one time: beyond it something is wrong with the source


@reply.register
def weather_warnings(query: WeatherWarnings, ask: Ask) -> Answer[WarningRows]:
    """A warning lasts while its city time does, and until it is replaced or cancelled."""
    sources = source_states(ask, "warnings")
    rows = [row for row in _not_over(ask) if _concerns(ask, orjson.loads(row.area_ids))]
    current = [row for row in rows if row.effective_ms <= ask.now_ms]
    moments = [row.effective_ms for row in rows if row.effective_ms > ask.now_ms]
    moments += [row.expires_ms for row in current]
    shown = tuple(_warning(ask, row) for row in sorted(current, key=_gravest_first)[: query.limit])
    known = bool(sources) or _any(ask)
    return Answer(
        value=WarningRows(shown, len(current)) if known else None,
        as_of_ms=checked_ms(ask, sources),
        sources=sources,
        simulated=any(row.simulated for row in shown),
        stale_after_s=stale_after_s(sources),
        changes_ms=min(moments, default=None),
    )


def _not_over(ask: Ask) -> Sequence[Any]:
    own = and_(
        warning_end.c.sender == weather_warning.c.sender, warning_end.c.identifier == weather_warning.c.identifier
    )
    query = select(weather_warning).where(weather_warning.c.expires_ms > ask.now_ms, ~exists().where(own))
    return ask.conn.execute(query.order_by(weather_warning.c.expires_ms).limit(_MOST)).all()


def _concerns(ask: Ask, area_ids: Iterable[str]) -> bool:
    return any(_near(ask, area_id) for area_id in area_ids)


def _near(ask: Ask, area_id: str) -> bool:
    """Within the asked area, or around it: a warning for the city is one for each of its towns."""
    tree = ask.facts.tree
    return tree.contains(ask.area_id, area_id) or tree.contains(area_id, ask.area_id)


def _gravest_first(row: Any) -> tuple[int, int, str, str, int]:
    return -(row.level or 0), -row.effective_ms, row.sender, row.identifier, row.part


def _warning(ask: Ask, row: Any) -> WarningRow:
    words = orjson.loads(row.wording)
    return WarningRow(
        sender=row.sender,
        identifier=row.identifier,
        part=row.part,
        level=None if row.level is None else Level(row.level),
        severity=row.severity,
        zh=Wording(**words["zh"]),
        en=Wording(**words["en"]),
        area_ids=tuple(area_id for area_id in orjson.loads(row.area_ids) if _near(ask, area_id)),
        effective_ms=row.effective_ms,
        onset_ms=row.onset_ms,
        expires_ms=row.expires_ms,
        simulated=row.simulated,
    )


def _any(ask: Ask) -> bool:
    return bool(ask.conn.scalar(select(func.count()).select_from(select(weather_warning.c.part).limit(1).subquery())))


@reply.register
def weather_measured(query: WeatherMeasured, ask: Ask) -> Answer[tuple[MetricNow, ...]]:
    """A value that goes old is left out then: the answer never goes stale as a whole."""
    found = environment(Environment(query.metrics), ask) if query.metrics else None
    if found is None:
        return Answer((), None)
    shown = tuple(now for now in found.value or () if now.mean is not None)
    limit_ms = None if found.stale_after_s is None else round(found.stale_after_s * 1000)
    old_ms = None if found.as_of_ms is None or limit_ms is None else found.as_of_ms + limit_ms
    return Answer(
        value=shown,
        as_of_ms=found.as_of_ms,
        sources=found.sources,
        simulated=found.simulated and bool(shown),
        provenance=found.provenance,
        changes_ms=old_ms if old_ms is not None and old_ms > ask.now_ms else None,
    )
