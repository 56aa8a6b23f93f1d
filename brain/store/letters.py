"""Dead letters for another try."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from brain.store.portion import portions
from brain.store.schema import dead_letter


@dataclass(frozen=True, slots=True)
class Letter:
    id: str
    payload: bytes


def letters_of(conn: Connection, feed: str, reasons: Collection[str], after_id: str, most: int) -> tuple[Letter, ...]:
    """Letters of a feed refused for one of these reasons, oldest first, after one of them ("": from the first). Those
    with personal data are left alone."""
    table = dead_letter
    asked = select(table.c.id, table.c.payload).where(
        table.c.feed == feed, table.c.id > after_id, table.c.reason.in_(sorted(reasons)), table.c.sealed.is_(False)
    )
    return tuple(Letter(row.id, row.payload or b"") for row in conn.execute(asked.order_by(table.c.id).limit(most)))


def feeds_of_letters(conn: Connection) -> set[str]:
    """Feeds, also of former configurations, that have letters."""
    return set(conn.scalars(select(dead_letter.c.feed).distinct()))


def drop_letters(conn: Connection, feed: str, ids: Collection[str]) -> None:
    for some in portions(ids):
        conn.execute(delete(dead_letter).where(dead_letter.c.feed == feed, dead_letter.c.id.in_(some)))
