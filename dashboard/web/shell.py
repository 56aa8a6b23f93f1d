"""What the cockpit is handed at start: everything it shows and asks, nothing of it live. `app.py` composes it."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from brain.feed import Received, Rejected
from brain.model.clock import Clock, wall_ms
from brain.model.crs import Crs
from brain.model.facts import Facts
from brain.model.query.answer import Answer, Query
from brain.model.reading import Device
from brain.model.scope import Scope
from brain.store.engine import Store
from dashboard.access.push_key import PushKey
from dashboard.panel import CityFacts, Panel, Screen, Theme
from dashboard.texts import Texts


@dataclass(frozen=True, slots=True)
class Placement:
    """One panel on a page. `column` and `row` are CSS grid positions: a line name of assets/css/screens.css
    ("left", "row1", "row1-start / row2-end"), a number, or "" for the next free cell; `width` and `height` are spans in
    cells, for numbers only. `options` override the panel's defaults."""

    panel: str
    column: str = ""
    row: str = ""
    width: int = 1
    height: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """What one screen shows at a time. `id` is a slug, unique within its cockpit and screen."""

    id: str
    name: str
    name_en: str
    placements: tuple[Placement, ...]
    dwell_s: int = 0  # on a wall: after this time the next page's turn; 0: it takes no turns


@dataclass(frozen=True, slots=True)
class Cockpit:
    """A set of pages about one subject, laid out per screen; `id` is the second part of its address."""

    id: str
    name: str
    name_en: str
    pages: Mapping[Screen, tuple[Page, ...]]


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """`host` is what the server binds to; `origins` are further addresses people reach it by ("https://city.example").

    With `origins` empty any name will do once there are accounts. Lengths of time are seconds of real time.
    """

    host: str = "127.0.0.1"
    origins: tuple[str, ...] = ()
    session_idle_s: float = 1800
    session_longest_s: float = 43200
    lock_after: int = 5
    lock_s: float = 900
    body_limit_bytes: int = 262_144
    logins_per_minute: int = 20


Act = Callable[[Scope, str, int, str, str], Any]
"""(scope, target id, version, note, address of the client): does the action and returns when it is committed. Raises
Conflict (somebody was faster), Forbidden, LookupError (no such target in the scope), ValueError (text not wanted)."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """A push feed. `accept(headers, body)` parses and queues on a worker thread, and may wait there for room; its
    future is done once the items are committed. Both raise what feeds raise (brain.feed); Refused: not here."""

    accept: Callable[[Mapping[str, str], bytes], "Future[Received]"]
    key: PushKey


class DeviceTables(Protocol):
    """Tables of devices in all their formats."""

    def read(self, name: str, data: bytes, crs: Crs) -> Iterable[Device | Rejected]:
        """Each row as a device, or refused with its place. Raises BadPayload for a file that cannot be read."""

    def workbook(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
        """An Excel file of texts."""


class Answering(Protocol):
    """What brain.store.read.answers.Answers does; raises Forbidden for an area outside the scope."""

    def answer(self, query: Query, scope: Scope, area_id: str) -> Answer[Any]: ...


@dataclass(frozen=True)
class Shell:
    """`assets` is the folder of public files; `lang` is for screens nobody chose a language for,
    `wall_theme` for walls nobody chose a theme for; `pace_s` is the least time between two changes of a number on one
    screen; `actions` are by verb
    ("alert.acknowledge"); `real_ms` is real time, for sessions and audit (the city's clock may be a replay);
    `monotonic_s` only measures."""

    store: Store
    answers: Answering
    facts: Facts
    city: CityFacts
    clock: Clock
    panels: Mapping[str, Panel]
    cockpits: Mapping[str, Cockpit]
    texts: Texts
    assets: Path
    access: AccessSettings = AccessSettings()
    lang: str = "zh"
    wall_theme: Theme = Theme.DARK
    pace_s: float = 1.0
    actions: Mapping[str, Act] = field(default_factory=dict)
    inboxes: Mapping[str, Inbox] = field(default_factory=dict)
    device_tables: DeviceTables | None = None
    real_ms: Callable[[], int] = wall_ms
    monotonic_s: Callable[[], float] = time.monotonic
