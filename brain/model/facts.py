"""What is settled about a city when the program starts: what the brain needs to judge and answer, none of it live."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from brain.model.alert import Rule
from brain.model.area import AreaTree
from brain.model.calendar import WorkCalendar
from brain.model.case import CaseType
from brain.model.indicator import IndicatorDef
from brain.model.reading import Metric


@dataclass(frozen=True, slots=True)
class Name:
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What is settled about a configured feed. `input` is readings, tickets, indicators, warnings or duty."""

    title: Name
    input: str
    stale_after_s: float
    simulated: bool


@dataclass(frozen=True)
class Facts:
    tree: AreaTree
    tz: str
    calendar: WorkCalendar
    metrics: Mapping[str, Metric]
    device_kinds: Mapping[str, Name]
    rules: Mapping[str, Rule]
    case_types: Mapping[str, CaseType]
    indicators: Mapping[str, IndicatorDef]
    headline: tuple[tuple[str, tuple[str, ...]], ...]  # (indicator id, companions shown below it), at most six
    categories: Mapping[str, Name]  # ticket category id -> name; ids not listed are shown as they came
    units: Mapping[str, Name]  # unit id -> name
    feeds: Mapping[str, FeedFacts] = field(default_factory=dict)
    duties: Mapping[str, str] = field(default_factory=dict)  # ticket category id -> the unit the duty list names for it
