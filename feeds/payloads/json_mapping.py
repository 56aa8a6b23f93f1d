"""How a JSON payload becomes readings: the `topics` stanza of config.yaml."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from brain.feed import AreaId, MetricId
from brain.model.crs import Crs
from feeds.payloads.paths import compile_path
from feeds.payloads.times import TimeForm
from feeds.payloads.topics import compile_topic


def _checked_path(text: str) -> str:
    compile_path(text)
    return text


def _checked_topic(text: str) -> str:
    compile_topic(text)
    return text


PathText = Annotated[str, AfterValidator(_checked_path)]
TopicText = Annotated[str, AfterValidator(_checked_topic)]


class Stanza(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MetricMapping(Stanza):
    """One number of the payload. Stored: number * scale + offset, turned from `unit` into the metric's unit."""

    metric: MetricId = Field(description="Metric of the city.")
    path: PathText = Field(description="Where the number stands, such as data.values[0].v; empty: the whole payload.")
    unit: str | None = Field(default=None, description="Unit of the device, such as cm; turned into the metric's.")
    scale: float = Field(default=1.0, description="Factor of the device's number.")
    offset: float = Field(default=0.0, description="Added after the factor, in the device's unit.")


class DeviceMapping(Stanza):
    """What to do about a device that is not known yet, and where the payload describes it."""

    register_new: bool = Field(default=False, description="Take unknown devices up (true) or let them wait (false).")
    kind: str | None = Field(default=None, description="Kind of all devices; empty: the topic's {kind}.")
    name: PathText | None = Field(default=None, description="Where the payload gives the device's name.")
    lon: PathText | None = Field(default=None, description="Where the payload gives the longitude, degrees.")
    lat: PathText | None = Field(default=None, description="Where the payload gives the latitude, degrees.")
    crs: Crs = Field(default=Crs.WGS84, description="Coordinate system of lon and lat.")
    area: AreaId | None = Field(default=None, description="Area id of all devices; empty: the topic's, or the place's.")
    interval: PathText | None = Field(default=None, description="Where the payload gives its interval, seconds.")
    interval_s: int = Field(default=60, gt=0, description="Interval where the payload gives none, seconds.")


class PayloadMapping(Stanza):
    """The shape of a payload. Numbers are found in one or more of three ways: `metrics` (named places), `values` (an
    object metric -> number), `metric` with `value` (a pair, usually within `each`)."""

    metrics: tuple[MetricMapping, ...] = Field(default=(), description="Named numbers of the payload.")
    values: PathText | None = Field(default=None, description="An object whose keys are metrics of the city.")
    each: PathText | None = Field(default=None, description="A list of parts; the paths then start at a part.")
    metric: PathText | None = Field(default=None, description="Where a part names its metric; empty: {metric}.")
    value: PathText | None = Field(default=None, description="Where a part gives the number of `metric`.")
    time: PathText | None = Field(default=None, description="Where the time stands; empty: the time of receipt.")
    time_form: TimeForm = Field(default=TimeForm.AUTO, description="s, ms, iso, or auto.")
    time_required: bool = Field(default=False, description="Refuse a payload without time; else receipt time.")
    identity: PathText | None = Field(default=None, description="A device id that must equal the topic's.")
    device: DeviceMapping = Field(default=DeviceMapping(), description="What to do about unknown devices.")


class TopicMapping(PayloadMapping):
    """One topic pattern and the shape of its payloads."""

    pattern: TopicText = Field(description="Such as city/{area}/{kind}/{device}. {device} is required.")

    @model_validator(mode="after")
    def _finds_something(self) -> Self:
        names = compile_topic(self.pattern).names
        if "device" not in names:
            raise ValueError(f"pattern {self.pattern!r} has no {{device}} | add it: identity comes from the topic")
        if not self.metrics and self.values is None and self.value is None:
            raise ValueError("nothing says where the numbers stand | give metrics, values, or metric and value")
        if self.value is not None and self.metric is None and "metric" not in names:
            raise ValueError("value needs the metric's name | give metric, or {metric} in the pattern")
        if self.device.register_new and self.device.kind is None and "kind" not in names:
            raise ValueError("a new device needs a kind | give device.kind, or {kind} in the pattern")
        return self
