"""What the store knows of itself: its boot id, and rows that transactions hold to keep others of their kind waiting."""

import uuid

from sqlalchemy import Connection, select

from brain.model.clock import at_utc
from brain.store import schema
from brain.store.dialect import insert_into
from brain.store.errors import StoreError

_BOOT = "boot"
_FACTS = "facts"
_STARTED = "feeds_started"
_REPLAY = "replay"


def hold(conn: Connection, name: str) -> None:
    """Wait until no other transaction holds `name`, then hold it until this one ends.

    A row lock, because advisory locks are not everywhere; on SQLite there is only one writer anyway."""
    write_meta(conn, f"hold.{name}", "")


def write_meta(conn: Connection, key: str, value: str) -> None:
    insert = insert_into(conn, schema.meta).values(key=key, value=value)
    conn.execute(insert.on_conflict_do_update(index_elements=["key"], set_={"value": insert.excluded.value}))


def read_meta(conn: Connection, key: str) -> str | None:
    return conn.scalar(select(schema.meta.c.value).where(schema.meta.c.key == key))


def settle_boot(conn: Connection, facts_digest: str) -> str:
    """The boot id all workers share; a new one when the store is new or was last opened with other facts.

    Screens drop what they hold when the boot id changes."""
    hold(conn, _BOOT)
    boot = read_meta(conn, _BOOT)
    if boot is None or read_meta(conn, _FACTS) != facts_digest:
        boot = uuid.uuid4().hex[:12]
        write_meta(conn, _BOOT, boot)
        write_meta(conn, _FACTS, facts_digest)
    return boot


def settle_anchor(conn: Connection, from_ms: int, speed: float, real_ms: int) -> int:
    """The real time that stands for `from_ms` of a replay: that of its first start, so that city time never goes back.

    Raises StoreError when this store was filled by another replay."""
    hold(conn, _REPLAY)
    wanted = f"{from_ms} {speed!r}"
    replay, _, anchor = (read_meta(conn, _REPLAY) or f"{wanted} {real_ms}").rpartition(" ")
    if replay != wanted:
        began, _, fast = replay.partition(" ")
        raise StoreError(
            f"this store holds a replay that starts at {at_utc(int(began)).isoformat()} with speed {fast}: set clock "
            "so again, or clock.anchor, or give the new replay a store of its own (store.folder or store.url)"
        )
    write_meta(conn, _REPLAY, f"{wanted} {anchor}")
    return int(anchor)


def note_started(conn: Connection, real_ms: int, version: str) -> None:
    """Remember when the process of the feeds began, and of which version it is."""
    write_meta(conn, _STARTED, f"{real_ms} {version}")


def read_started(conn: Connection) -> tuple[int | None, str]:
    """(real time, version) as remembered; (None, "") where no feeds ever ran."""
    at_ms, _, version = (read_meta(conn, _STARTED) or "").partition(" ")
    return (int(at_ms), version) if at_ms.isdecimal() else (None, "")
