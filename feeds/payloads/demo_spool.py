"""The folder in which the simulated hotline leaves its rows, as JSON lines, for the table feed to read."""

import os
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from feeds.payloads.demo_tickets import Callers, Row

LONGEST_CASE_DAYS = 9
KEPT_DAYS = 3


class Spool:
    """`write_past` for a fresh city, `resume` for a known one, then `write_until` again and again."""

    def __init__(self, folder: Path, callers: Callers, tz: str) -> None:
        self._folder = folder
        self._callers = callers
        self._zone = ZoneInfo(tz)
        self._waiting: list[Row] = []
        self._written: set[tuple[str, str]] = set()
        self._planned_to: date | None = None

    def write_past(self, now_ms: int, days: int, ended: Callable[[], bool]) -> None:
        """The calls of the last `days` days and of today as they stand now, one file per day, newest day first."""
        today = self._planned_to = self._day(now_ms)
        for back in range(days + 1):
            if ended():
                return
            day = today - timedelta(days=back)
            rows = self._callers.rows(day)
            standing = {row.fields["number"]: row for row in rows if row.at_ms <= now_ms}
            self._write(f"past-{day}.jsonl", sorted(standing.values(), key=lambda row: row.fields["number"]))
            self._waiting += [row for row in rows if row.at_ms > now_ms]
        self._waiting.sort(key=lambda row: row.at_ms)

    def resume(self, told_ms: int) -> None:
        """Go on after `told_ms`: what was due since is still written, but not what a broken off run wrote already."""
        day = self._day(told_ms)
        self._written = self._written_since(day)
        self._waiting = [
            row
            for back in range(LONGEST_CASE_DAYS, -1, -1)
            for row in self._new(day - timedelta(days=back))
            if row.at_ms > told_ms
        ]
        self._waiting.sort(key=lambda row: row.at_ms)
        self._planned_to = day

    def write_until(self, now_ms: int) -> bool:
        """Append the rows due by `now_ms`; whether there were any."""
        today = self._day(now_ms)
        while self._planned_to is not None and self._planned_to < today:
            self._planned_to += timedelta(days=1)
            self._waiting += self._new(self._planned_to)
            self._waiting.sort(key=lambda row: row.at_ms)
            self._forget(today)
        due = [row for row in self._waiting if row.at_ms <= now_ms]
        if due:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / f"live-{today}.jsonl").open("ab") as file:
                file.write(_lines(due))
            self._waiting = self._waiting[len(due) :]
        return bool(due)

    def _new(self, day: date) -> list[Row]:
        return [row for row in self._callers.rows(day) if _event(row.fields) not in self._written]

    def _written_since(self, day: date) -> set[tuple[str, str]]:
        """The events in the files of `day` and later. A line cut off by a sudden end is taken away."""
        found: set[tuple[str, str]] = set()
        for path in self._folder.glob("live-*.jsonl"):
            if path.name >= f"live-{day}.jsonl":
                whole = path.read_bytes()
                lines = whole[: whole.rfind(b"\n") + 1]
                if len(lines) < len(whole):
                    os.truncate(path, len(lines))
                found.update(_event(orjson.loads(line)) for line in lines.splitlines())
        return found

    def _write(self, name: str, rows: Iterable[Row]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{name}.part"
        part.write_bytes(_lines(rows))
        part.rename(self._folder / name)

    def _forget(self, today: date) -> None:
        """Rows that were read long ago are in the store."""
        oldest = f"live-{today - timedelta(days=KEPT_DAYS)}.jsonl"
        for path in self._folder.glob("live-*.jsonl"):
            if path.name < oldest:
                path.unlink(missing_ok=True)

    def _day(self, at_ms: int) -> date:
        return datetime.fromtimestamp(at_ms / 1000, self._zone).date()


def _event(fields: dict[str, Any]) -> tuple[str, str]:
    """What a row tells: each state of a call comes once."""
    return fields["number"], fields["state"]


def _lines(rows: Iterable[Row]) -> bytes:
    return b"".join(orjson.dumps(row.fields) + b"\n" for row in rows)
