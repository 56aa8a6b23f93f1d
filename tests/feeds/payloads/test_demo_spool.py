"""The folder of simulated rows: every event is told once, whenever the program was started or broken off, and an old
row never after a newer one of its call."""

from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.payloads import demo_spool
from feeds.payloads.demo_events import Events
from feeds.payloads.demo_history import PastCalls, Told
from feeds.payloads.demo_places import Places
from feeds.payloads.demo_spool import Spool
from feeds.payloads.demo_tickets import Callers, Subject
from tests.feeds.desk import NOW_MS
from tests.small_city import VILLAGES, small_tree

TZ = "Asia/Shanghai"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CALLERS = Callers(small_tree(), Places(small_tree(), 5), [Subject("noise", "噪音", 1)], 5, TZ, 24, Events(VILLAGES, 5))
TODAY = date(2026, 2, 27)
Event = tuple[str, int]


def spool(folder: Path) -> Spool:
    made = Spool(folder, CALLERS, TZ)
    made.open(NOW_MS)
    return made


def rows(folder: Path, names: str = "*.jsonl") -> list[dict[str, Any]]:
    return [orjson.loads(line) for path in sorted(folder.glob(names)) for line in path.read_bytes().splitlines()]


def told(folder: Path) -> Counter[Event]:
    return Counter((row["number"], row["seq"]) for row in rows(folder, "live-*.jsonl"))


@cache
def everything() -> list[tuple[int, int, Event]]:
    """(when the call was received, when the event was, the event)."""
    found = []
    for n in range(-14, 7):
        day = CALLERS.rows(TODAY + timedelta(days=n))
        received = {row.fields["number"]: row.at_ms for row in day if row.fields["seq"] == 0}
        found += [(received[row.fields["number"]], row.at_ms, (row.fields["number"], row.fields["seq"])) for row in day]
    return found


def expected(from_ms: int, to_ms: int, received_since_ms: int = 0) -> set[Event]:
    """Every event in (from, to] of the calls received since then."""
    return {
        event
        for received_ms, at_ms, event in everything()
        if from_ms < at_ms <= to_ms and received_ms > received_since_ms
    }


