"""Alerts: rules, levels, states. Evaluation is pure; brain/store keeps the state, brain/runtime calls both."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

NOT_PEOPLE = ("", "system", "rule", "calendar")
"""Who acts where no person does."""


class Level(IntEnum):
    """Warning level; a larger number is graver, so that max() escalates."""

    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class AlertState(StrEnum):
    OPEN = "open"  # 待确认
    ACKNOWLEDGED = "acknowledged"  # 已确认
    DISPATCHED = "dispatched"  # 已派发
    HANDLING = "handling"  # 处置中
    RESOLVED = "resolved"  # 已办结
    CLOSED = "closed"  # 已关闭
    FALSE = "false"  # 误报
    SUPPRESSED = "suppressed"  # 抑制


class Condition(StrEnum):
    """What the rule sees now, apart from what people have done with the alert."""

    NORMAL = "normal"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    NO_DATA = "no_data"


class RuleKind(StrEnum):
    THRESHOLD = "threshold"
    SILENT = "silent"
    CLOCK = "clock"
    EVENT = "event"
    DROPS = "drops"


class Trip(StrEnum):
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule of config.yaml.

    threshold: `metric` of devices of `device_kind` (None: any) trips `trip` `raise_at`, clears on the other side of
    `clear_at`; must hold `pending_for_s` to fire and be clear `keep_firing_for_s` to recover.
    silent: a device of `device_kind` has not reported for `after_s` (None: `factor` times its own interval).
    clock: a clock `clock` of a case of type `case_type` has passed its deadline.
    event: a device of `device_kind` reports an event `event_kind`, not older than `fresh_s`, of at least
    `min_confidence`; recovers when none came for `quiet_for_s` (None: a person closes it).

    drops: the source of a feed says that it threw messages away; recovers when it threw none for `quiet_for_s`.

    What a device said last holds until it says something else: many speak up only when something changes.
    The thresholds themselves count: with ABOVE, `raise_at` trips and only less than `clear_at` is clear.
    `respond_s`: an alert that nobody took up within this time of its opening is overdue; None: no deadline.
    `auto_close`: close the alert when it recovers, unless a person has taken it up; otherwise a person closes it.
    """

    id: str
    kind: RuleKind
    name: str
    name_en: str
    level: Level
    owner: str = ""  # unit id of the city
    metric: str | None = None
    device_kind: str | None = None
    trip: Trip = Trip.ABOVE
    raise_at: float | None = None
    clear_at: float | None = None  # None: the same as raise_at, no dead band
    pending_for_s: int = 0
    keep_firing_for_s: int = 0
    after_s: int | None = None
    factor: float = 3.0
    case_type: str | None = None
    clock: str | None = None
    urgent_only: bool = False
    event_kind: str | None = None
    min_confidence: float = 0.0
    fresh_s: int = 900
    quiet_for_s: int | None = None
    auto_close: bool = False
    respond_s: int | None = None


class TargetKind(StrEnum):
    DEVICE = "device"
    CASE = "case"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class RuleState:
    """What is remembered of one (rule, target) between evaluations; survives restarts. Times epoch ms, city time.

    `since_ms`: when the condition began, while recovering: when the value last became clear or ceased to be;
    `last_ms`: the newest reading seen, `last_value`: the newest good value (threshold rules).
    """

    rule_id: str
    target_id: str
    condition: Condition = Condition.NORMAL
    since_ms: int = 0
    last_ms: int = 0
    last_value: float | None = None


@dataclass(frozen=True, slots=True)
class HoldOver:
    """A rule has been pending on a target since `since_ms` for as long as it must, and no reading came to say so."""

    rule_id: str
    target_id: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class OutOfService:
    """A rule remembers more than normal of a device that is out of service since `since_ms` and no longer judged."""

    rule_id: str
    target_id: str
    since_ms: int


Standing = HoldOver | OutOfService
"""What the brain's own sweep says of a rule and device, of which no reading need come."""


@dataclass(frozen=True, slots=True)
class Signal:
    """What an evaluation wants done: the new state, and whether an alert is to be raised, refreshed or marked clear.

    With none of the three only the condition changed. `owner`: unit that answers for the target, where the rule names
    none. `out_of_service`: it is clear because its device is no longer judged.
    """

    state: RuleState
    target_kind: TargetKind
    area_id: str
    raise_alert: bool = False
    refresh: bool = False
    recovered: bool = False
    at_ms: int = 0
    value: float | None = None
    simulated: bool = False
    owner: str = ""
    out_of_service: bool = False


class Conflict(Exception):
    """Somebody else was faster. `winner` and `state` say who and what the alert is now."""

    def __init__(self, winner: str, state: str, at_ms: int) -> None:
        super().__init__(f"already {state} by {winner}")
        self.winner, self.state, self.at_ms = winner, state, at_ms
