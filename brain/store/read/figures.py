"""Published figures: of each indicator the newest value, what it is compared with, and where it was published."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select

from brain.model.indicator import IndicatorValue, Qualifier, Quality, ValueKind
from brain.model.period import Period, PeriodKind
from brain.model.query.answer import Answer, Provenance
from brain.model.query.indicators import Figure, Figures
from brain.store.read.ask import Ask, reply
from brain.store.read.sources import source_states
from brain.store.schema import indicator_value as published

_MEASURED = (ValueKind.STOCK, ValueKind.TOTAL, ValueKind.AVERAGE, ValueKind.RATIO)
_HISTORY = 16  # newest periods read of each indicator and kind of value

Values = dict[str, list[IndicatorValue]]
"""Of each indicator the values of the area, newest period first, each in its last revision."""


@reply.register
def figures(query: Figures, ask: Ask) -> Answer[tuple[Figure, ...]]:
    named = dict.fromkeys((*query.indicator_ids, *_of_domains(ask, query.domains)))
    asked = tuple((indicator, ()) for indicator in named) if named or query.domains else ask.facts.headline
    known = [(indicator, rest) for indicator, rest in asked if indicator in ask.facts.indicators]
    values = _values(ask, {each for indicator, rest in known for each in (indicator, *rest)}, query.inherit)
    found = tuple(_figure(ask, values, indicator, rest) for indicator, rest in known)
    shown = [figure.value for figure in found if figure.value is not None]
    shown += [value for figure in found for _, value in figure.companions]
    newest_ms = max((value.received_ms for value in shown), default=None)
    return Answer(
        value=found if shown else None,
        as_of_ms=None if newest_ms is None else min(newest_ms, ask.now_ms),
        sources=source_states(ask, "indicators"),
        simulated=any(value.simulated for value in shown),
        provenance=tuple(_provenance(value) for value in shown),
    )


def _of_domains(ask: Ask, domains: Sequence[str]) -> Iterator[str]:
    """Domain by domain in the order asked, within one in the order of the catalogue."""
    for domain in domains:
        yield from (each.id for each in ask.facts.indicators.values() if each.domain == domain)


def _figure(ask: Ask, values: Values, indicator: str, companions: Sequence[str]) -> Figure:
    own = values.get(indicator, [])
    value = _first(own, lambda each: each.kind in _MEASURED)
    beside = (
        (ask.facts.indicators[i], _first(values.get(i, []), lambda each: each.kind in _MEASURED)) for i in companions
    )
    return Figure(
        indicator=ask.facts.indicators[indicator],
        value=value,
        companions=tuple((definition, found) for definition, found in beside if found is not None),
        previous=_previous(own, value) if value else None,
        target=_first(own, lambda each: each.kind is ValueKind.TARGET),
        limit=_first(own, lambda each: each.kind is ValueKind.LIMIT),
        series=_series(own, value) if value else (),
    )


def _first(values: Sequence[IndicatorValue], fits: Callable[[IndicatorValue], bool]) -> IndicatorValue | None:
    return next((value for value in values if fits(value)), None)


def _is_alike(one: IndicatorValue, other: IndicatorValue) -> bool:
    """Of the same kind, length of period and area: they may be compared."""
    return (one.kind, one.period.kind, one.area_id) == (other.kind, other.period.kind, other.area_id)


def _series(own: Sequence[IndicatorValue], value: IndicatorValue) -> tuple[IndicatorValue, ...]:
    return tuple(each for each in reversed(own) if _is_alike(each, value))


def _previous(own: Sequence[IndicatorValue], value: IndicatorValue) -> IndicatorValue | None:
    """The newest of the same kind and length of period that ended before `value`'s period began."""
    begins_ms = value.period.latest_ms if value.period.start_ms is None else value.period.start_ms + 1
    return _first(
        own,
        lambda each: (
            _is_alike(each, value)
            and begins_ms is not None
            and each.period.latest_ms is not None
            and each.period.latest_ms < begins_ms
        ),
    )


def _provenance(value: IndicatorValue) -> Provenance:
    return Provenance(
        key=value.indicator_id,
        formula_key="formula.published",
        numerator=value.numerator,
        denominator=value.denominator,
        sources=(value.source,),
        refreshed_ms=value.received_ms,
    )


def _values(ask: Ask, indicators: set[str], inherit: bool) -> Values:
    """Where `inherit`, those of the nearest area upwards, within the scope, that has a measured one."""
    areas = [area.id for area in ask.facts.tree.ancestors(ask.area_id)]
    areas = areas[: areas.index(ask.scope.area_id) + 1] if inherit else areas[:1]
    by_area: dict[str, Values] = {area_id: {} for area_id in areas}
    for row in _newest_rows(ask, areas, indicators):
        by_area[row.area_id].setdefault(row.indicator_id, []).append(_as_value(row))
    chosen: Values = {}
    for area_id in areas:
        for indicator, values in by_area[area_id].items():
            if indicator not in chosen and any(value.kind in _MEASURED for value in values):
                chosen[indicator] = values
    return by_area[areas[0]] | chosen


def _newest_rows(ask: Ask, areas: Sequence[str], indicators: set[str]) -> Sequence[Row[Any]]:
    """Newest period first. What speaks of a span that has not begun yet can only be a target or a limit."""
    series = (published.c.area_id, published.c.indicator_id, published.c.value_kind)
    begun = or_(
        published.c.start_ms.is_(None),
        published.c.start_ms <= ask.now_ms,
        published.c.value_kind.not_in([kind.value for kind in _MEASURED]),
    )
    revision = func.row_number().over(
        partition_by=(*series, published.c.period_text), order_by=published.c.revision.desc()
    )
    last = (
        select(published, revision.label("place"))
        .where(published.c.area_id.in_(areas), published.c.indicator_id.in_(sorted(indicators)), begun)
        .subquery()
    )
    touched = func.coalesce(last.c.as_of_ms, last.c.end_ms, last.c.start_ms, last.c.received_ms)
    # Of two periods that end together the longer one counts as newer: the half-year, not its last quarter.
    begun_ms = func.coalesce(last.c.start_ms, touched)
    order = (touched.desc(), begun_ms, last.c.period_text.desc())
    recent = func.row_number().over(
        partition_by=(last.c.area_id, last.c.indicator_id, last.c.value_kind), order_by=order
    )
    ranked = (
        select(last, touched.label("touched"), begun_ms.label("begun_ms"), recent.label("recent"))
        .where(last.c.place == 1)
        .subquery()
    )
    return ask.conn.execute(
        select(ranked)
        .where(ranked.c.recent <= _HISTORY)
        .order_by(ranked.c.touched.desc(), ranked.c.begun_ms, ranked.c.period_text.desc(), ranked.c.value_kind)
    ).all()


def _as_value(row: Row[Any]) -> IndicatorValue:
    return IndicatorValue(
        indicator_id=row.indicator_id,
        area_id=row.area_id,
        period=Period(PeriodKind(row.period_kind), row.period_text, row.start_ms, row.end_ms, row.as_of_ms),
        kind=ValueKind(row.value_kind),
        value=row.value,
        value_text=row.value_text,
        unit=row.unit,
        source=row.source,
        received_ms=row.received_ms,
        qualifier=Qualifier(row.qualifier),
        revision=row.revision,
        numerator=row.numerator,
        denominator=row.denominator,
        quality=Quality(row.quality),
        formula_version=row.formula_version,
        simulated=row.simulated,
    )
