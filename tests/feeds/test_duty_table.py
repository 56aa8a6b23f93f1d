"""Duty rosters from tables: names masked, phones never taken, tables replaced whole."""

import re
from pathlib import Path
from typing import Any

import pytest

from brain.feed import BadPayload, Cursor, Item, Unavailable
from brain.model.duty import DutyRoster, DutyShift
from brain.model.reason import Reason
from feeds.duty_table import Settings, run
from tests.feeds.desk import Desk

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "duty_table"
COLUMNS = {"name": "name", "area": "area"}
HALF_PAST_EIGHT_MS, HOUR_MS = 1_772_152_200_000, 3_600_000  # 2026-02-27 08:30 in Shanghai


def replay(path: Path, desk: Desk) -> list[Item]:
    """What the feed makes of a recorded file; the guard of all feeds calls it."""
    return pull(path, desk)


def pull(path: Path, desk: Desk, **more: Any) -> list[Item]:
    before = len(desk.items)
    run(Settings.model_validate({"files": path, "columns": COLUMNS} | more), desk.context("duty_table"))
    return [item for item in desk.items[before:] if not isinstance(item, Cursor)]


def test_a_roster_with_masked_names_and_without_phones() -> None:
    (roster,) = pull(FOLDER / "good" / "roster.csv", Desk(), simulated=True)
    assert isinstance(roster, DutyRoster)
    day, night, town = roster.shifts
    assert day == DutyShift("水务局", "三防值班", "020", HALF_PAST_EIGHT_MS, HALF_PAST_EIGHT_MS + 12 * HOUR_MS, "张**")
    assert (night.person, night.start_ms) == ("欧**", day.end_ms)
    assert (town.area_id, town.person) == ("02001", "")
    assert "1390000" not in repr(roster)
    assert (roster.table, roster.simulated) == ("roster.csv", True)


def test_rows_that_will_not_do_are_refused_one_by_one_and_sealed() -> None:
    desk = Desk()
    *_, roster = pull(FOLDER / "broken" / "rows.csv", desk)
    assert isinstance(roster, DutyRoster)
    assert roster.shifts == ()
    assert desk.reasons == {
        Reason.BAD_FIELD: 2,
        Reason.BAD_TIME: 1,
        Reason.MISSING_FIELD: 2,
        Reason.UNKNOWN_AREA: 1,
    }
    assert all(item.personal and "张三" not in item.detail for item in desk.rejected)


def test_before_the_first_roster_there_is_a_remark_and_no_failure(tmp_path: Path) -> None:
    desk = Desk()
    assert pull(tmp_path / "*.csv", desk) == []
    assert desk.notes == ["note.file: no file matches *.csv; see files"]
    (tmp_path / "a.csv").write_bytes((FOLDER / "good" / "roster.csv").read_bytes())
    assert len(pull(tmp_path / "*.csv", desk)) == 1
    assert desk.notes[-1] == ""
    with pytest.raises(Unavailable, match=r"no file matches missing\.csv"):
        pull(tmp_path / "missing.csv", Desk())


def test_a_row_refused_before_is_not_refused_again_when_the_table_changes(tmp_path: Path) -> None:
    desk, path = Desk(), tmp_path / "rows.csv"
    bad = (FOLDER / "broken" / "rows.csv").read_text(encoding="utf-8")
    path.write_text(bad, encoding="utf-8")
    assert len(pull(path, desk)) == 7
    head, *rows = bad.splitlines()
    path.write_text("\n".join([head, *reversed(rows), ""]) + "\n", encoding="utf-8")
    assert [type(item) for item in pull(path, desk)] == [DutyRoster]


def test_a_changed_table_is_read_again_and_a_vanished_one_withdrawn(tmp_path: Path) -> None:
    desk = Desk()
    (tmp_path / "a.csv").write_bytes((FOLDER / "good" / "roster.csv").read_bytes())
    (tmp_path / "b.json").write_bytes((FOLDER / "good" / "roster.json").read_bytes())
    assert len(pull(tmp_path, desk)) == 2
    assert pull(tmp_path, desk) == []
    (tmp_path / "a.csv").unlink()
    (tmp_path / "b.json").write_text("[]", encoding="utf-8")
    assert pull(tmp_path, desk) == [DutyRoster("a.csv", ()), DutyRoster("b.json", ())]
    (tmp_path / "b.json").unlink()
    with pytest.raises(Unavailable):  # an empty folder may be an unmounted one
        pull(tmp_path, desk)


def test_a_table_that_cannot_be_read_keeps_what_it_said(tmp_path: Path) -> None:
    desk = Desk()
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_bytes((FOLDER / "good" / "roster.csv").read_bytes())
    pull(tmp_path, desk)
    (tmp_path / "a.csv").write_bytes((FOLDER / "broken" / "gbk.csv").read_bytes())
    (tmp_path / "b.csv").write_text("start,end,unit,post,name,area\n", encoding="utf-8")
    before = len(desk.items)
    pull(tmp_path, desk)
    assert desk.items[before:-1] == [DutyRoster("b.csv", ())]
    pull(tmp_path, desk)  # and is still said to be wrong
    for note in desk.notes[-2:]:
        assert re.match(r"note\.unread n=1: a\.csv.*gb18030", note)
    (tmp_path / "b.csv").unlink()
    with pytest.raises(BadPayload, match=r"a\.csv.*gb18030"):  # nothing is left that can be read
        pull(tmp_path, desk)
