"""Config and city pack -> the settled facts of the city."""

from collections.abc import Mapping

from brain.model.alert import Level, Rule, RuleKind, Trip
from brain.model.case_type_check import require_sound
from brain.model.facts import Facts, FeedFacts, Name
from brain.model.reading import Metric
from brain.model.ticket_type import ticket_type
from brain.settings.city import City
from brain.settings.feed_entry import FeedEntry
from brain.settings.reader import Settings
from brain.settings.sections import RuleSpec, TripSpec


def facts_of(settings: Settings, city: City, inputs: Mapping[str, str], feed_names: Mapping[str, Name]) -> Facts:
    """`inputs`: feed file -> what it brings; `feed_names`: feed file -> its name where the config gives none."""
    config = settings.config
    case_types = {"ticket": ticket_type()}
    for case_type in case_types.values():
        require_sound(case_type)
    return Facts(
        tree=city.tree,
        tz=city.tz,
        calendar=city.calendar,
        metrics={
            metric_id: Metric(metric_id, spec.name, spec.name_en, spec.unit, spec.decimals, spec.low, spec.high)
            for metric_id, spec in config.metrics.items()
        },
        device_kinds={kind_id: Name(spec.name, spec.name_en) for kind_id, spec in config.device_kinds.items()},
        rules={rule_id: _rule(rule_id, spec) for rule_id, spec in config.rules.items()},
        case_types=case_types,
        indicators=city.indicators,
        headline=city.headline,
        categories=city.category_names,
        units=city.unit_names,
        feeds={
            entry.name: _feed(entry, inputs[entry.slug], feed_names[entry.slug])
            for entry in settings.feeds
            if entry.settings.enabled
        },
        duties=city.duties,
    )


def _rule(rule_id: str, spec: RuleSpec) -> Rule:
    trip, raise_at = _trip(spec.raise_)
    return Rule(
        id=rule_id,
        kind=RuleKind(spec.kind),
        name=spec.name,
        name_en=spec.name_en,
        level=Level[spec.level.upper()],
        owner=spec.owner,
        metric=spec.metric,
        device_kind=spec.device_kind,
        trip=trip,
        raise_at=raise_at,
        clear_at=None if spec.clear is None else _bound(spec.clear),
        pending_for_s=spec.pending_for_s,
        keep_firing_for_s=spec.keep_firing_for_s,
        auto_close=spec.auto_close,
        respond_s=spec.respond_s,
        after_s=spec.after_s,
        factor=spec.factor,
        case_type=spec.case_type,
        clock=spec.clock,
        urgent_only=spec.urgent_only,
        event_kind=spec.event_kind,
        min_confidence=spec.min_confidence,
        fresh_s=spec.fresh_s,
        quiet_for_s=spec.quiet_for_s,
    )


def _trip(spec: TripSpec | None) -> tuple[Trip, float | None]:
    if spec is None:
        return Trip.ABOVE, None
    return (Trip.ABOVE, spec.above) if spec.above is not None else (Trip.BELOW, spec.below)


def _bound(spec: TripSpec) -> float | None:
    return spec.above if spec.above is not None else spec.below


def _feed(entry: FeedEntry, brings: str, name: Name) -> FeedFacts:
    given = entry.settings
    shard = f" {entry.shard}" if entry.shard else ""
    title = Name((given.title or name.zh) + shard, (given.title_en or given.title or name.en) + shard)
    return FeedFacts(title, brings, given.stale_after_s, given.simulated)
