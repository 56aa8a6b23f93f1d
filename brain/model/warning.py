"""Official weather warnings (气象预警信号), as their issuers say them in CAP 1.2. Not to be confused with alerts, which
the city's own rules raise."""

from dataclasses import dataclass

from brain.model.alert import Level


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message that a later one replaces or cancels."""

    sender: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Wording:
    """What a warning says in one language; "" for what it does not say."""

    event: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class WeatherWarning:
    """One warning for some areas of the city. A message that warns of several things has one for each, told apart by
    `part`. In force from `effective_ms` until `expires_ms` (not included), epoch ms UTC.

    `level` None: the message gives neither a colour nor a severity. `area_ids` is never empty; an area stands for all
    below it. `replaces`: messages that are over with this one."""

    sender: str
    identifier: str
    part: int
    sent_ms: int
    level: Level | None
    severity: str
    urgency: str
    certainty: str
    effective_ms: int
    onset_ms: int | None
    expires_ms: int
    zh: Wording
    en: Wording
    area_ids: tuple[str, ...]
    replaces: tuple[Reference, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class WarningEnd:
    """A cancellation: the messages it names are over since `sent_ms`."""

    sender: str
    identifier: str
    sent_ms: int
    ends: tuple[Reference, ...]
