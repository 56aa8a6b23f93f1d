"""The contract of a payload convention: what a file in feeds/payloads/conventions/ declares.

A convention file declares
  Settings  a subclass of `ConventionSettings`: its stanza under `conventions` in config.yaml
  Parser    made of (settings, zone): which topics it wants, and what a message of theirs says. It knows nothing of the
            city, keeps what was announced to it, and raises `Refusal` for what cannot be read.
Slug = file name = key in the config. Which metric of the city a property is, which device is known, what becomes of
what nobody asked for: convention_reader.py, once for all of them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from hashlib import blake2b
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import AfterValidator, Field

from brain.feed import AreaId, MetricId
from brain.model.crs import Crs
from feeds.payloads.json_mapping import Stanza
from feeds.payloads.topics import compile_topic, is_device_id


def _checked_base(base: str) -> str:
    pattern = compile_topic(f"{base}/{{rest}}")
    if set(pattern.names) - {"area", "rest"}:
        raise ValueError("a base knows no placeholder but {area} | such as bridge/{area}")
    if "+" in base or "#" in base:
        raise ValueError("a base holds no wildcard | write the topic that all begin with, or {area} for a level")
    return base


TopicBase = Annotated[str, AfterValidator(_checked_base)]
_PREFIX = r"[A-Za-z0-9_.-]{1,16}"


class ConventionSettings(Stanza):
    """Keys every convention has."""

    usual_prefix: ClassVar[str] = ""

    kind: str = Field(min_length=1, max_length=32, description="Kind of new devices.")
    kinds: Mapping[str, str] = Field(default={}, description="Kinds by the model a device announces: model -> kind.")
    area: AreaId | None = Field(
        default=None, description="Area id of new devices; empty: the topic's {area}, or the announced place."
    )
    register_new: bool = Field(default=True, description="Take unknown devices up (true) or refuse them (false).")
    prefix: Annotated[str, Field(pattern=_PREFIX)] | None = Field(
        default=None, description="Begins the ids of devices, so that no two sources share one; empty: the usual one."
    )
    metrics: Mapping[str, MetricId] = Field(
        default={}, description="Property -> metric of the city, beside what is understood by itself."
    )
    units: Mapping[str, str] = Field(
        default={}, description="Property -> its unit, where none is announced; else the metric's base unit."
    )
    interval_s: int = Field(default=600, gt=0, le=7 * 86_400, description="Interval of new devices, seconds.")
    crs: Crs = Field(default=Crs.WGS84, description="Coordinate system of announced places.")


@dataclass(frozen=True, slots=True)
class Name:
    """Which device, as the topic says: `parts` of its address, and the area where the topic names one."""

    parts: tuple[str, ...]
    area: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What was announced of a device. Coordinates are in the stanza's system."""

    name: str = ""
    model: str = ""
    lon: float | None = None
    lat: float | None = None
    interval_s: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A property and what was said of it. `quantity` is what it measures, in the words of Home Assistant's device
    classes ("pm25", "temperature"); `unit` as announced; both may be unknown. `short` is another name it may
    be mapped by. `at_ms` where it has a time of its own. `unit_awaited`: what would announce the unit was not heard
    yet, as after a start, so that without a word of the stanza the number says nothing."""

    property: str
    value: object = None
    unit: str = ""
    quantity: str = ""
    short: str = ""
    at_ms: int | None = None
    unit_awaited: bool = False


@dataclass(frozen=True, slots=True)
class Announced:
    """There is a device, and what it will measure."""

    device: Name
    values: tuple[Value, ...]
    about: About = About()


@dataclass(frozen=True, slots=True)
class Measured:
    """`at_ms` None: the payload says no time."""

    device: Name
    values: tuple[Value, ...]
    at_ms: int | None = None
    about: About = About()


@dataclass(frozen=True, slots=True)
class Present:
    """That a device is there or gone. `heard`: it said so itself, else another did for it."""

    device: Name
    online: bool
    heard: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """Topics to subscribe to beside the parser's filters; they hold no wildcards."""

    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something is known to be missing; `what` is counted and shown. `ask`: a message (topic, payload) that asks for
    it."""

    what: str
    ask: tuple[str, bytes] | None = None


Heard = Announced | Measured | Present | Wanted | Gap


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message as a parser sees it."""

    topic: str
    payload: bytes = field(repr=False)
    retained: bool = False
    counts_ms: Callable[[], int] = lambda: 0  # when it counts, for times told relative to it


class Parser(Protocol):
    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to from the start."""

    def takes(self, topic: str) -> bool:
        """Whether it is a topic of the convention."""

    def read(self, message: Arrived) -> Iterable[Heard]:
        """Nothing for a topic that says nothing to a city. What is retained is read for announcements and presence;
        its numbers are old and dropped by the reader. Raises Refusal."""


class ConventionModule(Protocol):
    Settings: type[ConventionSettings]
    Parser: Callable[[Any, tzinfo], Parser]


_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_ODD = re.compile(r"[^A-Za-z0-9_.-]+")


def device_id(prefix: str, parts: Iterable[str]) -> str:
    """An id for links, files and keys, the same at all times for the same address, and for no other: what does not fit
    in letters and digits (`客厅/灯`) is told apart by a digest behind a double colon, which no plain address holds."""
    parts = tuple(parts)
    plain = ":".join((prefix, *parts))
    if all(_PLAIN.fullmatch(part) for part in parts) and is_device_id(plain):
        return plain
    digest = blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    readable = _ODD.sub("-", "-".join(parts)).strip("-")[:28]
    return f"{prefix}:{readable or 'device'}::{digest}"
