"""Storing events of devices. Each is stored once; which were new is what the rules are asked about."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from brain.model.event import Event
from brain.model.privacy import mask
from brain.store import schema
from brain.store.dialect import insert_into
from brain.store.storable import storable

_KIND, _ID, _PICTURE, _TEXT = 48, 64, 1024, 200


def store_events(conn: Connection, events: Sequence[Event], area_of: Mapping[str, str]) -> list[Event]:
    """The events that were not there yet, in their order. `area_of`: area id by device id."""
    table = schema.device_event
    insert = insert_into(conn, table).on_conflict_do_nothing().returning(table.c.at_ms)
    new = []
    for event in sorted(events, key=lambda event: (event.device_id, event.kind, event.at_ms, event.id)):
        row = {
            "device_id": event.device_id,
            "kind": storable(event.kind, _KIND),
            "at_ms": event.at_ms,
            "id": storable(event.id, _ID),
            "area_id": area_of[event.device_id],
            "confidence": event.confidence,
            "picture": storable(event.picture, _PICTURE),
            "text": storable(mask(event.text, _TEXT), _TEXT),
            "received_ms": event.received_ms,
            "simulated": event.simulated,
        }
        if conn.execute(insert, row).all():
            new.append(event)
    return new
