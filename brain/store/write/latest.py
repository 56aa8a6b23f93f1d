"""The newest reading of each device and metric, and when a device last reported and last changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from brain.model.reading import Reading
from brain.store import schema
from brain.store.dialect import insert_into, insert_rows, raise_columns
from brain.store.portion import portions

READING_COLUMNS = ("device_id", "metric", "at_ms", "value", "received_ms")


def row_of(reading: Reading) -> tuple[Any, ...]:
    """In the order of READING_COLUMNS."""
    return reading.device_id, reading.metric, reading.at_ms, reading.value, reading.received_ms


def raise_latest(conn: Connection, new: Sequence[Reading]) -> int:
    """Let the new readings, sorted by device, metric and time, be the latest where they are; how many were too late.

    `last_reported_ms` is the time of the newest reading of any metric. `last_changed_ms` is that of the newest live
    reading that differed from the one before it; late ones say nothing about that."""
    known = _known(conn, {reading.device_id for reading in new})
    news = _news(known, new)
    _write_latest(conn, news.latest)
    _write_device_times(conn, news)
    return news.late


_Key = tuple[str, str]


@dataclass(slots=True)
class _News:
    """`reported` and `changed` hold device -> time in ms."""

    latest: dict[_Key, Reading] = field(default_factory=dict)
    reported: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    late: int = 0


def _known(conn: Connection, device_ids: Iterable[str]) -> dict[_Key, tuple[int, float | None]]:
    """(device, metric) -> (time, value)."""
    table = schema.latest
    known: dict[_Key, tuple[int, float | None]] = {}
    for ids in portions(device_ids):
        query = select(table.c.device_id, table.c.metric, table.c.at_ms, table.c.value).where(
            table.c.device_id.in_(ids)
        )
        known.update(
            ((device_id, metric), (at_ms, value)) for device_id, metric, at_ms, value in conn.execute(query).all()
        )
    return known


def _news(known: dict[_Key, tuple[int, float | None]], new: Sequence[Reading]) -> _News:
    news = _News()
    for reading in new:
        key = (reading.device_id, reading.metric)
        before = known.get(key)
        if before is not None and reading.at_ms <= before[0]:
            news.late += 1
            continue
        known[key] = (reading.at_ms, reading.value)
        news.latest[key] = reading
        _keep_newest(news.reported, reading)
        if before is None or before[1] != reading.value:
            _keep_newest(news.changed, reading)
    return news


def _keep_newest(times: dict[str, int], reading: Reading) -> None:
    times[reading.device_id] = max(reading.at_ms, times.get(reading.device_id, reading.at_ms))


def _write_latest(conn: Connection, latest: dict[_Key, Reading]) -> None:
    table = schema.latest
    insert = insert_into(conn, table)
    upsert = insert.on_conflict_do_update(
        index_elements=[table.c.device_id, table.c.metric],
        set_={column: insert.excluded[column] for column in ("at_ms", "value", "received_ms")},
        where=insert.excluded.at_ms > table.c.at_ms,  # another worker may have been faster
    )
    insert_rows(conn, upsert, READING_COLUMNS, [row_of(latest[key]) for key in sorted(latest)])


def _write_device_times(conn: Connection, news: _News) -> None:
    rows = [(device, at_ms, news.changed.get(device)) for device, at_ms in sorted(news.reported.items())]
    raise_columns(conn, schema.device, "id", ("last_reported_ms", "last_changed_ms"), rows)
