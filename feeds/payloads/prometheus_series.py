"""From series (labels and a value) to readings of devices, whose ids are made of labels."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

import orjson
from pydantic import AfterValidator, Field

from brain.feed import FeedContext, Item, MetricId, Refused, Rejected
from brain.model.reason import Reason, Why
from feeds.payloads.json_mapping import Stanza
from feeds.payloads.record_readings import NewDevices, Record, Records, in_base, to_base

_HOLE = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)\}")
_OTHER = re.compile(r"[^A-Za-z0-9_.:-]")


def _checked_template(text: str) -> str:
    if set(_HOLE.sub("", text)) & set("{}") or _OTHER.search(_HOLE.sub("", text)):
        raise ValueError(f"{text!r} is not understood | write it like host-{{instance}}")
    return text


class SeriesMapping(Stanza):
    """What the series of one expression or sample mean."""

    metric: MetricId = Field(description="Metric of the city.")
    unit: str | None = Field(default=None, description="Unit of the value, such as %; empty: as the metric is kept.")
    device: Annotated[str, AfterValidator(_checked_template)] = Field(
        min_length=1, description="Device id made of labels, such as host-{instance}."
    )
    kind: str = Field(default="", description="Kind of new devices of it; empty: device.kind.")


@dataclass(frozen=True, slots=True)
class Series:
    """`value` None: NaN or infinite."""

    labels: Mapping[str, str]
    at_ms: int
    value: float | None


class SeriesReader:
    def __init__(self, devices: NewDevices, ctx: FeedContext, simulated: bool) -> None:
        self.now_ms = ctx.clock.now_ms()
        self._records = Records(devices, ctx, simulated)
        self._metrics = ctx.metrics

    def read(self, mapping: SeriesMapping, series: Iterable[Series], place: str) -> Iterator[Item]:
        """Raises Refused for a unit that is not one of the metric."""
        try:
            linear = to_base(self._metrics[mapping.metric], mapping.unit)
        except (KeyError, ValueError) as error:
            raise Refused(f"{place}: {error}", why=Why.SETTINGS) from error
        taken: set[str] = set()
        for each in series:
            device_id, absent = _made(mapping.device, each.labels)
            raw = orjson.dumps(dict(each.labels))
            if absent:
                detail = f"a series without the label {absent}: keep it in the expression, or change device"
                yield Rejected(Reason.MISSING_FIELD, detail, place, raw)
            elif device_id in taken:
                detail = f"a second series for {device_id[:64]}: name one more label in device, or aggregate"
                yield Rejected(Reason.BAD_FIELD, detail, place, raw)
            else:
                taken.add(device_id)
                value = in_base(each.value, linear)
                record = Record(device_id, each.at_ms, {mapping.metric: value}, place, mapping.kind, raw=raw)
                yield from self._records.read(record)


def _made(template: str, labels: Mapping[str, str]) -> tuple[str, str]:
    """(device id, label that is missing or ""). What ids cannot hold becomes a dash."""
    absent = next((name for name in _HOLE.findall(template) if not labels.get(name)), "")
    return _HOLE.sub(lambda hole: _OTHER.sub("-", labels.get(hole[1], "")), template), absent
