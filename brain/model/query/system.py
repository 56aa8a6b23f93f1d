"""How the program itself is: for the bureau that runs it."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.query.answer import Query, SourceState


@dataclass(frozen=True, slots=True)
class SystemState(Query):
    """Only what the database knows, since several processes may run. Answered with SystemNow, never None."""

    inputs: ClassVar[tuple[str, ...]] = ("feeds",)


@dataclass(frozen=True, slots=True)
class TableSize:
    """`sign`: "" counted, "≈" as the database estimates, "≥" counted up to a limit."""

    table: str
    rows: int
    sign: str


@dataclass(frozen=True, slots=True)
class JobRun:
    """A job and the start of its last slot, real time. `late`: by more than three of its own intervals."""

    job: str
    slot_ms: int
    late: bool


@dataclass(frozen=True, slots=True)
class SystemNow:
    """`well`, `old`: sources that are well, those of them whose data is stale; `starting` have not been asked yet;
    `trouble`: the others, worst first.

    `items_per_minute`, `readings_per_minute`: stored, mean of the last five whole minutes of city time.
    `refused_hour`: items refused in the last hour; `letters`: (reason, count) of the refused items of today that are
    kept, most first; what is beyond the cap of each feed is not among them.
    `buckets`: area rollups still to be made, `oldest_bucket_ms` the end of the oldest.
    `tables`: rows as counted at `counted_ms`, real time; empty and None before the first count.
    `outbox`: messages waiting, `outbox_due_ms` when the first of them was due; `outbox_sent`: something was ever sent.
    `unread`: sources that are well and have files which cannot be read.
    `waiting`: devices that are not in the register and wait for somebody to admit or reject them.
    `started_ms`: when the feeds began, real time, None where they never did; `version`: of the program that did.
    """

    well: int
    starting: int
    old: tuple[SourceState, ...]
    trouble: tuple[SourceState, ...]
    items_per_minute: float
    readings_per_minute: float
    accepted_hour: int
    refused_hour: int
    letters: tuple[tuple[str, int], ...]
    buckets: int
    oldest_bucket_ms: int | None
    database: str
    database_bytes: int
    counted_ms: int | None
    tables: tuple[TableSize, ...]
    outbox: int
    outbox_due_ms: int | None
    outbox_sent: bool
    jobs: tuple[JobRun, ...]
    schema_revision: str
    started_ms: int | None
    version: str
    waiting: int = 0
    unread: tuple[SourceState, ...] = ()
