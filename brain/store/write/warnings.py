"""Storing weather warnings. A message is stored once; that it is over stands in a row of its own, so that the same
messages in any order end in the same store."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from brain.model.area import AreaTree
from brain.model.warning import Reference, WarningEnd, WeatherWarning
from brain.store import schema
from brain.store.dialect import insert_into
from brain.store.storable import storable
from brain.store.version import bump_everywhere

INPUT = "warnings"

_ID, _WORD, _TEXT = 128, 16, 4000


@dataclass(frozen=True, slots=True)
class WarningResult:
    new: int
    repeated: int


def store_warnings(conn: Connection, tree: AreaTree, messages: Sequence[WeatherWarning | WarningEnd]) -> WarningResult:
    """Store what is new. Every screen hears of it: a warning for an area is one for those above and below it."""
    warnings = [message for message in messages if isinstance(message, WeatherWarning)]
    new = _store(conn, [_row_of(warning) for warning in warnings])
    ended = _store_ends(conn, messages)
    if new or ended:
        bump_everywhere(conn, tree, INPUT)
    new += min(ended, len(messages) - len(warnings))
    return WarningResult(new, len(messages) - new)


def _store(conn: Connection, rows: Iterable[dict[str, Any]]) -> int:
    """Issuers who send one message twice are believed the later time; the number of rows that changed."""
    table = schema.weather_warning
    insert = insert_into(conn, table)
    upsert = insert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: insert.excluded[column.name] for column in table.c if not column.primary_key},
        where=table.c.sent_ms < insert.excluded.sent_ms,
    ).returning(table.c.part)
    by_key = sorted(rows, key=lambda row: (row["sender"], row["identifier"], row["part"], row["sent_ms"]))
    return sum(len(conn.execute(upsert, row).all()) for row in by_key)


def _store_ends(conn: Connection, messages: Iterable[WeatherWarning | WarningEnd]) -> int:
    table = schema.warning_end
    insert = insert_into(conn, table).on_conflict_do_nothing().returning(table.c.identifier)
    ended = {_key(reference): message.sent_ms for message in messages for reference in _over_with(message)}
    rows = [{"sender": s, "identifier": i, "ended_ms": at_ms} for (s, i), at_ms in sorted(ended.items())]
    return sum(len(conn.execute(insert, row).all()) for row in rows)


def _over_with(message: WeatherWarning | WarningEnd) -> tuple[Reference, ...]:
    return message.ends if isinstance(message, WarningEnd) else message.replaces


def _key(reference: Reference | WeatherWarning) -> tuple[str, str]:
    return storable(reference.sender, _ID), storable(reference.identifier, _ID)


def _row_of(warning: WeatherWarning) -> dict[str, Any]:
    sender, identifier = _key(warning)
    words = {
        lang: {part: storable(text, _TEXT) for part, text in asdict(wording).items()}
        for lang, wording in (("zh", warning.zh), ("en", warning.en))
    }
    return {
        "sender": sender,
        "identifier": identifier,
        "part": warning.part,
        "sent_ms": warning.sent_ms,
        "level": None if warning.level is None else int(warning.level),
        "severity": storable(warning.severity, _WORD),
        "urgency": storable(warning.urgency, _WORD),
        "certainty": storable(warning.certainty, _WORD),
        "effective_ms": warning.effective_ms,
        "onset_ms": warning.onset_ms,
        "expires_ms": warning.expires_ms,
        "wording": orjson.dumps(words).decode(),
        "area_ids": orjson.dumps(warning.area_ids).decode(),
        "simulated": warning.simulated,
    }
