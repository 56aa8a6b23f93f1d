"""How the program is, as the database tells it. Everything here costs a few reads along keys, whatever its size."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import column, func, select, table

from brain.model.clock import at_utc, utc_ms
from brain.model.query.answer import Answer
from brain.model.query.system import JobRun, SystemNow, SystemState
from brain.store import schema
from brain.store.dialect import database_bytes
from brain.store.meta import read_started
from brain.store.read.ask import Ask, reply
from brain.store.read.desk_lists import count_waiting
from brain.store.read.sources import source_states
from brain.store.row_counts import read_counts

_MINUTE_MS, _MINUTES, _HOUR = 60_000, 5, 60
_LATE_AFTER, _LATE_MS = 3, 60_000
_MOST_JOBS = 50


@reply.register
def system_state(query: SystemState, ask: Ask) -> Answer[SystemNow]:
    sources = source_states(ask)
    well = [source for source in sources if source.status == "well"]
    items, readings = _per_minute(ask)
    accepted, refused = _hour(ask)
    buckets, oldest_bucket_ms = _buckets(ask)
    outbox, outbox_due_ms, outbox_sent = _outbox(ask)
    started_ms, version = read_started(ask.conn)
    counted_ms, tables = read_counts(ask.conn)
    heard = [source.last_item_ms for source in sources if source.last_item_ms is not None]
    value = SystemNow(
        well=len(well),
        starting=sum(source.status == "starting" for source in sources),
        old=tuple(source for source in well if source.is_old(ask.now_ms)),
        trouble=tuple(source for source in sources if source.in_trouble),
        items_per_minute=items,
        readings_per_minute=readings,
        accepted_hour=accepted,
        refused_hour=refused,
        letters=_letters(ask),
        buckets=buckets,
        oldest_bucket_ms=oldest_bucket_ms,
        database=ask.conn.dialect.name,
        database_bytes=database_bytes(ask.conn),
        counted_ms=counted_ms,
        tables=tables,
        outbox=outbox,
        outbox_due_ms=outbox_due_ms,
        outbox_sent=outbox_sent,
        jobs=_jobs(ask),
        schema_revision=ask.conn.scalar(select(column("version_num")).select_from(table("alembic_version"))) or "",
        started_ms=started_ms,
        version=version,
        waiting=count_waiting(ask.conn),
        unread=tuple(source for source in well if source.cause.startswith("note.unread ")),
    )
    as_of_ms = min(max(heard), ask.now_ms) if heard else None
    return Answer(value=value, as_of_ms=as_of_ms, simulated=bool(heard) and any(s.simulated for s in sources))


def _per_minute(ask: Ask) -> tuple[float, float]:
    """(items, of them of feeds of readings) stored per minute."""
    until_ms = ask.now_ms // _MINUTE_MS * _MINUTE_MS
    rows = ask.conn.execute(
        select(schema.feed_minute.c.feed, func.sum(schema.feed_minute.c.accepted))
        .where(schema.feed_minute.c.minute_ms >= until_ms - _MINUTES * _MINUTE_MS)
        .where(schema.feed_minute.c.minute_ms < until_ms)
        .group_by(schema.feed_minute.c.feed)
    ).all()
    feeds = ask.facts.feeds
    readings = sum(int(n) for feed, n in rows if feed in feeds and feeds[feed].input == "readings")
    return sum(int(n) for _, n in rows) / _MINUTES, readings / _MINUTES


def _hour(ask: Ask) -> tuple[int, int]:
    minute = schema.feed_minute
    row = ask.conn.execute(
        select(func.sum(minute.c.accepted), func.sum(minute.c.refused)).where(
            minute.c.minute_ms > ask.now_ms - _HOUR * _MINUTE_MS, minute.c.minute_ms <= ask.now_ms
        )
    ).one()
    return int(row[0] or 0), int(row[1] or 0)


def _letters(ask: Ask) -> tuple[tuple[str, int], ...]:
    """Of the configured feeds, by reason, since the city's midnight."""
    zone = ZoneInfo(ask.facts.tz)
    today = at_utc(ask.now_ms).astimezone(zone).date()
    letter, n = schema.dead_letter, func.count().label("n")
    rows = ask.conn.execute(
        select(letter.c.reason, n)
        .where(letter.c.feed.in_(list(ask.facts.feeds)))
        .where(letter.c.at_ms >= utc_ms(datetime.combine(today, time(), zone)))
        .group_by(letter.c.reason)
        .order_by(n.desc(), letter.c.reason)
    )
    return tuple((row.reason, row.n) for row in rows)


def _buckets(ask: Ask) -> tuple[int, int | None]:
    row = ask.conn.execute(select(func.count(), func.min(schema.dirty_bucket.c.end_ms))).one()
    return row[0], row[1]


def _outbox(ask: Ask) -> tuple[int, int | None, bool]:
    box = schema.outbox
    row = ask.conn.execute(select(func.count(), func.min(box.c.due_ms)).where(box.c.sent_ms.is_(None))).one()
    return row[0], row[1], ask.conn.scalar(select(func.max(box.c.sent_ms))) is not None


def _jobs(ask: Ask) -> tuple[JobRun, ...]:
    """From job to job along the key: counting the slots of a month would take long. A job's interval is the time
    between its last two slots."""
    claim = schema.job_claim
    runs: list[JobRun] = []
    job = ask.conn.scalar(select(func.min(claim.c.job)))
    while job is not None and len(runs) < _MOST_JOBS:
        last_ms, before_ms = _last_two(ask, job)
        every_ms = last_ms - before_ms if before_ms is not None else None
        late = every_ms is not None and ask.real_ms - last_ms > _LATE_AFTER * every_ms + _LATE_MS
        runs.append(JobRun(job, last_ms, late))
        job = ask.conn.scalar(select(func.min(claim.c.job)).where(claim.c.job > job))
    return tuple(runs)


def _last_two(ask: Ask, job: str) -> tuple[int, int | None]:
    claim = schema.job_claim
    query = select(claim.c.slot_ms).where(claim.c.job == job).order_by(claim.c.slot_ms.desc()).limit(2)
    last, *before = ask.conn.scalars(query)
    return last, next(iter(before), None)
