"""The folder in which the simulated hotline leaves its rows, as JSON lines, for the table feed to read.

What happens now is appended to files of the hour. The past is told in parts, each a file of its own with one row a call
as it stands; the table feed removes it when it is in the store. Until then nothing newer is written about its calls:
the newest row counts, and an old one must not come after it.
"""

import os
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from feeds.payloads.demo_path import LONGEST_CASE_DAYS
from feeds.payloads.demo_tickets import Callers, Row

KEPT_HOURS = 48
PART = 1_000  # calls: about a second for the store, so that what happens now waits no longer
PAST, LIVE = "past-", "live-"

Part = list[list[Row]]
"""Calls, each with its rows in order."""


class Spool:
    """`open` first; `begin` for a fresh city, `resume` for a known one, then `write_until` again and again; between
    these `tell` and, when `unread` is false again, `adopt`."""

    def __init__(self, folder: Path, callers: Callers, tz: str) -> None:
        self._folder = folder
        self._callers = callers
        self._zone = ZoneInfo(tz)
        self._waiting: list[Row] = []
        self._written: set[tuple[str, int]] = set()
        self._planned_to: date | None = None

    def open(self, now_ms: int) -> None:
        """The folder, and a file in it: a hotline without calls is well."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._live(now_ms).touch()

    def begin(self, now_ms: int) -> None:
        """Calls received from now on."""
        self._planned_to = self.day(now_ms)
        self._wait_for(row for call in _calls(self._callers.rows(self._planned_to)) for row in _since(call, now_ms))

    def resume(self, begun_ms: int, told_ms: int, oldest: date | None) -> None:
        """Go on after `told_ms`: what was due since is still written, but not what a broken off run wrote already.
        Calls received before `begun_ms` count from the day `oldest` on, which is as far as the past is told."""
        today = self._planned_to = self.day(told_ms)
        self._written = self._written_since(told_ms)
        for back in range(LONGEST_CASE_DAYS, -1, -1):
            day = today - timedelta(days=back)
            for call in _calls(self._callers.rows(day, told_ms)):
                if call[0].at_ms > begun_ms or (oldest is not None and day >= oldest):
                    self._wait_for(row for row in call if row.at_ms > told_ms and _event(row) not in self._written)

    def write_until(self, now_ms: int) -> bool:
        """Append the rows due by `now_ms`; whether there were any."""
        today = self.day(now_ms)
        while self._planned_to is not None and self._planned_to < today:
            self._planned_to += timedelta(days=1)
            rows = self._callers.rows(self._planned_to)
            self._wait_for(row for row in rows if _event(row) not in self._written)
            self._forget(now_ms)
        due = bisect_right(self._waiting, now_ms, key=lambda row: row.at_ms)
        if due:
            with self._live(now_ms).open("ab") as file:
                file.write(_lines(self._waiting[:due]))
            del self._waiting[:due]
        return bool(due)

    # --- the past ---
    def parts(self, day: date, begun_ms: int) -> list[Part]:
        """The calls of `day` received by `begun_ms`, the newest part first."""
        calls = [call for call in _calls(self._callers.rows(day)) if call[0].at_ms <= begun_ms]
        calls.sort(key=lambda call: (call[0].at_ms, call[0].fields["number"]))
        return [calls[max(0, end - PART) : end] for end in range(len(calls), 0, -PART)]

    def tell(self, name: str, part: Part, now_ms: int) -> None:
        """Write how each call of the part stands now, in a file that is there whole or not at all."""
        standing = [[row for row in call if row.at_ms <= now_ms][-1] for call in part]
        draft = self._folder / f"{PAST}{name}.jsonl.part"
        draft.write_bytes(_lines(standing))
        draft.rename(self._folder / f"{PAST}{name}.jsonl")

    def unread(self) -> bool:
        """Whether a part of the past is still to be read."""
        return any(self._folder.glob(f"{PAST}*.jsonl"))

    def adopt(self, part: Part, told_ms: int) -> None:
        """The part is read: what happens to its calls after `told_ms`, when it was written, may follow."""
        self._wait_for(row for call in part for row in call if row.at_ms > told_ms)

    def day(self, at_ms: int) -> date:
        return datetime.fromtimestamp(at_ms / 1000, self._zone).date()

    def _wait_for(self, rows: Iterable[Row]) -> None:
        self._waiting += rows
        self._waiting.sort(key=lambda row: row.at_ms)

    def _written_since(self, told_ms: int) -> set[tuple[str, int]]:
        """The events in the files of that hour and later. A line cut off by a sudden end is taken away."""
        found: set[tuple[str, int]] = set()
        for path in self._folder.glob(f"{LIVE}*.jsonl"):
            if path.name >= self._live(told_ms).name:
                whole = path.read_bytes()
                lines = whole[: whole.rfind(b"\n") + 1]
                if len(lines) < len(whole):
                    os.truncate(path, len(lines))
                fields = map(orjson.loads, lines.splitlines())
                found.update((told["number"], told["seq"]) for told in fields)
        return found

    def _forget(self, now_ms: int) -> None:
        """Rows that were read long ago are in the store."""
        oldest = self._live(now_ms - KEPT_HOURS * 3_600_000).name
        for path in self._folder.glob(f"{LIVE}*.jsonl"):
            if path.name < oldest:
                path.unlink(missing_ok=True)

    def _live(self, at_ms: int) -> Path:
        return self._folder / f"{LIVE}{datetime.fromtimestamp(at_ms / 1000, self._zone):%Y-%m-%dT%H}.jsonl"


def _calls(rows: Iterable[Row]) -> list[list[Row]]:
    by_number = sorted(rows, key=lambda row: (row.fields["number"], row.fields["seq"]))
    return [list(call) for _, call in groupby(by_number, lambda row: row.fields["number"])]


def _since(call: list[Row], now_ms: int) -> list[Row]:
    """All of a call received after `now_ms`, nothing of an earlier one."""
    return call if call[0].at_ms > now_ms else []


def _event(row: Row) -> tuple[str, int]:
    """What a row tells: each step of a call comes once."""
    return row.fields["number"], row.fields["seq"]


def _lines(rows: Iterable[Row]) -> bytes:
    return b"".join(orjson.dumps(row.fields) + b"\n" for row in rows)
