"""The folder of simulated rows: every event is written once, whenever the program was started or broken off."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.payloads.demo_spool import Spool
from feeds.payloads.demo_tickets import Callers, Subject
from tests.feeds.desk import NOW_MS
from tests.small_city import small_tree

TZ = "Asia/Shanghai"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CALLERS = Callers(small_tree(), [Subject("noise", "噪音", 1, False)], 5, TZ, 15)
TODAY = date(2026, 2, 27)


def going_on() -> bool:
    return False


def spool(folder: Path) -> Spool:
    return Spool(folder, CALLERS, TZ)


def rows(folder: Path, names: str = "*.jsonl") -> list[dict[str, Any]]:
    return [orjson.loads(line) for path in sorted(folder.glob(names)) for line in path.read_bytes().splitlines()]


def events(folder: Path) -> Counter[tuple[str, str]]:
    return Counter((row["number"], row["state"]) for row in rows(folder, "live-*.jsonl"))


def expected(from_ms: int, to_ms: int, days_back: int = 9) -> set[tuple[str, str]]:
    """Every event of the last days that falls into (from, to]."""
    days = [date.fromordinal(TODAY.toordinal() + n) for n in range(-days_back, 6)]
    return {
        (row.fields["number"], row.fields["state"])
        for day in days
        for row in CALLERS.rows(day)
        if from_ms < row.at_ms <= to_ms
    }


def test_the_past_has_one_row_for_each_call_as_it_stands_now(tmp_path):
    spool(tmp_path).write_past(NOW_MS, 2, going_on)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "past-2026-02-25.jsonl",
        "past-2026-02-26.jsonl",
        "past-2026-02-27.jsonl",
    ]
    found = rows(tmp_path)
    assert set(Counter(row["number"] for row in found).values()) == {1}
    known = [row for n in range(3) for row in CALLERS.rows(date.fromordinal(TODAY.toordinal() - n))]
    standing = {row.fields["number"]: row.fields for row in known if row.at_ms <= NOW_MS}
    assert {row["number"]: row for row in found} == standing


def test_a_past_without_calls_yet_is_an_empty_file(tmp_path):
    midnight = NOW_MS - (NOW_MS + 8 * HOUR_MS) % DAY_MS
    spool(tmp_path).write_past(midnight, 0, going_on)
    assert rows(tmp_path) == []


def test_after_the_past_the_present_goes_on_without_gap_or_repetition(tmp_path):
    """A call that is open in the past is closed by a later row; together they are what the callers did."""
    made = spool(tmp_path)
    made.write_past(NOW_MS, 9, going_on)
    for n in range(1, 60):
        made.write_until(NOW_MS + n * HOUR_MS)
    assert events(tmp_path) == Counter(expected(NOW_MS, NOW_MS + 59 * HOUR_MS))


def test_nothing_is_written_when_nothing_is_due(tmp_path):
    made = spool(tmp_path)
    made.resume(NOW_MS)
    assert made.write_until(NOW_MS) is False
    assert list(tmp_path.iterdir()) == []
    assert made.write_until(NOW_MS + 6 * HOUR_MS) is True
    assert made.write_until(NOW_MS + 6 * HOUR_MS) is False


@settings(max_examples=12)
@given(st.lists(st.tuples(st.integers(1, 10), st.booleans()), min_size=1, max_size=6))
def test_restarts_neither_lose_nor_repeat_an_event(tmp_path_factory, turns):
    """(hours until the next turn, whether the program breaks off after writing and before the store has the cursor)."""
    folder = tmp_path_factory.mktemp("spool")
    now_ms = stored_ms = NOW_MS
    made = spool(folder)
    made.resume(stored_ms)
    for hours, breaks in turns:
        now_ms += hours * HOUR_MS
        made.write_until(now_ms)
        if breaks:
            made = spool(folder)
            made.resume(stored_ms)
        else:
            stored_ms = now_ms
    made.write_until(now_ms)
    assert events(folder) == Counter(expected(NOW_MS, now_ms))


def test_a_line_cut_off_by_a_sudden_end_is_written_whole(tmp_path):
    made = spool(tmp_path)
    made.resume(NOW_MS)
    made.write_until(NOW_MS + 8 * HOUR_MS)
    file = tmp_path / "live-2026-02-27.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    again = spool(tmp_path)
    again.resume(NOW_MS)
    again.write_until(NOW_MS + 8 * HOUR_MS)
    assert file.read_bytes() == whole


def test_an_old_program_that_sleeps_for_a_week_catches_up(tmp_path):
    made = spool(tmp_path)
    made.resume(NOW_MS)
    made.write_until(NOW_MS + 5 * DAY_MS)
    assert events(tmp_path) == Counter(expected(NOW_MS, NOW_MS + 5 * DAY_MS))


def test_files_read_long_ago_are_forgotten(tmp_path):
    made = spool(tmp_path)
    made.resume(NOW_MS)
    for day in range(6):
        made.write_until(NOW_MS + day * DAY_MS + 12 * HOUR_MS)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"live-2026-{day}.jsonl" for day in ("03-01", "03-02", "03-03", "03-04")
    ]


def test_a_start_that_is_stopped_writes_no_more(tmp_path):
    spool(tmp_path).write_past(NOW_MS, 3, lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_no_half_file_is_seen(tmp_path, monkeypatch):
    """The table feed may look at any moment: a file appears whole or not at all."""
    seen = []
    rename = Path.rename

    def spy(self: Path, target: Path) -> Path:
        seen.append((self.name, Path(target).exists()))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", spy)
    spool(tmp_path).write_past(NOW_MS, 1, going_on)
    assert seen == [("past-2026-02-27.jsonl.part", False), ("past-2026-02-26.jsonl.part", False)]


@pytest.mark.parametrize("times", [1, 2])
def test_a_past_made_again_is_the_same(tmp_path, times):
    for _ in range(times):
        spool(tmp_path).write_past(NOW_MS, 1, going_on)
    assert len(rows(tmp_path)) == len({row["number"] for row in rows(tmp_path)})
