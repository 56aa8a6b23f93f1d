"""The contract of a feed: what a file in feeds/ declares and what it is handed.

A feed file declares module-level names:
  MODE      "pull" (called every `every_s`), "subscribe" (run blocks until stopped) or "push" (called per request)
  INPUT     what it brings: "readings", "tickets", "indicators", "warnings", "duty" or "events" (drives health,
            staleness and panel faces)
  Settings  a frozen pydantic model, subclass of `FeedSettings` (push: of `PushSettings`): its stanza in config.yaml
  run(settings, ctx)               for pull and subscribe
  accept(settings, ctx, headers, body) -> list[Item]   for push
plus pure parsing functions, which the tests call on recorded payloads.

Feeds raise `Unavailable`, `Refused` or `BadPayload`; they never sleep to retry, never count, never log a lost source:
the supervisor does. Anything else they raise is a bug and shown as one.
"""

import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from brain.model.alert import Standing
from brain.model.area import AreaTree
from brain.model.case import Ticket
from brain.model.clock import Clock
from brain.model.drops import Dropped
from brain.model.duty import DutyRoster
from brain.model.event import Event
from brain.model.indicator import IndicatorDef, IndicatorValue
from brain.model.reading import Availability, Device, Metric, Reading
from brain.model.reason import Why
from brain.model.warning import WarningEnd, WeatherWarning


class FeedError(Exception):
    """Base of what a feed may raise. Feed health says `why`; the message is for those who run the system: it may name
    hosts and files, nothing personal."""

    usual = Why.BUG

    def __init__(self, message: str, *, why: Why | None = None) -> None:
        super().__init__(message)
        self.why = why or self.usual


class Unavailable(FeedError):
    """The source cannot be reached now; try again with back-off. `retry_after_s` honours the source's own wish."""

    usual = Why.UNREACHABLE

    def __init__(self, message: str, retry_after_s: float | None = None, *, why: Why | None = None) -> None:
        super().__init__(message, why=why)
        self.retry_after_s = retry_after_s


class Refused(FeedError):
    """The source says no (login, certificate, permission): a person must act; tried again only slowly."""

    usual = Why.ACCESS


class BadPayload(FeedError):
    """The whole answer cannot be read. Single bad rows are `Rejected` items instead."""

    usual = Why.CONTENT


KEPT_BYTES = 4096  # of what was refused


@dataclass(frozen=True, slots=True)
class Rejected:
    """One thing refused, on its way to the dead letters. `reason` is a code of brain/model/reason.py, `detail` names
    what, where and what to do; `place` is a topic or file:row; of `payload` the first KEPT_BYTES are kept."""

    reason: str
    detail: str
    place: str
    payload: bytes = field(default=b"", repr=False)
    personal: bool = False  # encrypt the payload

    def __post_init__(self) -> None:
        object.__setattr__(self, "payload", self.payload[:KEPT_BYTES])


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a feed has read; stored in the transaction of the items before it in the same offer."""

    value: str


Fact = Reading | Device | Availability | Ticket | IndicatorValue | WeatherWarning | WarningEnd | DutyRoster | Event
Item = Fact | Rejected | Cursor | Dropped | Standing
"""What a feed hands on, devices before their readings. A Standing comes from the brain's own sweep (runtime/holds.py)
by the same way, so that it is judged in turn with the readings."""


class Sink(Protocol):
    def __call__(self, items: Sequence[Item], done: Callable[[bool], None] | None = None) -> None:
        """Queue items for the next transaction. `done(True)` is called after commit, on another thread;
        `done(False)` when they could not be stored (do not acknowledge; they will be delivered again).
        Blocks while the queue is full (back pressure)."""


class Of(StrEnum):
    """What a name in a feed's settings is a name of."""

    METRIC = "metric"
    TICKET_STATE = "ticket state"
    AREA = "area"
    EVENT_KIND = "event kind"


@dataclass(frozen=True, slots=True)
class NameOf:
    """Marks a text in a feed's settings as a name the city must know; `app.py check` tells what it does not know."""

    what: Of


