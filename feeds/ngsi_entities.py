"""Readings from a context broker that is asked: pages of /v2/entities or /ngsi-ld/v1/entities."""

from collections.abc import Iterator

from pydantic import Field

from brain.feed import FeedContext, FeedSettings, Item
from feeds.payloads.http_pages import Page, Pages, pull_pages, with_parameter
from feeds.payloads.http_source import HttpSource
from feeds.payloads.ngsi_readings import EntityReader, TypeMapping
from feeds.payloads.record_readings import NewDevices
from feeds.payloads.table_marks import digest_of

MODE = "pull"
INPUT = "readings"


class Settings(FeedSettings):
    http: HttpSource = Field(description="Such as https://broker/ngsi-ld/v1/entities?type=AirQualityObserved.")
    page_size: int = Field(default=100, ge=1, le=1000, description="Entities asked for at once.")
    most_pages: int = Field(default=50, ge=1, le=10_000, description="Pages of one pull at most.")
    types: tuple[TypeMapping, ...] = Field(min_length=1, description="Which entities are taken, and what of them.")
    device: NewDevices = Field(default=NewDevices(), description="What to do about unknown devices.")


def run(settings: Settings, ctx: FeedContext) -> None:
    reader = EntityReader(settings.types, settings.device, ctx, settings.simulated)
    source = settings.http.model_copy(update={"url": with_parameter(settings.http.url, "limit", settings.page_size)})
    pages = Pages(parameter="offset", first=0, step=settings.page_size, most=settings.most_pages)

    def items(page: Page) -> Iterator[Item]:
        for number, entity in enumerate(page.records, 1):
            yield from reader.read(entity, f"{page.name}:{number}")

    pull_pages(ctx, source, pages, "", digest_of(settings.model_dump_json()), items)
