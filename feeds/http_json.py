"""Readings of devices from a JSON interface over HTTP: a list of records, one or more pages, each asked for anew at
every pull; what is known already is absorbed.

An interface that gives ETag or Last-Modified is asked only whether anything changed.
"""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field, ValidationError

from brain.feed import FeedContext, FeedSettings, Item, Refused, Rejected
from brain.model.reason import Reason, Why
from feeds.payloads.http_pages import Page, Pages, pull_pages
from feeds.payloads.http_source import HttpSource
from feeds.payloads.json_mapping import PathText, PayloadMapping, TopicMapping
from feeds.payloads.json_readings import JsonReadings
from feeds.payloads.message import Message
from feeds.payloads.paths import MISSING, compile_path, pick
from feeds.payloads.table_marks import digest_of
from feeds.payloads.ticket_rows import cell_text, names_of
from feeds.payloads.topics import is_device_id

MODE = "pull"
INPUT = "readings"


class RecordMapping(PayloadMapping):
    """Where a record says whose numbers it holds. Paths begin at the record."""

    id: PathText = Field(description="Where the device's id stands.")
    area: PathText | None = Field(default=None, description="Where its area stands: id or name.")
    kind: PathText | None = Field(default=None, description="Where its kind stands.")
    time: PathText = Field(description="Where the time stands; without one an old number would look new.")
    time_required: bool = Field(default=True, description="Refuse a record without time; else time of the pull.")


class Settings(FeedSettings):
    http: HttpSource = Field(description="Where to ask.")
    pages: Pages = Field(default=Pages(), description="How one page leads to the next.")
    records: PathText = Field(default="", description="Path of the list of records; empty: the document is the list.")
    record: RecordMapping = Field(description="What a record means.")


def run(settings: Settings, ctx: FeedContext) -> None:
    reader = _Records(settings, ctx)
    wish = digest_of(settings.model_dump_json())
    pull_pages(ctx, settings.http, settings.pages, settings.records, wish, reader.items)


class _Records:
    """Each record is read as a message of its device, with the area and kind it names."""

    def __init__(self, settings: Settings, ctx: FeedContext) -> None:
        record = settings.record
        self._paths = {"device": compile_path(record.id)}
        for name, text in (("area", record.area), ("kind", record.kind)):
            if text is not None:
                self._paths[name] = compile_path(text)
        self._areas, self._names = ctx.areas, names_of(ctx.areas)
        self._clock = ctx.clock
        shape = record.model_dump(exclude={"id", "area", "kind"})
        try:
            mapping = TopicMapping.model_validate(shape | {"pattern": "/".join(f"{{{n}}}" for n in self._paths)})
            self._reader = JsonReadings(
                [mapping],
                metrics=ctx.metrics,
                areas=ctx.areas,
                known_device=ctx.known_device,
                feed=ctx.name,
                zone=ZoneInfo(ctx.tz),
                simulated=settings.simulated,
            )
        except (ValidationError, ValueError) as error:
            told = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise Refused(f"record: {told}", why=Why.SETTINGS) from error

    def items(self, page: Page) -> Iterator[Item]:
        now_ms = self._clock.now_ms()
        for number, record in enumerate(page.records, 1):
            payload = orjson.dumps(record)
            names = {name: self._name(name, pick(record, path)) for name, path in self._paths.items()}
            absent = next((name for name, said in names.items() if not said or "/" in said), None)
            if absent is not None or not is_device_id(names["device"]):
                detail = f"no {absent or 'device'} id at {self._paths[absent or 'device'].text!r} that can be one"
                yield Rejected(Reason.MISSING_FIELD, detail, f"{page.name}:{number}", payload)
                continue
            yield from self._reader.read(Message("/".join(names.values()), payload, now_ms))

    def _name(self, name: str, found: Any) -> str:
        said = "" if found is MISSING else cell_text(found)
        known = name != "area" or said in self._areas
        return said if known else self._names.get(said.casefold(), said)
