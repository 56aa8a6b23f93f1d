"""Figures of departments from a JSON interface over HTTP: a list of records, one figure each, on one or more pages.

What says nothing new is absorbed by the store. An interface that gives ETag or Last-Modified is asked only whether
anything changed.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from brain.feed import FeedContext, Item
from brain.model.reason import Reason
from feeds.payloads.figure_feed import FigureFeed, figure_reader
from feeds.payloads.figure_rows import Said, refuse
from feeds.payloads.http_pages import Page, Pages, pull_pages
from feeds.payloads.http_source import HttpSource
from feeds.payloads.json_mapping import PathText
from feeds.payloads.paths import MISSING, pick
from feeds.payloads.refusal import Refusal
from feeds.payloads.table_marks import digest_of
from feeds.payloads.ticket_rows import nested

MODE = "pull"
INPUT = "indicators"


class Settings(FigureFeed):
    every_s: float = Field(default=3600, gt=0, description="Seconds between two pulls.")
    http: HttpSource = Field(description="Where to ask.")
    pages: Pages = Field(default=Pages(), description="How one page leads to the next.")
    records: PathText = Field(default="", description="Path of the list of records; empty: the document is the list.")


def run(settings: Settings, ctx: FeedContext) -> None:
    reader = figure_reader(settings, ctx)
    named = settings.columns.named()

    def items(page: Page) -> Iterator[Item]:
        for number, record in enumerate(page.records, 1):
            place = f"{page.name}:{number}"
            if not isinstance(record, dict):
                yield refuse(Refusal(Reason.MALFORMED, "not an object; each record is {key: value}"), place, record)
                continue
            said = Said(place, {fact: _at(record, name) for fact, name in named.items()}, named, record)
            item = reader.read(said)
            if item is not None:
                yield item

    wish = digest_of(settings.model_dump_json())
    pull_pages(ctx, settings.http, settings.pages, settings.records, wish, items)


def _at(record: dict[str, Any], name: str) -> Any:
    path = None if name in record else nested(name)
    found = record.get(name) if path is None else pick(record, path)
    return None if found is MISSING else found
