"""What of the system's state a person should see to, gravest first. Pure: the limits stand here, the words in the
catalogues, one sentence each that says what to do."""

from dataclasses import dataclass

from brain.model.query.answer import SourceState
from brain.model.query.system import SystemNow

MANY_BUCKETS = 50_000  # ten runs of the job that makes them
LATE_MESSAGE_MS = 600_000
REFUSED_SHARE, REFUSED_LEAST = 0.05, 20  # of the items of an hour


@dataclass(frozen=True, slots=True)
class Trouble:
    """`kind` chooses the sentence; `source` is the one it speaks of, `name` a job or reason, `n` how many."""

    kind: str
    source: SourceState | None = None
    name: str = ""
    n: int = 0


def troubles_of(now: SystemNow, now_ms: int) -> tuple[Trouble, ...]:
    """`now_ms`: city time."""
    found = [Trouble(f"source_{source.fault}", source) for source in now.trouble]
    found += [Trouble("source_unread_files", source) for source in now.unread]
    found += [Trouble("job_late", name=job.job) for job in now.jobs if job.late]
    if now.buckets >= MANY_BUCKETS:
        found.append(Trouble("rollups", n=now.buckets))
    if now.outbox_sent and now.outbox_due_ms is not None and now_ms - now.outbox_due_ms > LATE_MESSAGE_MS:
        found.append(Trouble("outbox", n=now.outbox))
    found += [Trouble("source_old", source) for source in now.old]
    offered = now.accepted_hour + now.refused_hour
    if now.refused_hour >= max(REFUSED_LEAST, REFUSED_SHARE * offered):
        reason = now.letters[0][0] if now.letters else ""
        found.append(Trouble("refused", name=reason, n=now.refused_hour))
    if now.waiting:
        found.append(Trouble("waiting", n=now.waiting))
    return tuple(found)
