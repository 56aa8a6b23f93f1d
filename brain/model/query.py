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
    """The docstring of each query says what its answer holds."""

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
class Provenance:
    """Where one number of an answer comes from. `key` names the number within the answer ("total", an indicator id).

    `formula_key` is a catalogue key, one of FORMULAS; `numerator`/`denominator` are the counts behind the number, None
    where it is not a share or they are not known; `sources` are feed ids, for a published figure the
    publication; `excluded` are (catalogue key, count) of rows that could not be counted.
    """

    key: str
    formula_key: str
    numerator: float | None = None
    denominator: float | None = None
    sources: tuple[str, ...] = ()
    excluded: tuple[tuple[str, int], ...] = ()
    refreshed_ms: int | None = None


FORMULAS = (
    "formula.published",
    "formula.tickets_today",
    "formula.tickets_on_time",
    "formula.tickets_per_10k",
    "formula.tickets_count",
    "formula.metric_mean",
)
EXCLUSIONS = ("excluded.closed_before_created", "excluded.device_old", "excluded.device_never", "excluded.value_bad")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`value` is None when there was never any data.

    `as_of_ms`: newest item in it (city time, never later than now); None: no item yet. A count is as new as the newest
    item of its feeds, since "no ticket" is also news. `sources`: the feeds behind it, worst first; empty for what the
    brain itself keeps (alerts, feed health), which neither fails nor goes stale with one feed.
    """

    value: T | None
    as_of_ms: int | None
    sources: tuple[SourceState, ...] = ()
    simulated: bool = False
    stale_after_s: float | None = None  # None: does not go stale (published figures)
    provenance: tuple[Provenance, ...] = ()


# --- indicators --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Figures(Query):
    """The newest published value of each indicator, in the order asked. Empty tuple: the city's headline six.

    Answered with tuple[Figure, ...], an indicator without value included; None when none has one.

    `inherit`: an area without a value of its own shows its nearest ancestor's within the scope; the value's `area_id`
    tells, and the panel must say so (全市 按时办结率)."""

    inputs: ClassVar[tuple[str, ...]] = ("indicators",)
    indicator_ids: tuple[str, ...] = ()
    inherit: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """`previous` is of the same kind and the same length of period, before `value`. `target` and `limit` are the newest
    published ones of the indicator."""

    indicator: IndicatorDef
    value: IndicatorValue | None
    companions: tuple[tuple[IndicatorDef, IndicatorValue], ...] = ()  # said in the line below (daily mean, part of it)
    previous: IndicatorValue | None = None
    target: IndicatorValue | None = None
    limit: IndicatorValue | None = None


# --- tickets -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TicketsToday(Query):
    """Answered with DayOfTickets; None when the city never had a ticket."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets",)


@dataclass(frozen=True, slots=True)
class DayOfTickets:
    """Hours are of the city's zone; `by_hour[h]` counts tickets created in hour h, None for hours still to come.

    `usual` is (low, high) per hour over the same weekday of up to four weeks, None with fewer than two such days.
    Days on which the city had not begun to deliver tickets, and the one on which it began, are no days of comparison.
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
    """Today and the days before it. Answered with Trend; None when the city never had a ticket."""

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
    """`days`, oldest first, begin with the first day of the city's data: days before it are absent, not 0.

    The tickets received in the span fall into due_n + not_yet_due_n + no_deadline_n + excluded_n; the share closed in
    time is on_time_n / due_n.
    """

    days: tuple[TrendDay, ...]
    open_now: int
    overdue_now: int  # of open_now
    due_n: int  # had a deadline and reached it, or were closed before
    on_time_n: int  # of due_n, closed in time
    not_yet_due_n: int  # open, deadline to come
    no_deadline_n: int = 0
    excluded_n: int = 0  # closed before created: cannot be judged


# --- readings ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Environment(Query):
    """Metrics as shown together; empty: all that the area's devices report, most devices first, at most `limit`.

    Answered with tuple[MetricNow, ...]; None where no device of the area has one of them."""

    inputs: ClassVar[tuple[str, ...]] = ("readings",)
    metrics: tuple[str, ...] = ()
    limit: int = 6


@dataclass(frozen=True, slots=True)
class MetricNow:
    """One metric over the devices in service of an area. `mean` of fresh devices; `fresh`+`old`+`never` = all devices.

    A device is old once it is silent longer than its silence rule allows (without a rule: 3 times its interval);
    `never` are devices of a kind that measures this and that have not reported anything yet.
    `worst` is the highest value, or the lowest where the rules of the metric only watch for low ones.
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
    bad: int = 0  # of fresh: reported, but measured badly


