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
from feeds.payloads.demo_chance import draw, pick
from feeds.payloads.demo_devices import place_in

HOURLY = (9, 6, 5, 4, 5, 9, 20, 42, 78, 92, 88, 74, 55, 62, 80, 84, 78, 68, 56, 50, 44, 36, 24, 14)
WEEKEND_SHARE = 0.72
URGENT_SHARE = 0.012
DISPATCHED_SHARE = 0.16
_UNIT_WORDS = ("3 栋 201", "12 号", "二期 5 座", "大门口", "旧市场旁", "8 号楼")


@dataclass(frozen=True, slots=True)
class Subject:
    """What people call about: a category of the city, the words they use, how often; `urgent`: with urgent clocks."""

    category: str
    text: str
    weight: float
    urgent: bool


@dataclass(frozen=True, slots=True)
class Row:
    """`at_ms`: when the source writes it."""

    at_ms: int
    fields: dict[str, Any]


class Callers:
    """Draws the calls of any day. Errors: none; a city without areas below the root calls from the root."""

    def __init__(self, tree: AreaTree, subjects: Sequence[Subject], seed: int, tz: str, per_day: int) -> None:
        self._tree = tree
        self._areas = [area for area in tree if not tree.children(area.id)]
        self._crowd = [float(area.population or 50_000) for area in self._areas]
        self._calm = [subject for subject in subjects if not subject.urgent]
        self._urgent = [subject for subject in subjects if subject.urgent]
        self._seed = seed
        self._zone = ZoneInfo(tz)
        self._per_day = per_day

    def rows(self, day: date) -> list[Row]:
        """All rows of the calls received on `day`, in the order they are written (some on later days)."""
        share = WEEKEND_SHARE if day.weekday() >= 5 else 1.0
        calls = round(self._per_day * share * (0.93 + 0.14 * draw(self._seed, "calls", day)))
        found = [row for number in range(calls) for row in self._call(day, number)]
        return sorted(found, key=lambda row: (row.at_ms, row.fields["number"]))

    def _call(self, day: date, number: int) -> Iterator[Row]:
        about = (day, number)
        hour = pick(self._seed, [float(n) for n in HOURLY], *about, "hour")
        start = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        created = start + timedelta(hours=hour, seconds=draw(self._seed, *about, "second") * 3600)
        urgent = bool(self._urgent) and draw(self._seed, *about, "urgent") < URGENT_SHARE
        subjects = self._urgent if urgent or not self._calm else self._calm
        subject = subjects[pick(self._seed, [s.weight for s in subjects], *about, "subject")]
        fields = self._fields(day, number, subject, created, urgent)
        yield _row(created, fields, "received")
        yield from self._handling(created, fields, about, urgent)

    def _handling(
        self, created: datetime, fields: dict[str, Any], about: tuple[date, int], urgent: bool
    ) -> Iterator[Row]:
        def after(minutes: float) -> datetime:
            return created + timedelta(minutes=minutes)

        if urgent:
            contact = 8 + 60 * draw(self._seed, *about, "contact") ** 2
            yield _row(after(2), fields, "dispatched")
            yield _row(after(contact), fields, "contacted")
            yield _row(after(contact + 15 + 45 * draw(self._seed, *about, "arrive")), fields, "handling")
            yield _row(after(contact + 90 + 900 * draw(self._seed, *about, "done")), fields, "closed", closes=True)
        elif draw(self._seed, *about, "dispatched") < DISPATCHED_SHARE:
            days = 0.2 + 6 * draw(self._seed, *about, "days") ** 1.5
            yield _row(after(20 + 60 * draw(self._seed, *about, "send")), fields, "dispatched")
            yield _row(after(200 + 300 * draw(self._seed, *about, "take")), fields, "handling")
            yield _row(after(600 + days * 1440), fields, "closed", closes=True)
        else:  # answered while the caller is on the line
            yield _row(after(3 + 9 * draw(self._seed, *about, "answer")), fields, "closed", closes=True)

    def _fields(self, day: date, number: int, subject: Subject, created: datetime, urgent: bool) -> dict[str, Any]:
        area = self._areas[pick(self._seed, self._crowd, day, number, "area")]
        lon, lat = place_in(self._tree, area.id, self._seed, day, number)
        word = _UNIT_WORDS[int(draw(self._seed, day, number, "word") * len(_UNIT_WORDS))]
        phone = f"100{int(draw(self._seed, day, number, 'phone') * 1e8):08d}"
        caller = f"模拟{'甲乙丙丁戊己庚辛'[number % 8]}"
        return {
            "number": f"SIM{day:%Y%m%d}{number:05d}",
            "created": created.isoformat(timespec="seconds"),
            "category": subject.category,
            "title": subject.text,
            "text": f"来电人{caller}，电话 {phone}，反映{area.name}{word}{subject.text}，请尽快处理。",
            "name": caller,
            "phone": phone,
            "address": f"{area.name}{word}",
            "area": area.id,
            "lon": lon,
            "lat": lat,
            "urgent": urgent,
        }


def _row(at: datetime, fields: dict[str, Any], state: str, closes: bool = False) -> Row:
    closed = at.isoformat(timespec="seconds") if closes else None
    return Row(round(at.timestamp() * 1000), {**fields, "state": state, "closed": closed})
