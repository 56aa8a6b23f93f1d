"""config.yaml as a whole, and what must agree between its sections."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from brain.settings.cockpits import CockpitSpec
from brain.settings.sections import (
    AccessSection,
    BrokerSection,
    ClockSection,
    KeySection,
    MetricSpec,
    NameSpec,
    RetentionSection,
    RuleSpec,
    Section,
    ServerSection,
    Slug,
    StoreSection,
)


class Config(Section):
    """Everything config.yaml may say. `feeds` is checked by each feed's own settings."""

    city: str = Field(description="Folder name in cities/, or a path to a city pack.")
    language: str = Field(default="zh", pattern="^(zh|en)$", description="Language of screens nobody chose one for.")
    wall_theme: Literal["dark", "light"] = Field(default="dark", description="Theme of walls nobody chose one for.")
    clock: ClockSection = Field(default=ClockSection(), description="City time.")
    server: ServerSection = Field(default=ServerSection(), description="Where the cockpit listens.")
    store: StoreSection = Field(default=StoreSection(), description="Where it keeps what it knows.")
    broker: BrokerSection = Field(default=BrokerSection(), description="MQTT broker.")
    keys: KeySection = Field(default=KeySection(), description="Secrets.")
    access: AccessSection = Field(default=AccessSection(), description="Logins and limits.")
    retention: RetentionSection = Field(default=RetentionSection(), description="How long things are kept.")
    feeds: dict[str, dict[str, Any]] = Field(default={}, description="Feeds by name: <file in feeds/>[:<label>].")
    metrics: dict[Slug, MetricSpec] = Field(default={}, description="What devices measure.")
    device_kinds: dict[Slug, NameSpec] = Field(default={}, description="Kinds of devices.")
    rules: dict[Slug, RuleSpec] = Field(default={}, description="Alert rules.")
    cockpits: dict[Slug, CockpitSpec] = Field(default={}, description="Pages of the three screens.")


Trouble = tuple[tuple[str | int, ...], str, str]
"""Key path, message, hint."""


def verify_references(config: Config, panels: Mapping[str, Mapping[str, Any]]) -> list[Trouble]:
    """What one section names and another lacks. `panels`: panel id -> its options with defaults."""
    return [*_rules(config), *_placements(config, panels), *_server(config)]


def _rules(config: Config) -> list[Trouble]:
    found: list[Trouble] = []
    for rule_id, rule in config.rules.items():
        if rule.metric is not None and rule.metric not in config.metrics:
            found.append((("rules", rule_id, "metric"), f"metric {rule.metric} is not defined", "add it to metrics"))
        if rule.device_kind is not None and rule.device_kind not in config.device_kinds:
            hint = "add it to device_kinds"
            found.append((("rules", rule_id, "device_kind"), f"device kind {rule.device_kind} is not defined", hint))
    return found


def _placements(config: Config, panels: Mapping[str, Mapping[str, Any]]) -> list[Trouble]:
    found: list[Trouble] = []
    for cockpit_id, cockpit in config.cockpits.items():
        for screen in ("large", "medium", "small"):
            for page_id, page in getattr(cockpit, screen).items():
                for i, place in enumerate(page.panels):
                    path = ("cockpits", cockpit_id, screen, page_id, "panels", i)
                    if place.panel not in panels:
                        known = ", ".join(sorted(panels))
                        found.append(((*path, "panel"), f"there is no panel {place.panel}", f"panels: {known}"))
                        continue
                    found += _options((*path, "options"), place.options, panels[place.panel])
    return found


def _options(path: tuple[str | int, ...], given: Mapping[str, Any], known: Mapping[str, Any]) -> list[Trouble]:
    found: list[Trouble] = []
    for name, value in given.items():
        if name not in known:
            allowed = ", ".join(known) or "it has none"
            found.append(((*path, name), f"the panel has no option {name}", f"options: {allowed}"))
        elif isinstance(known[name], StrEnum):
            choices = [choice.value for choice in type(known[name])]
            if value not in choices:
                found.append(((*path, name), f"{value!r} is no choice", f"one of {', '.join(choices)}"))
        elif not _fits(value, known[name]):
            found.append(((*path, name), f"expected {type(known[name]).__name__}", f"for example {known[name]!r}"))
    return found


def _fits(value: Any, default: Any) -> bool:
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


def _server(config: Config) -> list[Trouble]:
    if config.server.workers > 1 and not config.store.url.startswith("postgresql"):
        return [(("server", "workers"), "several workers need PostgreSQL", "set store.url or workers: 1")]
    if not config.broker.embedded and config.broker.port == 0:
        return [(("broker", "port"), "an outside broker needs its port", "for example 1883 or 8883")]
    return []
