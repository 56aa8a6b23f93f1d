"""Forgetting: what is older than the settings say is deleted in small transactions; people and feeds go between them.

What is still open is never deleted: running cases and clocks, alerts nobody closed, messages not yet sent.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time, timedelta
from functools import partial
from itertools import product
from time import sleep
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Table, select

from brain.model.clock import at_utc, utc_ms
from brain.model.facts import Facts
from brain.model.rollup import DAY_S, FIVE_MINUTES_S, HOUR_S
from brain.store import forget, schema
from brain.store.dialect import drop_days
from brain.store.engine import Store
from brain.store.meta import read_meta, write_meta
from brain.store.write.waiting import forget_waiting

log = logging.getLogger(__name__)

_CLAIM_DAYS = 30
_TRIES, _PAUSE_S = 20, 1.0  # what goes on between two tries takes less than a second, mostly


def sweep(
    store: Store,
    facts: Facts,
    days: Mapping[str, int],
    now_ms: int,
    real_ms: int,
    of_kinds: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
) -> dict[str, int]:
    """Delete what is older than `days` full days of the city; deleted rows by name. Names that are missing are kept.

    What is of devices goes by whole days of UTC, up to a day later, so that PostgreSQL drops them: of those no row is
    counted. `of_kinds`: other days for devices of a kind, of what is in BY_KIND: they hold in place of those in `days`.
    `now_ms` is city time, `real_ms` real time, by which the audit trail is dated. Raises ValueError for a name that is
    not known, StoreUnavailable when the database goes away (what was deleted stays so).
    """
    unknown = sorted(set(days) - set(RETAINED)) + sorted({n for own in of_kinds.values() for n in own} - set(BY_KIND))
    if unknown:
        raise ValueError(f"retention knows nothing of {', '.join(unknown)}; known are {', '.join(RETAINED)}")
    deleted = {}
    for name, kept_days in days.items():
        cutoff = cutoff_ms(real_ms if name == "audit" else now_ms, facts.tz, kept_days)
        if name in BY_KIND:
            kinds = {kind: cutoff_ms(now_ms, facts.tz, kept[name]) for kind, kept in of_kinds.items() if name in kept}
            own = {kind: end_of_day(at_ms) for kind, at_ms in sorted(kinds.items())}
            deleted[name] = _once(store, name, facts, end_of_day(cutoff), own)
        else:
            deleted[name] = RETAINED[name](store, facts, cutoff) or 0
    _until_done(store, forget.claims, cutoff_ms(min(now_ms, real_ms), facts.tz, _CLAIM_DAYS))
    return deleted


def _once(store: Store, name: str, facts: Facts, cutoff: int, own: Mapping[str, int]) -> int:
    """What is of devices is looked through once for each cutoff: with many days that takes PostgreSQL long."""
    key, wanted = f"retention.{name}", orjson.dumps([cutoff, own]).decode()
    with store.read() as conn:
        if read_meta(conn, key) == wanted:
            return 0
    deleted = BY_KIND[name](store, facts, cutoff, own)
    if deleted is None:
        return 0
    store.write(lambda conn: write_meta(conn, key, wanted)).result()
    return deleted


def cutoff_ms(now_ms: int, tz: str, days: int) -> int:
    """The midnight `days` days before today in the city; what is stamped then or before is older."""
    zone = ZoneInfo(tz)
    today = at_utc(now_ms).astimezone(zone).date()
    return utc_ms(datetime.combine(today - timedelta(days=days), time(), zone))


def end_of_day(at_ms: int) -> int:
    """The end of a day of UTC then or before."""
    return at_ms - at_ms % (DAY_S * 1000)


def _readings(store: Store, _facts: Facts, cutoff: int, own: Mapping[str, int]) -> int | None:
    if not _drop_days(store, schema.reading, cutoff, own):
        return None
    return _along_devices(store, schema.reading, "at_ms", cutoff, own)


def _rollups(span_s: int, store: Store, facts: Facts, cutoff: int, own: Mapping[str, int]) -> int | None:
    """Those of areas are of devices of many kinds: the general days hold for them."""
    metrics = sorted({head["metric"] for heads in _series(store).values() for head in heads})
    areas = [{"area_id": area.id, "metric": metric} for area, metric in product(facts.tree, metrics)]
    of_areas = _all(store, forget.along_series(schema.area_rollup, areas, "end_ms", cutoff, span_s=span_s))
    if span_s == FIVE_MINUTES_S and not _drop_days(store, schema.reading_rollup, cutoff, own):
        return None
    return of_areas + _along_devices(store, schema.reading_rollup, "end_ms", cutoff, own, span_s=span_s)


def _drop_days(store: Store, table: Table, cutoff: int, own: Mapping[str, int]) -> bool:
    """Those that no kind of device keeps. False when others are at the table all the while: the next sweep may find it
    free, and deleting so many rows one by one would be worse than waiting for it."""
    until_ms = min([cutoff, *own.values()])
    for _ in range(_TRIES):
        if store.write(lambda conn: drop_days(conn, table, until_ms)).result():
            return True
        sleep(_PAUSE_S)
    log.warning("old days of %s are left, as others are at it or they are many; they go within hours", table.name)
    return False


def _along_devices(store: Store, table: Table, at: str, cutoff: int, own: Mapping[str, int], **fixed: int) -> int:
    """`own`: cutoffs by kind of device, where they are others."""
    return sum(
        _all(store, forget.along_series(table, heads, at, own.get(kind, cutoff), **fixed))
        for kind, heads in _series(store).items()
    )


def _cases(store: Store, facts: Facts, cutoff: int) -> int:
    return sum(_until_done(store, forget.closed_cases, name, cutoff) for name in facts.case_types)


def _alerts(store: Store, _facts: Facts, cutoff: int) -> int:
    _until_done(store, forget.sent_messages, cutoff)
    return _until_done(store, forget.closed_alerts, cutoff)


def _dead_letters(store: Store, _facts: Facts, cutoff: int) -> int:
    with store.read() as conn:
        feeds = [{"feed": feed} for feed in conn.scalars(select(schema.refusal_count.c.feed).distinct())]
    _until_done(store, forget_waiting, cutoff, forget.ROWS_AT_ONCE)
    return _all(store, forget.along_series(schema.dead_letter, feeds, "at_ms", cutoff))


def _weather_warnings(store: Store, _facts: Facts, cutoff: int) -> int:
    return store.write(lambda conn: forget.weather_warnings(conn, cutoff)).result()


def _duty_shifts(store: Store, _facts: Facts, cutoff: int) -> int:
    return store.write(lambda conn: forget.duty_shifts(conn, cutoff)).result()


def _device_events(store: Store, _facts: Facts, cutoff: int) -> int:
    return store.write(lambda conn: forget.device_events(conn, cutoff)).result()


def _audit(store: Store, _facts: Facts, cutoff: int) -> int:
    return _until_done(store, forget.audit_rows, cutoff)


BY_KIND: Mapping[str, Callable[[Store, Facts, int, Mapping[str, int]], int | None]] = {
    "reading": _readings,
    "rollup_5min": partial(_rollups, FIVE_MINUTES_S),
    "rollup_hour": partial(_rollups, HOUR_S),
}
"""What is of devices: days can also be given for a kind of them. None: not now."""
RETAINED: Mapping[str, Callable[..., int | None]] = {
    **BY_KIND,
    "closed_case": _cases,
    "closed_alert": _alerts,
    "dead_letter": _dead_letters,
    "weather_warning": _weather_warnings,
    "duty_shift": _duty_shifts,
    "device_event": _device_events,
    "audit": _audit,
}
"""What days can be given for. Daily rollups and indicators are kept for ever."""


def _series(store: Store) -> dict[str, list[dict[str, str]]]:
    """Every device and metric that ever measured, by the kind of the device."""
    table, device = schema.latest, schema.device
    query = (
        select(table.c.device_id, table.c.metric, device.c.kind)
        .join_from(table, device, table.c.device_id == device.c.id, isouter=True)
        .order_by(*table.primary_key)
    )
    found: dict[str, list[dict[str, str]]] = {}
    with store.read() as conn:
        for row in conn.execute(query):
            found.setdefault(row.kind or "", []).append({"device_id": row.device_id, "metric": row.metric})
    return found


def _all(store: Store, portions: Iterable[forget.Portion]) -> int:
    return sum(store.write(portion).result() for portion in portions)


def _until_done(store: Store, forget_some: Callable[..., int], *about: Any) -> int:
    """Portion by portion until nothing is left to take."""
    total = 0
    while taken := store.write(lambda conn: forget_some(conn, *about)).result():
        total += taken
    return total
