"""The sections of config.yaml as frozen models. A field's description is its help text; config.yaml repeats it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ClockSection(Section):
    """City time: the wall clock, or a replay of the past."""

    mode: Literal["wall", "replay"] = Field(default="wall", description="wall = real time; replay = a recorded past.")
    start: datetime | None = Field(default=None, description="replay: city time at the start, with its zone.")
    speed: float = Field(default=1.0, gt=0, le=100_000, description="replay: city seconds per real second.")
    anchor: datetime | None = Field(
        default=None,
        description="replay: real time that stands for `start`; empty = the first start, which is kept.",
    )

    @model_validator(mode="after")
    def verify_replay(self) -> "ClockSection":
        if self.mode == "replay" and self.start is None:
            raise ValueError("a replay needs `start` | write for example 2016-01-01T00:00:00+08:00")
        if self.mode == "wall" and self.start is not None:
            raise ValueError("`start` is only for mode: replay | remove it or set mode: replay")
        for name in ("start", "anchor"):
            value = getattr(self, name)
            if value is not None and value.tzinfo is None:
                raise ValueError(f"`{name}` has no zone | add one, for example +08:00")
        return self


class ServerSection(Section):
    host: str = Field(default="127.0.0.1", description="Address to listen on. Beyond loopback an account must exist.")
    port: int = Field(default=8050, ge=0, le=65535, description="Port; 0 = any free one.")
    origins: tuple[str, ...] = Field(
        default=(), description="Further addresses the cockpit is reached by (https://...)."
    )
    behind_proxy: bool = Field(default=False, description="Trust X-Forwarded-* of the proxy on this machine.")
    workers: int = Field(default=1, ge=1, le=64, description="Web processes of `app.py web`; above 1 needs PostgreSQL.")
    pace_s: float = Field(
        default=1.0, ge=0.05, le=60, description="Least seconds between two changes of a number on one screen."
    )


class StoreSection(Section):
    folder: Path = Field(default=Path("var"), description="Folder of the embedded database and of made secrets.")
    url: str = Field(default="", description="PostgreSQL address (postgresql://...); empty = embedded SQLite.")

    @field_validator("url")
    @classmethod
    def verify_url(cls, url: str) -> str:
        if url and not url.startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///")):
            raise ValueError("not a database address | begin with postgresql:// or leave empty")
        return url


class BrokerSection(Section):
    embedded: bool = Field(default=True, description="Start the built-in MQTT broker (some hundred messages a second).")
    host: str = Field(default="127.0.0.1", description="Broker address.")
    port: int = Field(default=18830, ge=0, le=65535, description="Broker port; 0 = any free one (embedded only).")
    user: str = Field(default="city", description="Broker login.")
    password: str = Field(default="", description="Broker password; empty = made on the first start (embedded only).")


class KeySection(Section):
    city_key: str = Field(default="", description="Key of personal data (32 bytes, base64); empty = made and kept.")


class AccessSection(Section):
    session_idle_s: int = Field(default=1800, ge=60, description="A login ends after this time without use.")
    session_longest_s: int = Field(default=43200, ge=300, description="A login ends after this time in any case.")
    lock_after: int = Field(default=5, ge=1, description="Wrong passwords in a row that lock an account.")
    lock_s: int = Field(default=900, ge=1, description="How long a locked account stays locked.")
    body_limit_bytes: int = Field(default=262_144, ge=1024, description="Largest request body, feeds aside.")
    feed_body_limit_bytes: int = Field(default=10_485_760, ge=1024, description="Largest body pushed to /in/<feed>.")


class KindRetention(Section):
    reading_days: int | None = Field(default=None, ge=1, description="Raw readings; empty: as all others.")
    rollup_5min_days: int | None = Field(default=None, ge=1, description="Five-minute rollups; empty: as all others.")
    rollup_hour_days: int | None = Field(default=None, ge=1, description="Hourly rollups; empty: as all others.")


class RetentionSection(Section):
    reading_days: int = Field(default=30, ge=1, description="Raw readings.")
    rollup_5min_days: int = Field(default=90, ge=1, description="Five-minute rollups.")
    rollup_hour_days: int = Field(default=800, ge=1, description="Hourly rollups.")
    closed_case_days: int = Field(default=1100, ge=1, description="Closed tickets.")
    closed_alert_days: int = Field(default=1100, ge=1, description="Closed alerts with their events.")
    dead_letter_days: int = Field(default=30, ge=1, description="Refused items.")
    weather_warning_days: int = Field(default=400, ge=1, description="Expired weather warnings.")
    duty_shift_days: int = Field(default=100, ge=1, description="Shifts that are over.")
    device_event_days: int = Field(default=400, ge=1, description="Events of devices, such as of video analysis.")
    audit_days: int = Field(default=400, ge=180, description="Audit rows; the law asks for at least 180 days.")
    dead_letters_per_feed: int = Field(default=10_000, ge=0, description="Refused items kept per feed; rest counted.")
    kinds: dict[str, KindRetention] = Field(
        default={}, description="Other days for devices of a kind, by its id in device_kinds."
    )

    @property
    def days(self) -> dict[str, int]:
        """What is kept how many full days, under the names of brain/store/retention."""
        return _days(self)

    @property
    def days_of_kinds(self) -> dict[str, dict[str, int]]:
        return {kind: _days(own) for kind, own in self.kinds.items()}


def _days(section: Section) -> dict[str, int]:
    given = section.model_dump()
    return {key.removesuffix("_days"): n for key, n in given.items() if key.endswith("_days") and n is not None}


class MetricSpec(Section):
    name: str = Field(description="Name in Chinese.")
    name_en: str = Field(description="Name in English.")
    unit: str = Field(description="Unit as shown.")
    decimals: int = Field(default=1, ge=0, le=6, description="Decimals shown.")
    low: float | None = Field(default=None, description="Below this a value cannot be true and is stored as bad.")
    high: float | None = Field(default=None, description="Above this a value cannot be true and is stored as bad.")

    @model_validator(mode="after")
    def verify_bounds(self) -> "MetricSpec":
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("`low` is not below `high` | exchange or correct them")
        return self


class NameSpec(Section):
    name: str = Field(description="Name in Chinese.")
    name_en: str = Field(description="Name in English.")


class TripSpec(Section):
    above: float | None = Field(default=None, description="Trips at or above this value.")
    below: float | None = Field(default=None, description="Trips at or below this value.")

    @model_validator(mode="after")
    def verify_one(self) -> "TripSpec":
        if (self.above is None) == (self.below is None):
            raise ValueError("needs exactly one of above, below | keep one")
        return self


_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "threshold": ("metric", "device_kind", "raise", "clear", "pending_for_s", "keep_firing_for_s"),
    "silent": ("device_kind", "after_s", "factor"),
    "clock": ("case_type", "clock", "urgent_only"),
    "event": ("event_kind", "device_kind", "min_confidence", "fresh_s", "quiet_for_s"),
    "drops": ("quiet_for_s",),
}


_EVENT_KIND = r"^[a-z][a-z0-9_]{0,47}$"


class RuleSpec(Section):
    """One alert rule."""

    kind: Literal["threshold", "silent", "clock", "event", "drops"] = Field(
        description="threshold, silent, clock, event or drops."
    )
    name: str = Field(description="What is said in Chinese when it fires.")
    name_en: str = Field(description="What is said in English when it fires.")
    level: Literal["blue", "yellow", "orange", "red"] = Field(description="Warning level.")
    owner: str = Field(default="", description="Unit (id of the city pack) that answers for it.")
    metric: str | None = Field(default=None, description="threshold: metric id.")
    device_kind: str | None = Field(default=None, description="threshold, silent, event: kind of device; empty = all.")
    raise_: TripSpec | None = Field(default=None, alias="raise", description="threshold: where it fires.")
    clear: TripSpec | None = Field(default=None, description="threshold: where it recovers (the other direction).")
    pending_for_s: int = Field(default=0, ge=0, description="threshold: must hold this long to fire; silence holds.")
    keep_firing_for_s: int = Field(default=0, ge=0, description="threshold: must be clear this long to recover.")
    respond_s: int | None = Field(default=None, gt=0, description="Must be taken up within this time; empty: no limit.")
    auto_close: bool = Field(default=False, description="Closed by itself when it recovers before anybody took it up.")
    after_s: int | None = Field(default=None, gt=0, description="silent: seconds without a report.")
    factor: float = Field(default=3.0, gt=1, description="silent: times the device's own interval, without after_s.")
    case_type: str | None = Field(default=None, description="clock: case type, for example ticket.")
    clock: str | None = Field(default=None, description="clock: clock id of the case type.")
    urgent_only: bool = Field(default=False, description="clock: only urgent cases.")
    event_kind: str | None = Field(
        default=None, pattern=_EVENT_KIND, description="event: what is seen, as feeds name it."
    )
    min_confidence: float = Field(default=0.0, ge=0, le=1, description="event: less sure ones raise nothing, 0 to 1.")
    fresh_s: int = Field(default=900, gt=0, description="event: one that comes later than this raises nothing.")
    quiet_for_s: int | None = Field(default=None, gt=0, description="event, drops: recovers after so long without.")

    @model_validator(mode="after")
    def verify_kind(self) -> "RuleSpec":
        given = {type(self).model_fields[name].alias or name for name in self.model_fields_set}
        others = {key for keys in _OF_KIND.values() for key in keys} - {*_OF_KIND[self.kind]}
        if strange := sorted(given & others):
            keys, hint = ", ".join(strange), ", ".join(_OF_KIND[self.kind])
            article = "an" if self.kind == "event" else "a"
            raise ValueError(f"{article} {self.kind} rule does not know {keys} | its keys are {hint}")
        if self.kind == "threshold":
            if self.metric is None or self.raise_ is None:
                raise ValueError("a threshold needs metric and raise | for example raise: {above: 0.6}")
            self._verify_clear(self.raise_)
        if self.kind == "event" and self.event_kind is None:
            raise ValueError("an event rule needs event_kind | for example event_kind: smoke")
        if self.kind == "clock" and (self.case_type is None or self.clock is None):
            raise ValueError("a clock rule needs case_type and clock | for example case_type: ticket, clock: contact")
        return self

    def _verify_clear(self, trip: TripSpec) -> None:
        if self.clear is None:
            return
        if trip.above is not None and (self.clear.below is None or self.clear.below > trip.above):
            raise ValueError("clear must be {below: x} with x not over the raise value | correct clear")
        if trip.below is not None and (self.clear.above is None or self.clear.above < trip.below):
            raise ValueError("clear must be {above: x} with x not under the raise value | correct clear")
