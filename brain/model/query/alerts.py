"""Alerts in lists, and one with its evidence."""

from dataclasses import dataclass, field
from typing import ClassVar

from brain.model.alert import Level
from brain.model.query.answer import Query
from brain.model.query.map import MapDevice
from brain.model.reading import Device, Metric


@dataclass(frozen=True, slots=True)
class OpenAlerts(Query):
    """Alerts not closed, gravest first, then newest. Unit staff are listed those their unit owns.

    Answered with AlertRows, never None."""

    inputs: ClassVar[tuple[str, ...]] = ("alerts",)
    limit: int = 50
    closed: bool = False  # True: those closed in the last 30 days instead, newest first


@dataclass(frozen=True, slots=True)
class OpenAlertIds(Query):
    """The ids of all open alerts of one level that the viewer may list, in order.

    Answered with a tuple, never None."""

    inputs: ClassVar[tuple[str, ...]] = ("alerts",)
    level: Level = Level.RED


@dataclass(frozen=True, slots=True)
class AlertRow:
    """`what`/`what_en`: the rule's name; `target_name`: the device's, the ticket category's or the feed's name.
    `due_ms`: by when somebody must take it up, None once somebody has. `acknowledged_by`, `acknowledged_ms`: who did
    last; while the state is open, at a milder level than the alert has now.

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
class EventSeen:
    """One event behind an alert. On a wall `picture` and `text` are ""."""

    at_ms: int
    confidence: float | None
    picture: str
    text: str


NEAR_MS = 2 * 3_600_000
NEAR_BUCKET_MS = 600_000


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """`series`: (at_ms, value) of `series_metric` from 2 h before opening to now, of a closed alert to 2 h after its
    closing; of longer stretches the last 24 h. Up to 3 h these are single readings (`series_span_s` 0); beyond, the
    extreme the rule looks for in each `series_span_s`, stamped at its end.
    `near_cases`: tickets of the same area within 2 h of opening, newest first, at most 50 of them; `near_counts`: how
    many there were, of each NEAR_BUCKET_MS from 2 h before to 2 h after. `near_devices`: of `near_total` of the area an
    even choice. All three are empty where the area is the whole city: nothing is near then. `limits`: (level, value) of
    rules on the metric, gravest first."""

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
    near_counts: tuple[int, ...] = ()
    near_total: int = 0
    seen: tuple[EventSeen, ...] = ()  # of an event rule, newest first


@dataclass(frozen=True, slots=True)
class RedAlerts(Query):
    """The open red alerts with what speaks for them, as a wall shows them: what lasts first, then the newest.

    Answered with RedAlert rows, never None."""

    inputs: ClassVar[tuple[str, ...]] = (
        "readings",
        "tickets",
        "alerts",
    )  # evidence has an age, unlike a list of alerts
    limit: int = 4


@dataclass(frozen=True, slots=True)
class RedAlert:
    """`alike`: the open alerts of the same metric that last, of rules without one of the same rule, gravest first; the
    red alert itself is among them while it lasts. `calls`: tickets received in `areas` from 2 h before the opening to
    now. `clock`: of the urgent tickets open there the running clock that ends first, in `clock_area`."""

    detail: AlertDetail
    alike: tuple[AlertRow, ...]
    calls: int
    clock: ClockRow | None = None
    clock_area: str = ""

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas it reaches: its own, then those of the alike."""
        return tuple(dict.fromkeys((self.detail.row.area_id, *(row.area_id for row in self.alike))))
