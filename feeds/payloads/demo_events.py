"""What happens in the simulated city that more than one source notices: a pipe breaks, a rain storm comes.

Sensors and callers ask the same events, so that they speak of them together and in one place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feeds.payloads.demo_chance import draw

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
STORM_SITES = 3  # areas that are flooded when it rains
_OPENING_AFTER_MS = MINUTE_MS
_OPENING_LASTS_MS = 40 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Course:
    """One slot of `every_h` hours has such an event with this `chance`; it lasts `lasting_min` minutes."""

    every_h: int
    lasting_min: int
    chance: float


COURSES = {"burst": Course(24, 70, 0.8), "storm": Course(24, 75, 0.6)}
_STRENGTHS = ((0.6, 0.5), (0.93, 0.75), (1.0, 1.0))  # cumulated share -> strength


@dataclass(frozen=True, slots=True)
class Happening:
    """`strength` in (0, 1]; `rise_ms`: how fast it comes to its height."""

    kind: str
    area_id: str
    start_ms: int
    end_ms: int
    strength: float
    rise_ms: int = 12 * MINUTE_MS


class Events:
    """`opening_ms` is when the city was first started: a storm begins a minute after it, so that a fresh start shows
    its alerts soon."""

    def __init__(self, area_ids: Sequence[str], seed: int, opening_ms: int | None = None) -> None:
        self._seed = seed
        self._areas = tuple(area_ids)
        self._sites = sorted(area_ids, key=lambda area: draw(seed, "site", area))[:STORM_SITES]
        self._opening = None if opening_ms is None else self._first_storm(opening_ms)

    def at(self, kind: str, at_ms: int) -> Happening | None:
        """The event of this kind that is going on."""
        return next((event for event in self._near(kind, at_ms) if event.start_ms <= at_ms < event.end_ms), None)

    def beginning(self, from_ms: int, to_ms: int) -> Iterator[Happening]:
        """The events of all kinds that begin in [from, to)."""
        for kind, course in COURSES.items():
            slot_ms = course.every_h * HOUR_MS
            for slot in range(from_ms // slot_ms, to_ms // slot_ms + 1):
                event = self._event(kind, slot)
                if event is not None and from_ms <= event.start_ms < to_ms:
                    yield event
        if self._opening is not None and from_ms <= self._opening.start_ms < to_ms:
            yield self._opening

    def _near(self, kind: str, at_ms: int) -> Iterator[Happening]:
        if self._opening is not None and kind == self._opening.kind:
            yield self._opening
        event = self._event(kind, at_ms // (COURSES[kind].every_h * HOUR_MS))
        if event is not None:
            yield event

    def _event(self, kind: str, slot: int) -> Happening | None:
        course = COURSES[kind]
        if draw(self._seed, kind, slot) >= course.chance:
            return None
        slot_ms, lasting_ms = course.every_h * HOUR_MS, course.lasting_min * MINUTE_MS
        start_ms = slot * slot_ms + int(draw(self._seed, kind, slot, "start") * (slot_ms - lasting_ms))
        areas = self._sites if kind == "storm" else self._areas
        area_id = areas[int(draw(self._seed, kind, slot, "area") * len(areas))]
        mark = draw(self._seed, kind, slot, "strength")
        strength = next(strength for share, strength in _STRENGTHS if mark < share)
        return Happening(kind, area_id, start_ms, start_ms + lasting_ms, strength)

    def _first_storm(self, opening_ms: int) -> Happening:
        start_ms = opening_ms + _OPENING_AFTER_MS
        return Happening("storm", self._sites[0], start_ms, start_ms + _OPENING_LASTS_MS, 1.0, 4 * MINUTE_MS)
