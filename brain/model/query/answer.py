"""What a panel may ask the brain. A query is a frozen value; brain/store answers it for a scope and an area.

`inputs` names the versions an answer depends on. The area is not part of a query: the screen gives it.
Each answer carries where it came from and how old it is, so that the frame can choose the panel's face.
"""

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from brain.model.reason import Why

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Query:
    """The docstring of each query says what its answer holds."""

    inputs: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """How the feeds behind an answer are: the worst of them. `status` as in feed_state; a `quiet` one that is well may
    bring nothing for as long as it will, as warnings and rosters do."""

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
    quiet: bool = False

    @property
    def old_from_ms(self) -> int | None:
        """City time after which what it brought is old, or it has brought nothing for too long since it is as it is; or
        never. A quiet one counts from when it was lost."""
        if self.quiet:
            began_ms = self.since_ms if self.in_trouble else None
        else:
            never_ms = None if self.status == "starting" else self.since_ms
            began_ms = never_ms if self.last_item_ms is None else self.last_item_ms
        return None if began_ms is None else began_ms + round(self.stale_after_s * 1000)

    def is_old(self, now_ms: int) -> bool:
        return self.old_from_ms is not None and now_ms > self.old_from_ms

    @property
    def in_trouble(self) -> bool:
        return self.status not in ("well", "starting")

    @property
    def fault(self) -> str:
        """`status`, but "unread" for a broken one that is no bug of its feed: the source or its settings are at fault,
        and who reads it is not to be sent to the developers."""
        is_bug = self.cause.split(" ", 1)[0] in ("", f"cause.{Why.BUG}")
        return "unread" if self.status == "broken" and not is_bug else self.status


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
    "formula.tickets_by_category",
    "formula.clocks_running",
    "formula.clocks_late",
    "formula.alerts_open",
    "formula.metric_mean",
    "formula.devices_online",
    "formula.device_history",
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
    counts_all: bool = False  # a count over all its sources: it is old as soon as one of them is
    changes_ms: int | None = None  # city time from which on it says something else although nothing came; None: never
