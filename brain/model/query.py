"""What a panel may ask the brain. A query is a frozen value; brain/store answers it for a scope and an area.

`inputs` names the versions an answer depends on. The area is not part of a query: the screen gives it.
Each answer carries where it came from and how old it is, so that the frame can choose the panel's face.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from brain.model.alert import Level
from brain.model.indicator import IndicatorDef, IndicatorValue
from brain.model.reading import Device, Metric

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Query:
    inputs: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """How the feeds behind an answer are: the worst of them. `status` as in feed_state."""

    feed: str
    title: str
    title_en: str
    status: str
    since_ms: int
    last_item_ms: int | None
    stale_after_s: float
    cause: str
    next_try_ms: int | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`value` is None when there was never any data. `as_of_ms`: newest item in it (city time); None: no item yet."""

    value: T | None
    as_of_ms: int | None
    sources: tuple[SourceState, ...] = ()
    simulated: bool = False
    stale_after_s: float | None = None  # None: does not go stale (published figures)


# --- indicators --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Figures(Query):
    """The newest published value of each indicator, in the order asked. Empty tuple: the city's headline six."""

    inputs: ClassVar[tuple[str, ...]] = ("indicators",)
    indicator_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    indicator: IndicatorDef
    value: IndicatorValue | None
    companions: tuple[tuple[IndicatorDef, IndicatorValue], ...] = ()  # said in the line below (daily mean, part of it)


# --- tickets -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TicketsToday(Query):
    inputs: ClassVar[tuple[str, ...]] = ("tickets",)


@dataclass(frozen=True, slots=True)
class DayOfTickets:
    """Hours are of the city's zone; `by_hour[h]` counts tickets created in hour h, None for hours still to come.

    `usual` is (low, high) per hour over the same weekday of up to four weeks, None with fewer than two such days.
    """

    total: int
    by_hour: tuple[int | None, ...]
    before_by_hour: tuple[int, ...] | None  # same weekday last week, None when there is no such data
    before_same_time: int | None  # last week's count up to the same time of day
    usual: tuple[tuple[float, float] | None, ...]
    closed_today: int
    open_now: int
    day_ms: int  # start of today


@dataclass(frozen=True, slots=True)
class TicketTrend(Query):
    inputs: ClassVar[tuple[str, ...]] = ("tickets",)
    days: int = 14


@dataclass(frozen=True, slots=True)
class TrendDay:
    """`whole` False: today, or the first day of the data."""

    day_ms: int
    received: int
    closed: int
    workday: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class Trend:
    days: tuple[TrendDay, ...]
    open_now: int
    overdue_now: int
    due_n: int  # tickets that had reached their deadline or were closed, in the span
    on_time_n: int  # of them closed in time
    not_yet_due_n: int


# --- readings ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Environment(Query):
    """Metrics as shown together; empty: all that the area's devices report, most devices first, at most `limit`."""

    inputs: ClassVar[tuple[str, ...]] = ("readings",)
    metrics: tuple[str, ...] = ()
    limit: int = 6


@dataclass(frozen=True, slots=True)
class MetricNow:
    """One metric over the devices of an area. `mean` of fresh devices; `fresh`+`old`+`never` = all its devices.

    `hours`: mean per hour for the last 24 h, oldest first, None where nothing was measured.
    """

    metric: Metric
    mean: float | None
    worst: float | None
    worst_device: Device | None
    fresh: int
    old: int
    never: int
    newest_ms: int | None
    hours: tuple[float | None, ...]
    level: Level | None  # gravest open threshold alert on this metric


