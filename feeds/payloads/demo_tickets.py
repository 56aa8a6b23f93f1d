"""The calls of a simulated day as the rows a hotline's export would have: one row per event, the newest row counts.

Names, numbers and addresses are invented and look it: 100-numbers that no operator gives out, people called 模拟.
They are there so that masking has something to do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from brain.model.area import AreaTree
from brain.model.calendar import chinese_workday, weekdays_only
from feeds.payloads.demo_chance import Lot, draw, rolls
from feeds.payloads.demo_events import Events, Happening
from feeds.payloads.demo_path import Step, answered, dispatched, urgent_steps
from feeds.payloads.demo_places import Places

HOURLY = (9, 6, 5, 4, 5, 9, 20, 42, 78, 92, 88, 74, 55, 62, 80, 84, 78, 68, 56, 50, 44, 36, 24, 14)
# Against the average day of the year; a Monday hears what the weekend left.
MONDAY_SHARE, WORKDAY_SHARE, WEEKEND_SHARE, HOLIDAY_SHARE = 1.17, 1.08, 0.75, 0.6
URGENT_SHARE = 0.002
DISPATCHED_SHARE = 0.114  # Zhongshan, 2021 H1: 102,900 of 903,600
EVENT_SHARE = 0.012  # of a day's calls, by an event of strength 1
_UNIT_WORDS = ("3 栋 201", "12 号", "二期 5 座", "大门口", "旧市场旁", "8 号楼")


@dataclass(frozen=True, slots=True)
class Subject:
    """What people call about: a category of the city, the words they use, how often; `urgent`: with urgent clocks;
    `unit` handles it; `during`: what more people call about while such an event lasts."""

    category: str
    text: str
    weight: float
    urgent: bool = False
    unit: str = ""
    during: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """`at_ms`: when the source writes it."""

    at_ms: int
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Call:
    """What is drawn of a call before anything is written about it."""

    number: str
    created: datetime
    area: int
    subject: Subject
    chance: tuple[float, ...]


class Callers:
    """Draws the calls of any day. Errors: none; a city without areas below the root calls from the root."""

    def __init__(
        self,
        tree: AreaTree,
        places: Places,
        subjects: Sequence[Subject],
        seed: int,
        tz: str,
        per_day: int,
        events: Events,
    ) -> None:
        self._areas = [area for area in tree if not tree.children(area.id)]
        self._position = {area.id: position for position, area in enumerate(self._areas)}
        self._places = places
        self._crowd = Lot([float(area.population or 50_000) for area in self._areas])
        self._hours = Lot(HOURLY)
        calm = [subject for subject in subjects if not subject.urgent]
        self._calm, self._calm_lot = _lot(calm or list(subjects))
        self._urgent, self._urgent_lot = _lot([subject for subject in subjects if subject.urgent])
        self._during = {kind: _lot([s for s in subjects if s.during == kind]) for kind in {s.during for s in subjects}}
        self._seed = seed
        self._zone = ZoneInfo(tz)
        self._per_day = per_day if subjects else 0
        self._events = events

    def rows(self, day: date, since_ms: int = 0) -> list[Row]:
        """All rows of the calls received on `day`, in the order they are written (some on later days). Calls that were
        over before `since_ms` may be left out."""
        found = [row for call in self._calls(day) for row in self._rows(call, since_ms)]
        return sorted(found, key=lambda row: (row.at_ms, row.fields["number"]))

    def _calls(self, day: date) -> Iterator[_Call]:
        start = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        usual = round(self._per_day * share_of(day) * (0.93 + 0.14 * draw(self._seed, "calls", day)))
        for number in range(usual):
            yield self._usual_call(start, number)
        following = start + timedelta(days=1)
        from_ms, to_ms = (round(moment.timestamp() * 1000) for moment in (start, following))
        for event in self._events.beginning(from_ms, to_ms):
            if event.kind in self._during:
                more = round(self._per_day * EVENT_SHARE * event.strength)
                for number in range(usual, usual + more):
                    yield self._call_of(event, start, number, min(event.end_ms, to_ms))
                usual += more

    def _usual_call(self, start: datetime, number: int) -> _Call:
        chance = rolls(self._seed, "call", start.date(), number)
        created = start + timedelta(hours=self._hours.pick(chance[0]), seconds=chance[1] * 3600)
        urgent = bool(self._urgent) and chance[2] < URGENT_SHARE
        lot, subjects = (self._urgent_lot, self._urgent) if urgent else (self._calm_lot, self._calm)
        subject = subjects[lot.pick(chance[3])]
        return _Call(_number(start, number), created, self._crowd.pick(chance[4]), subject, chance)

    def _call_of(self, event: Happening, start: datetime, number: int, last_ms: int) -> _Call:
        """Most from where it happens, some from all over the city."""
        chance = rolls(self._seed, "call", start.date(), number)
        created_ms = event.start_ms + (last_ms - event.start_ms) * (0.1 + 0.9 * chance[1])
        subjects, lot = self._during[event.kind]
        here = self._position[event.area_id] if chance[0] < 0.7 else self._crowd.pick(chance[4])
        created = datetime.fromtimestamp(created_ms / 1000, self._zone)
        return _Call(_number(start, number), created, here, subjects[lot.pick(chance[3])], chance)

    def _rows(self, call: _Call, since_ms: int) -> Iterator[Row]:
        chance = call.chance
        if call.subject.urgent:
            steps = urgent_steps(chance)
        elif chance[5] < DISPATCHED_SHARE:
            steps = dispatched(chance)
        else:
            steps = answered(chance)
        if round((call.created + timedelta(minutes=steps[-1].after_min)).timestamp() * 1000) < since_ms:
            return
        yield from self._written(call, steps)

    def _written(self, call: _Call, steps: Sequence[Step]) -> Iterator[Row]:
        fields = self._fields(call)
        for seq, step in enumerate(steps):
            at = call.created + timedelta(minutes=step.after_min)
            told = {**fields, "seq": seq, "state": step.state}
            if step.state == "dispatched" and "dispatched" not in fields:
                fields |= {"dispatched": at.isoformat(timespec="seconds"), "unit": call.subject.unit}
                told |= fields
            if step.closes:
                told["closed"] = at.isoformat(timespec="seconds")
            yield Row(round(at.timestamp() * 1000), told)

    def _fields(self, call: _Call) -> dict[str, Any]:
        area, chance = self._areas[call.area], call.chance
        lon, lat = self._places.at(area.id, chance[12])
        word = _UNIT_WORDS[int(chance[13] * len(_UNIT_WORDS))]
        phone = f"100{int(chance[14] * 1e8):08d}"
        caller = f"模拟{'甲乙丙丁戊己庚辛'[int(chance[15] * 8)]}"
        return {
            "number": call.number,
            "created": call.created.isoformat(timespec="seconds"),
            "category": call.subject.category,
            "title": call.subject.text,
            "text": f"{caller}（{phone}）反映{area.name}{word}{call.subject.text}。",
            "name": caller,
            "phone": phone,
            "address": f"{area.name}{word}",
            "area": area.id,
            "lon": lon,
            "lat": lat,
            "urgent": call.subject.urgent,
        }


def share_of(day: date) -> float:
    """Calls of such a day against the average day."""
    if not (weekdays_only(day) if (known := chinese_workday(day)) is None else known):
        return WEEKEND_SHARE if day.weekday() >= 5 else HOLIDAY_SHARE
    return MONDAY_SHARE if day.weekday() == 0 else WORKDAY_SHARE


def _lot(subjects: list[Subject]) -> tuple[list[Subject], Lot]:
    return subjects, Lot([subject.weight for subject in subjects] or [1.0])


def _number(start: datetime, number: int) -> str:
    return f"SIM{start:%Y%m%d}{number:05d}"