# --- map ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AreaMap(Query):
    """`colour`: "tickets" (today's tickets per 10,000 people, or count where population is unknown), or a metric id.

    Answered with MapView, never None: the map is drawn, grey, also without data."""

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
    name: str = ""


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
    """Alerts not closed, gravest first, then newest. Unit staff are listed those their unit owns.

    Answered with AlertRows, never None."""

    inputs: ClassVar[tuple[str, ...]] = ("alerts",)
    limit: int = 50
    closed: bool = False  # True: those closed in the last 30 days instead, newest first


@dataclass(frozen=True, slots=True)
class AlertRow:
    """`what`/`what_en`: the rule's name; `target_name`: the device's, the ticket category's or the feed's name.

    Never personal data. On a wall the people (`acknowledged_by`, `closed_by`) are "": done, by somebody not named here.
    """

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
    target_name_en: str = ""
    peak: float | None = None
    due_ms: int | None = None
    recovered_ms: int | None = None
    version: int = 1  # what an action on it must name


@dataclass(frozen=True, slots=True)
class AlertRows:
    """`total`: how many the whole list holds for this viewer; `by_level`: of all such alerts of the area, as a count
    also for those who may not list them."""

    rows: tuple[AlertRow, ...]
    total: int
    by_level: dict[Level, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertPage(Query):
    """One alert with its evidence. `alert_id` is filled from the address of the page.

    Answered with AlertDetail; None when there is no such alert. Raises Forbidden for one outside the scope."""

    inputs: ClassVar[tuple[str, ...]] = ("alerts", "readings", "tickets")
    alert_id: str = ""


@dataclass(frozen=True, slots=True)
class EventRow:
    """On a wall `actor` is "" for people, and `note` is always ""."""

    at_ms: int
    actor: str
    action: str
    from_state: str
    to_state: str
    note: str
    value: float | None
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A ticket as evidence: masked text, grid-level place. `title` and `number` are "" for a wall."""

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
    category_name: str = ""
    category_name_en: str = ""
    unit_name: str = ""
    unit_name_en: str = ""
    urgent: bool = False
    simulated: bool = False


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
    """`series`: (at_ms, value) of `series_metric` from 2 h before opening to now, of a closed alert to 2 h after its
    closing; of longer stretches the last 24 h. Up to 3 h these are single readings (`series_span_s` 0); beyond, the
    extreme the rule looks for in each `series_span_s`, stamped at its end.
    `near_cases`: tickets of the same area within 2 h of opening, newest first. `limits`: (level, value) of rules on the
    metric, gravest first."""

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
    series_metric: Metric | None = None
    series_span_s: int = 0


# --- feeds -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class FeedHealth(Query):
    """Answered with tuple[FeedRow, ...]: the configured feeds in the order of the configuration, whatever the area."""

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
    """What the headline sentence is written from. Answered with SituationNow, never None."""

    inputs: ClassVar[tuple[str, ...]] = ("alerts", "tickets", "feeds")


@dataclass(frozen=True, slots=True)
class SituationNow:
    """`by_level`, `gravest`: alerts whose cause lasts; `unacknowledged`: all open ones nobody has taken note of."""

    by_level: dict[Level, int]
    unacknowledged: int
    overdue: int  # running case clocks past their deadline
    running: int
    feeds_lost: int
    gravest: AlertRow | None
    urgent_overdue: int = 0  # the same two, of urgent cases alone
    urgent_running: int = 0