# --- map ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AreaMap(Query):
    """`colour`: "tickets" (today's tickets per 10,000 people, or count where population is unknown), or a metric id."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets", "readings", "alerts")
    colour: str = "tickets"


@dataclass(frozen=True, slots=True)
class MapArea:
    """`state`: "value", "stale" or "none" (no data); `value` in the unit of the map."""

    area_id: str
    value: float | None
    state: str
    as_of_ms: int | None


@dataclass(frozen=True, slots=True)
class MapPin:
    alert_id: str
    level: Level
    lon: float
    lat: float
    title: str
    title_en: str
    area_id: str


@dataclass(frozen=True, slots=True)
class MapDevice:
    device_id: str
    kind: str
    lon: float
    lat: float
    state: str  # fresh, old, never


@dataclass(frozen=True, slots=True)
class MapView:
    areas: tuple[MapArea, ...]
    pins: tuple[MapPin, ...]
    devices: tuple[MapDevice, ...]
    unit_key: str  # catalogue key of the unit, e.g. map.unit.per_10k
    metric: Metric | None = None


# --- alerts ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class OpenAlerts(Query):
    """Alerts not closed, gravest first, then newest."""

    inputs: ClassVar[tuple[str, ...]] = ("alerts",)
    limit: int = 50
    closed: bool = False  # True: the newest closed ones instead


@dataclass(frozen=True, slots=True)
class AlertRow:
    """`what`/`what_en`: the rule's name; `where`: area name and, for devices, the device's name. Never personal data."""

    id: str
    level: Level
    state: str
    condition: str
    rule_kind: str
    what: str
    what_en: str
    area_id: str
    target_kind: str
    target_id: str
    target_name: str
    owner: str
    owner_en: str
    opened_ms: int
    last_ms: int
    times: int
    value: float | None
    limit_value: float | None
    metric: Metric | None
    acknowledged_by: str | None
    acknowledged_ms: int | None
    closed_by: str | None
    closed_ms: int | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class AlertRows:
    rows: tuple[AlertRow, ...]
    total: int
    by_level: dict[Level, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertPage(Query):
    """One alert with its evidence. `alert_id` is filled from the address of the page."""

    inputs: ClassVar[tuple[str, ...]] = ("alerts", "readings", "tickets")
    alert_id: str = ""


@dataclass(frozen=True, slots=True)
class EventRow:
    at_ms: int
    actor: str
    action: str
    from_state: str
    to_state: str
    note: str
    value: float | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A ticket as evidence: masked text, grid-level place."""

    id: str
    number: str
    channel: str
    category: str
    title: str
    state: str
    area_id: str
    created_ms: int
    due_ms: int | None
    closed_ms: int | None
    grid_lon: float | None
    grid_lat: float | None


@dataclass(frozen=True, slots=True)
class ClockRow:
    clock: str
    name: str
    name_en: str
    started_ms: int
    due_ms: int
    ended_ms: int | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """`series`: (at_ms, value) of the metric from 2 h before opening to now (at most 24 h, thinned by rollup).
    `near_cases`: tickets of the same area within 2 h, newest first. `limits`: (level, value) of rules on the metric."""

    row: AlertRow
    events: tuple[EventRow, ...]
    device: Device | None
    series: tuple[tuple[int, float | None], ...]
    limits: tuple[tuple[Level, float], ...]
    case: CaseRow | None
    clocks: tuple[ClockRow, ...]
    near_cases: tuple[CaseRow, ...]
    near_devices: tuple[MapDevice, ...]
    version: int


# --- feeds -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class FeedHealth(Query):
    inputs: ClassVar[tuple[str, ...]] = ("feeds",)


@dataclass(frozen=True, slots=True)
class FeedRow:
    state: SourceState
    input: str
    accepted: int
    refused: int
    repeated: int
    last_well_ms: int | None
    reasons: tuple[tuple[str, int], ...]  # (reason code, count), most first
    recent: tuple[int, ...]  # items per minute for the last 12 minutes of city time, oldest first


# --- situation ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Situation(Query):
    """What the headline sentence is written from."""

    inputs: ClassVar[tuple[str, ...]] = ("alerts", "tickets", "feeds")


@dataclass(frozen=True, slots=True)
class SituationNow:
    by_level: dict[Level, int]
    unacknowledged: int
    overdue: int  # running case clocks past their deadline
    running: int
    feeds_lost: int
    gravest: AlertRow | None
