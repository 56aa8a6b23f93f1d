"""Backup, restore and move of a whole store, each all or nothing."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, select

from brain.store import schema
from brain.store.engine import PATIENCE_S
from brain.store.moving.archive import Manifest, open_archive, write_archive
from brain.store.moving.fill import fill
from brain.store.moving.portion import Sum
from brain.store.moving.snapshot import snapshot
from brain.store.seal import key_id_of


def back_up(url: str, path: Path, city: str, made_ms: int, patience_s: float = PATIENCE_S) -> Manifest:
    """The store at `url`, which may be in use, into a new file. `made_ms` is real time. Raises StoreError."""
    with snapshot(url, patience_s) as source:
        return write_archive(path, source, city, made_ms, _sealed_with(source.conn))


def restore(path: Path, url: str, replace: bool = False, patience_s: float = PATIENCE_S) -> Manifest:
    """The store of a backup at `url`, brought up to date. Raises StoreError; then what was there is there still."""
    with open_archive(path) as archive:
        fill(url, archive, replace, patience_s)
        return archive.manifest


def move(url: str, to: str, replace: bool = False, patience_s: float = PATIENCE_S) -> Mapping[str, Sum]:
    """The store at `url` also at `to`, of which nobody may have either open. Raises StoreError."""
    with snapshot(url, patience_s) as source:
        return fill(to, source, replace, patience_s)


def _sealed_with(conn: Connection) -> str:
    """The id of the key that the first sealed row names; empty where nothing is sealed."""
    sealed = conn.scalar(select(schema.case_private.c.sealed).limit(1))
    if sealed is None:
        letter = schema.dead_letter
        sealed = conn.scalar(select(letter.c.payload).where(letter.c.sealed, letter.c.payload.is_not(None)).limit(1))
    return "" if sealed is None else key_id_of(sealed)
