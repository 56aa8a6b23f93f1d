"""The simulated roster is read by the feed of rosters, and leaves no post of now unminded."""

from pathlib import Path

from brain.model.duty import DutyRoster
from feeds.duty_table import Settings, run
from feeds.payloads.demo_duty import roster_file
from tests.feeds.desk import NOW_MS, Desk


def test_the_feed_reads_what_is_made(tmp_path: Path) -> None:
    desk = Desk()
    name, body = roster_file(NOW_MS, 7, desk.tz)
    assert (name, body) == roster_file(NOW_MS + 3_600_000, 7, desk.tz)
    (tmp_path / name).write_bytes(body)
    run(Settings.model_validate({"files": tmp_path, "columns": {"name": "name"}}), desk.context("duty_table"))
    roster = next(item for item in desk.items if isinstance(item, DutyRoster))
    assert desk.rejected == []
    for hours in range(-12, 100):
        at_ms = NOW_MS + hours * 3_600_000
        minded = {(s.unit, s.post) for s in roster.shifts if s.start_ms <= at_ms < s.end_ms}
        assert len(minded) == 10
    assert all(shift.person.endswith("**") for shift in roster.shifts)
