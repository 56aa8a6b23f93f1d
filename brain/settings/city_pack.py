"""The keys of a city pack's city.yaml, as frozen pydantic models."""

from datetime import date, time
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from brain.model.area import LEVELS
from brain.model.calendar import WorkCalendar, chinese_workday, weekdays_only
from brain.model.crs import Crs
from brain.model.geojson import Bounds

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=48)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
AreaId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class CalendarPart(_Part):
    """Working hours, local time. `free`/`work`: days that differ; `published`: years the lists hold in full."""

    holidays: Literal["cn", "weekends"] = "cn"
    day_start: time = time(8, 30)
    lunch: tuple[time, time] | None = None
    day_end: time = time(17, 30)
    # As written, not as sets: the order of a set of dates differs between processes, and all of them must say the same
    # of its pack, or the boot id changes with each of them that starts.
    free: tuple[date, ...] = ()
    work: tuple[date, ...] = ()
    published: frozenset[int] = frozenset()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if both := sorted(set(self.free) & set(self.work)):
            raise ValueError(f"{both[0]} is both free and worked | keep it in one of the lists")
        self.for_zone("UTC")  # checks the hours
        return self

    def for_zone(self, tz: str) -> WorkCalendar:
        return WorkCalendar(
            tz=tz,
            day_start=self.day_start,
            lunch=self.lunch,
            day_end=self.day_end,
            overrides={**dict.fromkeys(self.free, False), **dict.fromkeys(self.work, True)},
            published=self.published,
            rule=chinese_workday if self.holidays == "cn" else weekdays_only,
        )


class MapLabel(_Part):
    """A name beside the city on its map."""

    kind: Literal["neighbour", "sea"]
    text: Text
    text_en: Text
    lon: Lon
    lat: Lat


class Inset(_Part):
    """Small crowded areas, drawn once more `scale` times as large in a corner of the map."""

    name: Text
    name_en: Text
    areas: Annotated[tuple[AreaId, ...], Field(min_length=1)]
    scale: Annotated[float, Field(gt=1, le=8)] = 2
    corner: Literal["top_left", "top_right", "bottom_left", "bottom_right"] = "bottom_left"


class MapPart(_Part):
    labels: tuple[MapLabel, ...] = ()
    inset: Inset | None = None


class Headline(_Part):
    indicator: str
    companions: Annotated[tuple[str, ...], Field(alias="with", max_length=3)] = ()


class FiguresPart(_Part):
    source: Text
    source_en: Text
    received_on: date


class Named(_Part):
    name: Text
    name_en: Text


class OwnerUnit(Named):
    """A department or company that owns indicators, alerts or tickets."""

    id: Slug
    short: str = ""
    short_en: str = ""


class CategoryPart(Named):
    """A branch or leaf of the duty list. `unit` and `sensors` are handed down to `items`."""

    id: Slug
    unit: str = ""
    sensors: tuple[Slug, ...] = ()
    items: "tuple[CategoryPart, ...]" = ()


class CityPack(_Part):
    """city.yaml as a whole."""

    id: Slug
    name: Text
    name_en: Text
    tz: str
    root: AreaId
    levels: Annotated[tuple[str, ...], Field(min_length=1)]
    crs: Crs = Crs.WGS84
    bounds: Bounds | None = None
    calendar: CalendarPart = CalendarPart()
    map: MapPart = MapPart()
    headline: Annotated[tuple[Headline, ...], Field(max_length=6)] = ()
    figures: FiguresPart | None = None
    domains: dict[Slug, Named] = {}
    units: tuple[OwnerUnit, ...] = ()
    categories: tuple[CategoryPart, ...] = ()

    @field_validator("tz")
    @classmethod
    def _known_zone(cls, tz: str) -> str:
        try:
            ZoneInfo(tz)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{tz!r} is no time zone | an IANA name such as Asia/Shanghai") from error
        return tz

    @field_validator("levels")
    @classmethod
    def _known_levels(cls, levels: tuple[str, ...]) -> tuple[str, ...]:
        known = [level for level in LEVELS if level in levels]
        if list(levels) != known:
            raise ValueError(f"levels are not in order or not known | from the top: {', '.join(LEVELS)}")
        return levels

    @field_validator("bounds")
    @classmethod
    def _in_order(cls, bounds: Bounds | None) -> Bounds | None:
        if bounds and not (-180 <= bounds[0] < bounds[2] <= 180 and -90 <= bounds[1] < bounds[3] <= 90):
            raise ValueError("bounds are out of order | west, south, east, north in degrees")
        return bounds