MetricId = Annotated[str, NameOf(Of.METRIC)]
TicketState = Annotated[str, NameOf(Of.TICKET_STATE)]
AreaId = Annotated[str, NameOf(Of.AREA)]
EventKind = Annotated[str, NameOf(Of.EVENT_KIND)]


_CENTURY_S = 100 * 366 * 86_400


class FeedSettings(BaseModel):
    """Keys every feed has in config.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    # False: what it brings of the past is never brought a second time, so it may be older than readings are kept.
    delivers_again: ClassVar[bool] = True

    enabled: bool = Field(default=True, description="Whether the feed runs.")
    title: str = Field(default="", description="Name on the feed health panel; empty: from the text catalogue.")
    title_en: str = Field(default="", description="English name on the feed health panel.")
    every_s: float = Field(default=60, gt=0, description="Pull feeds: seconds between two pulls.")
    stale_after_s: float = Field(default=300, gt=0, description="Seconds without an item until the data is stale.")
    accept_past_s: float = Field(default=7 * 86400, gt=0, description="Oldest accepted item, seconds before city time.")
    accept_future_s: float = Field(default=300, ge=0, description="Newest accepted item, seconds after city time.")
    simulated: bool = Field(default=False, description="Everything it brings is marked 模拟.")

    @field_validator("every_s", "stale_after_s", "accept_past_s", "accept_future_s")
    @classmethod
    def _within_a_century(cls, seconds: float) -> float:
        if seconds > _CENTURY_S:
            raise ValueError(f"{seconds:g} s is longer than a century | write a shorter time, in seconds")
        return seconds


_LEAST_SECRET = 16
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")


class PushSettings(FeedSettings):
    """Keys every pushed feed has: how its senders prove who they are, and how often they may come."""

    token: SecretStr = Field(description="Secret of the senders, such as ${EVENTS_TOKEN}; at least 16 characters.")
    token_header: str = Field(
        default="Authorization", description="Header that brings the token; in Authorization it follows `Bearer `."
    )
    signing_key: SecretStr = Field(
        default=SecretStr(""), description="Key of HMAC-SHA256 signatures of the body; empty: none is asked for."
    )
    signature_header: str = Field(
        default="X-Hub-Signature-256",
        description="Header that brings the signature in hex, after `sha256=` or alone.",
    )
    per_minute: int = Field(default=600, ge=1, le=100_000, description="Bodies taken in a minute; more are put off.")

    @field_validator("token", "signing_key")
    @classmethod
    def _long_enough(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        text = secret.get_secret_value()
        if (text or info.field_name == "token") and (len(text) < _LEAST_SECRET or not text.isascii()):
            raise ValueError("too short or not plain letters | make one with: openssl rand -hex 32")
        return secret

    @field_validator("token_header", "signature_header")
    @classmethod
    def _a_header(cls, name: str) -> str:
        if not _HEADER.fullmatch(name) or name.lower() in ("cookie", "host"):
            raise ValueError(f"{name[:40]!r} is no header for this | for example X-Api-Key")
        return name


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a pushed body, after commit: how many items were taken, and what the feed could not read of it."""

    taken: int
    refused: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedContext:
    """What the supervisor hands a running feed. `generation` counts its (re)starts."""

    name: str
    clock: Clock
    sink: Sink
    stopping: threading.Event
    areas: AreaTree
    metrics: dict[str, Metric]
    known_device: Callable[[str], Device | None]
    cursor: Callable[[], str | None]
    random: random.Random
    tz: str
    alive: Callable[[], None]  # tell the supervisor "connected and well" (clears the lost state)
    # A lasting remark for feed health while it is well; "" for none. The catalogue says it in both languages
    # (kit.note.<what>), own words may follow: "note.history done=34 days=90", "note.file: no file matches *.csv".
    note: Callable[[str], None] = lambda text: None
    generation: int = 0
    memory: dict[str, object] = field(default_factory=dict)  # the feed's own, from one run to the next of this process
    indicators: Mapping[str, IndicatorDef] = field(default_factory=dict)  # catalogue of the city
