"""What one batch writes, in one transaction and always in the same order of tables."""

import json
from collections.abc import Mapping
from dataclasses import astuple

from brain.feed import Rejected
from brain.model.alert import Signal
from brain.model.drops import judge_drops
from brain.model.event import Event
from brain.model.facts import Facts
from brain.model.judge_event import judge_events
from brain.model.reason import Reason
from brain.runtime.batch import Batch, Share
from brain.runtime.pen import Pen, written_last
from brain.runtime.refused import refused
from brain.store.connection import Connection
from brain.store.meta import write_meta
from brain.store.seal import Seal
from brain.store.write.alerts import apply_signals
from brain.store.write.availability import store_availability
from brain.store.write.cases import store_tickets
from brain.store.write.drops import count_dropped
from brain.store.write.duty import store_rosters
from brain.store.write.events import store_events
from brain.store.write.feeds import FeedCounts, keep_rejected, save_cursor
from brain.store.write.indicators import store_indicators
from brain.store.write.readings import store_devices, store_readings
from brain.store.write.waiting import hold
from brain.store.write.warnings import store_warnings

Written = Mapping[str, FeedCounts]
"""What became of each feed's items."""


def write_once(
    conn: Connection, pen: Pen, token: str, batch: Batch, facts: Facts, seal: Seal, dead_letters: int
) -> Written:
    """write_batch, unless the batch of this token was the last stored: its commit was done, only the answer got lost.
    Readings would be absorbed by their key, done again; alerts, dead letters and events would be doubled. Raises
    PenTaken."""
    known, told = written_last(conn, pen)
    if known == token:
        return {feed: FeedCounts(*counts) for feed, counts in json.loads(told).items()}
    written = write_batch(conn, batch, facts, seal, dead_letters)
    counts = json.dumps({feed: astuple(counts) for feed, counts in written.items()})
    write_meta(conn, pen.key, f"{pen.holder} {token} {counts}")
    return written


def write_batch(conn: Connection, batch: Batch, facts: Facts, seal: Seal, dead_letters: int) -> Written:
    """May run more than once (PostgreSQL), so it leaves no trace outside `conn`. `dead_letters`: how many are kept."""
    if batch.devices:
        store_devices(conn, facts.tree, batch.devices.values(), batch.now_ms)
    fresh = {feed: _write_events(conn, share, batch) for feed, share in sorted(batch.shares.items()) if share.events}
    written = {
        feed: _write_share(conn, feed, share, batch, facts, seal, dead_letters, len(fresh.get(feed, ())))
        for feed, share in sorted(batch.shares.items())
    }
    events = [event for some in fresh.values() for event in some]
    signals = [*batch.signals, *judge_events(facts.rules, events, batch.seen_by.get, batch.now_ms)]
    for feed, share in sorted(batch.shares.items()):
        signals += _drops(conn, feed, share, facts)
    if signals:
        apply_signals(conn, facts, signals, batch.now_ms)
    return written


def _drops(conn: Connection, feed: str, share: Share, facts: Facts) -> list[Signal]:
    if share.dropped is None:
        return []
    fresh = count_dropped(conn, feed, share.dropped.total)
    simulated = feed in facts.feeds and facts.feeds[feed].simulated
    return judge_drops(facts.rules, feed, facts.tree.root.id, fresh, share.dropped.at_ms, simulated)


def _write_events(conn: Connection, share: Share, batch: Batch) -> list[Event]:
    """Those that were new."""
    return store_events(conn, share.events, {device.id: device.area_id for device in batch.seen_by.values()})


def _write_share(
    conn: Connection,
    feed: str,
    share: Share,
    batch: Batch,
    facts: Facts,
    seal: Seal,
    dead_letters: int,
    new_events: int,
) -> FeedCounts:
    accepted, repeated = new_events, len(share.events) - new_events
    if share.availability:  # before the readings: what came after it in the same batch says otherwise by its time
        store_availability(conn, facts.tree, share.availability)
    if share.readings:
        readings = store_readings(conn, facts.tree, share.readings, batch.area_of, tz=facts.tz)
        accepted, repeated = accepted + readings.new, repeated + readings.repeated
    if share.tickets:
        tickets = store_tickets(conn, facts, share.tickets, seal, feed, batch.now_ms)
        accepted, repeated = accepted + tickets.new + tickets.changed, repeated + tickets.unchanged
    if share.indicators:
        figures = store_indicators(conn, facts.tree, facts.indicators, share.indicators)
        accepted, repeated = accepted + figures.new, repeated + figures.repeated
    if share.warnings:
        warnings = store_warnings(conn, facts.tree, share.warnings)
        accepted, repeated = accepted + warnings.new, repeated + warnings.repeated
    if share.rosters:
        shifts = store_rosters(conn, facts, feed, share.rosters)
        accepted, repeated = accepted + shifts.new, repeated + shifts.repeated
    rejected = [*share.rejected, *_not_held(conn, feed, share, batch.now_ms)]
    if rejected:
        keep_rejected(conn, feed, rejected, seal, batch.now_ms, dead_letters)
    if share.cursor is not None:
        save_cursor(conn, feed, share.cursor)
    brought = (share.readings, share.availability, share.tickets, share.indicators, share.warnings, share.rosters)
    return FeedCounts(accepted, len(rejected), repeated, batch.now_ms if any(brought) or share.events else None)


def _not_held(conn: Connection, feed: str, share: Share, now_ms: int) -> list[Rejected]:
    """What is of unregistered devices waits, but for what the waiting list does not take."""
    if not share.unregistered:
        return []
    held = hold(conn, feed, share.said, share.unregistered, now_ms)
    why = ((held.rejected, "an administrator rejected the device"), (held.crowded, "the waiting list is full"))
    return [
        refused(reading, Reason.UNKNOWN_DEVICE, f"{detail} (/admin/waiting)", f"{reading.device_id} {reading.metric}")
        for readings, detail in why
        for reading in readings
    ]
