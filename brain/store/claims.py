"""Who runs a slot of a job: a row inserted in the transaction of the job's result, so that each slot is run exactly
once by all processes together, and a crash in the middle leaves the slot to be run.

And who does what only one process may do at all: a lease, which its holder renews."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select

from brain.store.dialect import insert_into
from brain.store.meta import hold, read_meta, write_meta
from brain.store.schema import job_claim, meta

FEEDS = "feeds"
"""The lease of the process that runs the feeds."""

_KEPT_MS = 86_400_000


def claim_slot(conn: Connection, job: str, slot_ms: int, worker: str) -> bool:
    """Whether this transaction is the one that runs the slot. `slot_ms` is real time, a multiple of the interval."""
    conn.execute(delete(job_claim).where(job_claim.c.job == job, job_claim.c.slot_ms < slot_ms - _KEPT_MS))
    insert = insert_into(conn, job_claim).values(job=job, slot_ms=slot_ms, claimed_by=worker)
    claimed = conn.execute(insert.on_conflict_do_nothing(index_elements=["job", "slot_ms"]).returning(job_claim.c.job))
    return claimed.first() is not None


def drop_claims_after(conn: Connection, now_ms: int) -> int:
    """Forget slots that lie ahead of real time: they are from before the system clock was set back, and the jobs would
    rest until the time comes round again. How many they were."""
    return conn.execute(delete(job_claim).where(job_claim.c.slot_ms > now_ms)).rowcount


def take_lease(conn: Connection, name: str, holder: str, beat: int, dead: str | None = None) -> str | None:
    """None: `holder` has the lease now, with `beat` as its sign of life. Else the sign of who has it.

    No clock is asked, since those of two hosts may differ: whoever sees a sign unchanged for long enough names it
    `dead`, and the lease is taken from it if it is still the same."""
    key = f"lease.{name}"
    hold(conn, key)
    sign = read_meta(conn, key) or ""
    if sign not in ("", dead) and sign.partition(" ")[0] != holder:
        return sign
    write_meta(conn, key, f"{holder} {beat}")
    return None


def lease_sign(conn: Connection, name: str) -> str | None:
    """The sign of life of who has the lease; "" when it was given up, None where nobody ever had it."""
    return read_meta(conn, f"lease.{name}")


def give_up_lease(conn: Connection, name: str, holder: str) -> None:
    """Let the next one have it at once."""
    key = f"lease.{name}"
    hold(conn, key)
    if (read_meta(conn, key) or "").partition(" ")[0] == holder:
        write_meta(conn, key, "")


# --- shards: a holder each, whose sign of life is that of its whole process -----------------------------------------
_WORKER, _SHARD = "worker.", "shard."  # short: a key of meta has 64 characters, with "hold." before it

IS_OF_SHARDS = or_(meta.c.key.startswith(_WORKER, autoescape=True), meta.c.key.startswith(_SHARD, autoescape=True))


@dataclass(frozen=True, slots=True)
class Workers:
    """`signs` of life by holder; `holders` by shard, "" where it was given up."""

    signs: dict[str, str]
    holders: dict[str, str]


def seen_workers(conn: Connection) -> Workers:
    rows = conn.execute(select(meta).where(IS_OF_SHARDS))
    found = {row.key: row.value for row in rows}
    return Workers(
        {key.removeprefix(_WORKER): value for key, value in found.items() if key.startswith(_WORKER)},
        {key.removeprefix(_SHARD): value for key, value in found.items() if key.startswith(_SHARD)},
    )


def say_alive(conn: Connection, holder: str, beat: int) -> None:
    write_meta(conn, _WORKER + holder, str(beat))


def forget_worker(conn: Connection, holder: str) -> None:
    conn.execute(delete(meta).where(meta.c.key == _WORKER + holder))


def take_shard(conn: Connection, shard: str, holder: str, gone: Collection[str]) -> bool:
    """Whether `holder` has it now: it was free, or of one of those that are `gone`."""
    hold(conn, _SHARD + shard)
    if (read_meta(conn, _SHARD + shard) or "") not in ("", holder, *gone):
        return False
    write_meta(conn, _SHARD + shard, holder)
    return True


def give_up_shard(conn: Connection, shard: str, holder: str) -> None:
    hold(conn, _SHARD + shard)
    if read_meta(conn, _SHARD + shard) == holder:
        write_meta(conn, _SHARD + shard, "")


def holds_shard(conn: Connection, shard: str, holder: str) -> bool:
    return read_meta(conn, _SHARD + shard) == holder
