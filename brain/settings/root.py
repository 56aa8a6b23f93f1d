"""config.yaml as a whole."""

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
