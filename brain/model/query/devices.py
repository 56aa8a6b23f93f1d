"""Which devices speak and which do not."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.query.answer import Query


@dataclass(frozen=True, slots=True)
class DevicesOnline(Query):
    """Devices in service of an area by kind, most devices first, and the `limit` that have been away longest.

    `kinds` empty: all. `up_metric`: a metric by which the device itself says whether it works (below 0.5: it does not);
    empty: whoever speaks is online. Answered with OnlineNow; None where the area has no such device."""

    inputs: ClassVar[tuple[str, ...]] = ("readings",)
    kinds: tuple[str, ...] = ()
    up_metric: str = ""
    limit: int = 5


@dataclass(frozen=True, slots=True)
class KindOnline:
    """`online` speak and work, `down` speak and say that they do not, `old` are silent for longer than their silence
    rule allows (without a rule: 3 times their interval), `never` have not reported anything yet."""

    kind: str
    name: str
    name_en: str
    online: int
    down: int
    old: int
    never: int

    @property
    def total(self) -> int:
        return self.online + self.down + self.old + self.never


@dataclass(frozen=True, slots=True)
class AwayDevice:
    """`state` is "down", "old" or "never"; `since_ms`: of one that is down its last change, of a silent one its last
    report, None of one never heard."""

    device_id: str
    name: str
    kind: str
    area_id: str
    state: str
    since_ms: int | None


@dataclass(frozen=True, slots=True)
class OnlineNow:
    kinds: tuple[KindOnline, ...]
    away: tuple[AwayDevice, ...]

    @property
    def online(self) -> int:
        return sum(kind.online for kind in self.kinds)

    @property
    def total(self) -> int:
        return sum(kind.total for kind in self.kinds)
