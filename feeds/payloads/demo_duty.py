"""The simulated city's duty roster: invented people on the posts of the city's units, as a table of CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from feeds.payloads.demo_chance import draw

COLUMNS = ("start", "end", "unit", "post", "name")
DAYS_BACK, DAYS_AHEAD = 1, 7

_DAY, _NIGHT = ("08:30", "20:30"), ("20:30", "08:30")
_ROUND = ("08:30", "08:30")
# (unit as the roster writes it, post, shifts of a day, seats)
_POSTS = (
    ("政数局", "总值班", (_ROUND,), 1),
    ("政数局", "值班长", (_DAY, _NIGHT), 1),
    ("政数局", "平台运行岗", (_DAY, _NIGHT), 2),
    ("热线中心", "值班长", (_DAY, _NIGHT), 1),
    ("热线中心", "紧急求助席", (_DAY, _NIGHT), 3),
    ("应急局", "值班领导", (_ROUND,), 1),
    ("应急局", "值班员", (_DAY, _NIGHT), 2),
    ("气象局", "预报席", (_DAY, _NIGHT), 1),
    ("水务局", "三防值班", (_DAY, _NIGHT), 1),
    ("消防救援", "指挥席", (_DAY, _NIGHT), 2),
)
_FAMILIES = "甲乙丙丁戊己庚辛壬癸"  # no surnames: nobody is meant


def roster_file(now_ms: int, seed: int, tz: str) -> tuple[str, bytes]:
    """(file name, CSV) of yesterday until a week ahead; the same all day long."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    today = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(tz)).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(-DAYS_BACK, DAYS_AHEAD + 1):
        writer.writerows(_day(today + timedelta(days=back), seed))
    return "demo-roster.csv", out.getvalue().encode()


def _day(day: datetime, seed: int) -> Iterator[Sequence[str]]:
    for unit, post, shifts, seats in _POSTS:
        for start, end in shifts:
            until = day if end > start else day + timedelta(days=1)
            for seat in range(seats):
                name = _FAMILIES[int(draw(seed, "duty", unit, post, start, seat, f"{day:%Y-%m-%d}") * len(_FAMILIES))]
                yield f"{day:%Y-%m-%d} {start}", f"{until:%Y-%m-%d} {end}", unit, post, f"{name}某"
