"""Config and city pack -> the settled facts of the city, or what does not fit between the two."""

from collections.abc import Mapping
from pathlib import Path

from brain.model.alert import Level, Rule, RuleKind, Trip
from brain.model.case import CaseType
from brain.model.facts import Facts, FeedFacts, Name
from brain.model.reading import Metric
from brain.model.ticket_type import ticket_type
from brain.settings.city import City
from brain.settings.problem import Problem, SettingsError
from brain.settings.reader import FeedEntry, Settings
from brain.settings.sections import RuleSpec, TripSpec


def city_folder(settings: Settings, packs: Path) -> Path:
    """Where the pack of `city` is: a folder name in `packs`, or a path relative to the config."""
    name = settings.config.city
    folder = settings.folder / name if "/" in name else packs / name
    if not folder.is_dir():
        known = ", ".join(sorted(path.name for path in packs.iterdir() if path.is_dir()))
        line = settings.document.line_of(["city"])
        hint = f"cities: {known}; or write a path such as ./my_city"
        raise SettingsError([Problem(settings.document.file, line, "city", f"there is no city pack {name}", hint)])
    return folder


def facts_of(settings: Settings, city: City, inputs: Mapping[str, str], feed_names: Mapping[str, Name]) -> Facts:
    """`inputs`: feed file -> what it brings; `feed_names`: feed file -> its name where the config gives none.

    Raises SettingsError naming every rule that speaks of a unit, case type or clock the city does not have.
    """
    config = settings.config
    case_types = {"ticket": ticket_type()}
    facts = Facts(
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
    problems = _problems(settings, facts, case_types)
    if problems:
        raise SettingsError(problems)
    return facts


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
    )


def _trip(spec: TripSpec | None) -> tuple[Trip, float | None]:
    if spec is None:
        return Trip.ABOVE, None
    return (Trip.ABOVE, spec.above) if spec.above is not None else (Trip.BELOW, spec.below)


def _bound(spec: TripSpec) -> float | None:
    return spec.above if spec.above is not None else spec.below


def _feed(entry: FeedEntry, brings: str, name: Name) -> FeedFacts:
    given = entry.settings
    title = Name(given.title or name.zh, given.title_en or given.title or name.en)
    return FeedFacts(title, brings, given.stale_after_s, given.simulated)


def _problems(settings: Settings, facts: Facts, case_types: Mapping[str, CaseType]) -> list[Problem]:
    found: list[Problem] = []

    def no(path: tuple[str, ...], message: str, hint: str) -> None:
        document = settings.document
        found.append(Problem(document.file, document.line_of(path), ".".join(path), message, hint))

    for rule in facts.rules.values():
        path = ("rules", rule.id)
        if rule.owner and rule.owner not in facts.units:
            no((*path, "owner"), f"the city has no unit {rule.owner}", "units stand in city.yaml")
        if rule.kind is not RuleKind.CLOCK:
            continue
        case_type = case_types.get(rule.case_type or "")
        if case_type is None:
            no((*path, "case_type"), f"there is no case type {rule.case_type}", f"known: {', '.join(case_types)}")
            continue
        clocks = sorted({clock.id for clock in (*case_type.clocks, *case_type.urgent_clocks)})
        if rule.clock not in clocks:
            no((*path, "clock"), f"{case_type.id} has no clock {rule.clock}", f"clocks: {', '.join(clocks)}")
    return found
