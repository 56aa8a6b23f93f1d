"""SenML in JSON (RFC 8428): an array of records with base values, on topics of the city's choice.

Names are those of properties; who measured is said by the topic alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from brain.model.reason import Reason
from feeds.payloads.convention import Arrived, ConventionSettings, Heard, Measured, Name, Value
from feeds.payloads.json_document import json_document
from feeds.payloads.refusal import Refusal
from feeds.payloads.said_time import said_time
from feeds.payloads.times import TimeForm
from feeds.payloads.topics import compile_topic

_VERSION = 10
_MOST_RECORDS = 1000
_RELATIVE_BELOW_S = 2**28  # section 4.5.3: smaller times are relative to now
# Section 12.1 and RFC 8798, as far as they differ from the names used here; and what they can mean only.
_UNITS: Mapping[str, str] = MappingProxyType(
    {"Cel": "°C", "%RH": "%", "/": "ratio", "m3": "m³", "ug/m3": "µg/m³", "dBSPL": "dB", "deg": "°", "kn": "kn"}
)


def _checked(topic: str) -> str:
    if "device" not in compile_topic(topic).names:
        raise ValueError(f"topic {topic!r} has no {{device}} | such as senml/{{device}}: identity comes from the topic")
    return topic


class Settings(ConventionSettings):
    usual_prefix = "senml"

    topic: Annotated[str, AfterValidator(_checked)] = Field(
        default="senml/{device}", description="Where packs are published; may hold {area} and end with #."
    )


@dataclass(frozen=True, slots=True)
class _Base:
    """What the records so far say of those that follow."""

    name: str = ""
    time_s: float = 0.0
    unit: str = ""
    value: float = 0.0
    total: float = 0.0


class Parser:
    def __init__(self, settings: Settings, zone: tzinfo) -> None:
        self._pattern = compile_topic(settings.topic)
        self._zone = zone

    @property
    def filters(self) -> tuple[str, ...]:
        return (self._pattern.filter,)

    def takes(self, topic: str) -> bool:
        return self._pattern.read(topic) is not None

    def read(self, message: Arrived) -> Iterator[Heard]:
        names = self._pattern.read(message.topic) or {}
        pack = json_document(message.payload)
        if not isinstance(pack, list) or not pack or len(pack) > _MOST_RECORDS:
            raise Refusal(Reason.MALFORMED, f"a SenML pack is an array of 1 to {_MOST_RECORDS} records")
        values: list[Value] = []
        base = _Base()
        for place, record in enumerate(pack):
            if not isinstance(record, dict):
                raise Refusal(Reason.MALFORMED, f"record {place + 1} is no object")
            _check(record, place)
            base = _moved(base, record)
            values += self._values(base, record, message)
        yield Measured(Name((names["device"],), names.get("area")), tuple(values))

    def _values(self, base: _Base, record: dict[str, object], message: Arrived) -> Iterator[Value]:
        name = base.name + _text(record, "n")
        told = [key for key in ("v", "vs", "vb", "vd", "s") if key in record]
        if not told:
            return  # base values alone
        if not name:
            raise Refusal(Reason.MISSING_FIELD, "a record without a name (n or bn)")
        unit = _text(record, "u") or base.unit
        at_ms = self._at_ms(base.time_s + _number(record, "t"), message)
        short = _text(record, "n") or name.rstrip(":/").replace("/", ":").split(":")[-1]
        for key in told:
            value = record[key]
            if key in ("v", "s"):
                value = _number(record, key) + (base.value if key == "v" else base.total)
            more = ".sum" if key == "s" else ""
            yield Value(name + more, value, _UNITS.get(unit, unit), short=short + more, at_ms=at_ms)

    def _at_ms(self, said_s: float, message: Arrived) -> int:
        if said_s < _RELATIVE_BELOW_S:
            return message.counts_ms() + round(said_s * 1000)
        return said_time("t", said_s, TimeForm.SECONDS, self._zone)


def _check(record: dict[str, object], place: int) -> None:
    if (version := record.get("bver", _VERSION)) != _VERSION:
        raise Refusal(
            Reason.BAD_FIELD, f"record {place + 1}: version {version!s:.8} of SenML, {_VERSION} is understood"
        )
    for key in record:
        if key.endswith("_"):  # section 4.4: who does not understand it must not read the pack
            raise Refusal(Reason.BAD_FIELD, f"record {place + 1} holds a field that must be understood, and is not")


def _moved(base: _Base, record: dict[str, object]) -> _Base:
    changes: dict[str, object] = {}
    for key, name in (("bn", "name"), ("bu", "unit")):
        if key in record:
            changes[name] = _text(record, key)
    for key, name in (("bt", "time_s"), ("bv", "value"), ("bs", "total")):
        if key in record:
            changes[name] = _number(record, key)
    return replace(base, **changes) if changes else base  # type: ignore[arg-type]


def _text(record: dict[str, object], key: str) -> str:
    said = record.get(key, "")
    if not isinstance(said, str):
        raise Refusal(Reason.BAD_FIELD, f"{key} is a text")
    return said


def _number(record: dict[str, object], key: str) -> float:
    said = record.get(key, 0)
    if isinstance(said, bool) or not isinstance(said, (int, float)):
        raise Refusal(Reason.NOT_A_NUMBER, f"{key} is a number")
    return float(said)
