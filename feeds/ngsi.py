"""Readings from a context broker that notifies: NGSI-v2 (Orion) and NGSI-LD, pushed to /in/ngsi."""

from collections.abc import Mapping

from pydantic import Field

from brain.feed import FeedContext, Item, PushSettings
from feeds.payloads.ngsi_readings import EntityReader, TypeMapping, entities_of
from feeds.payloads.record_readings import NewDevices

MODE = "push"
INPUT = "readings"

_READER = "reader"


class Settings(PushSettings):
    types: tuple[TypeMapping, ...] = Field(min_length=1, description="Which entities are taken, and what of them.")
    device: NewDevices = Field(default=NewDevices(), description="What to do about unknown devices.")


def accept(settings: Settings, ctx: FeedContext, headers: Mapping[str, str], body: bytes) -> list[Item]:
    reader = ctx.memory.get(_READER)
    if not isinstance(reader, EntityReader):
        reader = ctx.memory[_READER] = EntityReader(settings.types, settings.device, ctx, settings.simulated)
    return [
        item for number, entity in enumerate(entities_of(body), 1) for item in reader.read(entity, f"entity {number}")
    ]
