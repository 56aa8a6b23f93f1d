"""Which devices of an area speak: counted by kind, and those away longest."""

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, select, true

from brain.model.query.answer import Answer, Provenance
from brain.model.query.devices import AwayDevice, DevicesOnline, KindOnline, OnlineNow
from brain.store.read.ask import Ask, reply
from brain.store.read.freshness import IN_SERVICE, device_state
from brain.store.read.sources import feed_ids, source_states, stale_after_s
from brain.store.read.ticket_counts import count_if
from brain.store.schema import device, latest

_WORKS = 0.5


@reply.register
def devices_online(query: DevicesOnline, ask: Ask) -> Answer[OnlineNow]:
    sources = source_states(ask, "readings")
    rows = _by_kind(query, ask)
    kinds = tuple(_kind(ask, row) for row in rows)
    value = OnlineNow(kinds, _away(query, ask)) if kinds else None
    heard = [row.newest_ms for row in rows if row.newest_ms is not None]
    return Answer(
        value=value,
        as_of_ms=min(max(heard), ask.now_ms) if heard else None,
        sources=sources,
        simulated=any(row.simulated for row in rows),
        stale_after_s=stale_after_s(sources),
        provenance=() if value is None else (_provenance(value, feed_ids(sources), max(heard, default=None)),),
    )


def _state(query: DevicesOnline, ask: Ask) -> ColumnElement[str]:
    """ "fresh", "down", "old" or "never" of a row of `device` joined with its `up_metric`."""
    if not query.up_metric:
        return device_state(ask)
    speaks = device_state(ask)
    return case((and_(speaks == "fresh", latest.c.value < _WORKS), "down"), else_=speaks)


def _asked(query: DevicesOnline, ask: Ask, *columns: Any) -> Any:
    rows = select(*columns).select_from(device)
    if query.up_metric:
        rows = rows.outerjoin(latest, and_(latest.c.device_id == device.c.id, latest.c.metric == query.up_metric))
    chosen = device.c.kind.in_(query.kinds) if query.kinds else true()
    return rows.where(IN_SERVICE, ask.inside(device.c.area_id), chosen)


def _by_kind(query: DevicesOnline, ask: Ask) -> list[Row[Any]]:
    state = _state(query, ask)
    counts = [count_if(state == name).label(name) for name in ("fresh", "down", "old", "never")]
    newest = func.max(device.c.last_reported_ms).label("newest_ms")
    simulated = count_if(device.c.simulated).label("simulated")
    rows = _asked(query, ask, device.c.kind, *counts, newest, simulated)
    return list(ask.conn.execute(rows.group_by(device.c.kind).order_by(func.count().desc(), device.c.kind)))


def _kind(ask: Ask, row: Row[Any]) -> KindOnline:
    name = ask.facts.device_kinds.get(row.kind)
    zh, en = (name.zh, name.en) if name else (row.kind, row.kind)
    return KindOnline(row.kind, zh, en, int(row.fresh), int(row.down), int(row.old), int(row.never))


def _away(query: DevicesOnline, ask: Ask) -> tuple[AwayDevice, ...]:
    """Longest away first; those never heard of come last, since nobody knows since when."""
    state = _state(query, ask)
    since = case((state == "down", device.c.last_changed_ms), else_=device.c.last_reported_ms)
    told = (device.c.id, device.c.name, device.c.kind, device.c.area_id)
    rows = _asked(query, ask, *told, state.label("state"), since.label("since_ms")).where(state != "fresh")
    found = ask.conn.execute(rows.order_by(since.is_(None), since, device.c.id).limit(query.limit))
    return tuple(AwayDevice(*row) for row in found)


def _provenance(value: OnlineNow, feeds: tuple[str, ...], newest_ms: int | None) -> Provenance:
    left_out = (
        ("excluded.device_old", sum(kind.old for kind in value.kinds)),
        ("excluded.device_never", sum(kind.never for kind in value.kinds)),
    )
    return Provenance(
        key="online",
        formula_key="formula.devices_online",
        numerator=value.online,
        denominator=value.total,
        sources=feeds,
        excluded=tuple((key, n) for key, n in left_out if n),
        refreshed_ms=newest_ms,
    )