class Reader:
    """Takes the place of the table feed and the store: reads all files anew, removes the past, keeps the newest row."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, int] = {}
        self.taken: set[Event] = set()

    def read(self) -> None:
        for path in sorted(self.folder.glob("*.jsonl")):
            for row in map(orjson.loads, path.read_bytes().splitlines()):
                event = row["number"], row["seq"]
                if path.name.startswith("live-") and event in self.taken:
                    continue
                assert row["seq"] >= self.known.get(row["number"], 0), "a call went back"
                self.known[row["number"]] = row["seq"]
                self.taken.add(event)
            if path.name.startswith("past-"):
                path.unlink()


def standing(now_ms: int, days_back: int) -> dict[str, int]:
    """What a store must know at `now_ms` that heard everything of those days."""
    known: dict[str, int] = {}
    for _, at_ms, (number, seq) in everything():
        if at_ms <= now_ms and number[3:11] >= f"{TODAY - timedelta(days=days_back):%Y%m%d}":
            known[number] = max(seq, known.get(number, 0))
    return known


def test_a_fresh_city_tells_the_calls_received_from_now_on(tmp_path):
    made = spool(tmp_path)
    made.begin(NOW_MS)
    for n in range(1, 49):
        made.write_until(NOW_MS + n * HOUR_MS)
    assert told(tmp_path) == Counter(expected(NOW_MS, NOW_MS + 48 * HOUR_MS, NOW_MS))


def test_nothing_is_written_when_nothing_is_due(tmp_path):
    made = spool(tmp_path)
    made.resume(NOW_MS, NOW_MS, TODAY)
    assert made.write_until(NOW_MS) is False
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b""]  # there is a hotline, and nobody called
    assert made.write_until(NOW_MS + 6 * HOUR_MS) is True
    assert made.write_until(NOW_MS + 6 * HOUR_MS) is False


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10), st.booleans()), min_size=1, max_size=6))
def test_restarts_neither_lose_nor_repeat_an_event(tmp_path_factory, turns):
    """(hours until the next turn, whether the program breaks off after writing and before the store has the cursor)."""
    folder = tmp_path_factory.mktemp("spool")
    begun_ms = now_ms = stored_ms = NOW_MS
    made = spool(folder)
    made.resume(begun_ms, stored_ms, TODAY - timedelta(days=20))
    for hours, breaks in turns:
        now_ms += hours * HOUR_MS
        made.write_until(now_ms)
        if breaks:
            made = spool(folder)
            made.resume(begun_ms, stored_ms, TODAY - timedelta(days=20))
        else:
            stored_ms = now_ms
    made.write_until(now_ms)
    assert told(folder) == Counter(expected(NOW_MS, now_ms))


def test_a_line_cut_off_by_a_sudden_end_is_written_whole(tmp_path):
    made = spool(tmp_path)
    made.resume(NOW_MS, NOW_MS, TODAY)
    made.write_until(NOW_MS + HOUR_MS // 2)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    again = spool(tmp_path)
    again.resume(NOW_MS, NOW_MS, TODAY)
    again.write_until(NOW_MS + HOUR_MS // 2)
    assert file.read_bytes() == whole


def test_an_old_program_that_sleeps_for_a_week_catches_up(tmp_path):
    made = spool(tmp_path)
    made.resume(NOW_MS, NOW_MS, TODAY - timedelta(days=20))
    made.write_until(NOW_MS + 5 * DAY_MS)
    assert told(tmp_path) == Counter(expected(NOW_MS, NOW_MS + 5 * DAY_MS))


def test_files_read_long_ago_are_forgotten(tmp_path):
    made = spool(tmp_path)
    made.begin(NOW_MS)
    for day in range(6):
        made.write_until(NOW_MS + day * DAY_MS + 12 * HOUR_MS)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"live-2026-{hour}.jsonl" for hour in ("03-02T23", "03-03T23", "03-04T23")
    ]


def tell_all(folder: Path, made: Spool, calls: PastCalls, reader: Reader, now_ms: int) -> int:
    """Step after step, a quarter of an hour each, until the past is told; when it is."""
    for _ in range(200):
        if calls.over:
            return now_ms
        now_ms += HOUR_MS // 4
        made.write_until(now_ms)
        calls.step(now_ms)
        reader.read()
    raise AssertionError("the past is not told")


def test_the_past_is_told_newest_first_in_parts_that_are_read_before_anything_newer(tmp_path, monkeypatch):
    """A call that is open in the past is closed by a later row, never before it; together they are what happened."""
    monkeypatch.setattr(demo_spool, "PART", 9)
    seen: list[str] = []
    rename = Path.rename

    def spy(self: Path, target: Path) -> Path:
        seen.append(Path(target).name)
        assert not Path(target).exists(), "a file appears whole or not at all"
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", spy)
    made, reader = spool(tmp_path), Reader(tmp_path)
    made.begin(NOW_MS)
    now_ms = tell_all(tmp_path, made, PastCalls(made, Told(NOW_MS, NOW_MS), 3), reader, NOW_MS)
    days = [name[5:15] for name in seen]
    assert days == sorted(days, reverse=True)
    assert (days[0], days[-1]) == ("2026-02-27", "2026-02-24")
    assert len(seen) > 8
    assert reader.known == standing(now_ms, 3)
    assert list(tmp_path.glob("past-*")) == []


def test_a_past_that_was_broken_off_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_spool, "PART", 9)
    made, reader = spool(tmp_path), Reader(tmp_path)
    made.begin(NOW_MS)
    calls, now_ms, days = PastCalls(made, Told(NOW_MS, NOW_MS), 5), NOW_MS, []
    while calls.days_told < 2:
        now_ms += HOUR_MS // 4
        made.write_until(now_ms)
        calls.step(now_ms)
        reader.read()
        days.append(calls.days_told)
    calls.step(now_ms)  # a part is written and not read when it breaks off
    assert made.unread()
    saved = Told.load(Told(NOW_MS, now_ms, calls.oldest).dump())
    assert saved is not None
    again = spool(tmp_path)
    again.resume(saved.begun_ms, saved.live_ms, saved.oldest)
    calls = PastCalls(again, saved, 5)
    calls.step(now_ms)  # waits until the part that was left is read
    assert calls.days_told == 2
    reader.read()
    now_ms = tell_all(tmp_path, again, calls, reader, now_ms)
    assert reader.known == standing(now_ms, 5)
    assert [day for day in days if day] == sorted(day for day in days if day)


def test_a_cursor_of_another_form_begins_anew():
    for text in ("", "1772161400000", "[]", '{"begun_ms": 1}', '{"begun_ms":1,"live_ms":2,"oldest":"x","moments":0}'):
        assert Told.load(text) is None
    known = Told(1, 2, TODAY, 3)
    assert Told.load(known.dump()) == known
