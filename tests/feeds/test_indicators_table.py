"""The figures feed on files of our own: every shape of table, every kind of dirt, and files that change."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from brain.feed import BadPayload, Item, Unavailable
from brain.model.indicator import IndicatorValue, Qualifier, ValueKind
from brain.model.reason import Reason
from brain.runtime.acceptance import Window
from brain.store import schema
from brain.store.engine import Store
from feeds.indicators_table import Settings, run
from tests.brain.runtime.desk import Kitchen
from tests.feeds.desk import NOW_MS, Desk

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "indicators_table"
STATED = json.loads((FOLDER / "settings.json").read_text(encoding="utf-8"))
Row = tuple[str, str, str, float | None, str]


def replay(path: Path, desk: Desk) -> list[Item]:
    """What the feed makes of a recorded file; the guard of all feeds calls it."""
    run(settings_for(path), desk.context("indicators_table"))
    return desk.items


def settings_for(path: Path, name: str = "") -> Settings:
    return Settings.model_validate(STATED["base"] | STATED["changes"].get(name or path.name, {}) | {"files": path})


def read(name: str) -> list[IndicatorValue]:
    desk = Desk()
    replay(FOLDER / "good" / name, desk)
    assert desk.rejected == []
    return desk.figures


def row(value: IndicatorValue) -> Row:
    return value.indicator_id, value.area_id, value.period.text, value.value, value.value_text


# --- shapes ------------------------------------------------------------------------------------------------------
def test_one_figure_a_row_with_titles_above_and_notes_below() -> None:
    values = read("long.csv")
    assert [row(value) for value in values] == [
        ("hotline_received_total", "020", "2021H1", 903600.0, "90.36万"),
        ("hotline_received_daily", "02001", "2021H1", 4992.0, "4992"),
        ("hotline_on_time_ratio", "02001", "2021-01..2021-06", 0.9999, "99.990"),
        ("data_catalogue_items_total", "020", "as of 2021-06", 6.95e9, "69.5亿"),
        ("hotline_dispatched_total", "02002", "2021Q2", 100000.0, "10万"),
        ("hotline_on_time_ratio", "020", "as of 2021", 0.995, "99.5"),
    ]
    kinds = [ValueKind.TOTAL, ValueKind.AVERAGE, ValueKind.RATIO, ValueKind.STOCK, ValueKind.TOTAL, ValueKind.TARGET]
    assert [value.kind for value in values] == kinds
    assert [value.qualifier for value in values][1::3] == [Qualifier.OVER, Qualifier.OVER]
    assert {(value.source, value.received_ms, value.simulated) for value in values} == {
        ("澄州市政数局月报", NOW_MS, False)
    }


def test_a_column_per_period_in_gb18030_with_the_unit_above_and_empty_januaries() -> None:
    values = read("wide_gb18030.csv")
    assert len(values) == 9
    assert row(values[0]) == ("hotline_received_total", "02001", "2021-04", 14_055_000.0, "1405.5万")
    assert row(values[2])[3:] == (12_001_000.0, "1200.10万")  # the printed zero stays
    assert {value.area_id for value in values} == {"02001", "02002", "020"}
    assert "2021-01" not in {value.period.text for value in values}


def test_a_column_per_indicator_with_units_in_the_header_and_strangers_passed_over() -> None:
    assert [row(value) for value in read("by_indicator.csv")] == [
        ("hotline_received_total", "020", "2021-02", 152_000.0, "15.2万"),
        ("hotline_on_time_ratio", "020", "2021-02", 0.9997, "99.97"),
        ("data_catalogue_items_total", "020", "2021-02", 6.91e9, "69.1亿"),
        ("hotline_received_total", "020", "2020-12", 149_000.0, "14.9万"),
        ("hotline_on_time_ratio", "020", "2020-12", 0.999, "99.9"),
        ("data_catalogue_items_total", "020", "2020-12", 6.8e9, "68亿"),
    ]


def test_a_workbook_with_a_column_per_area_dates_for_months_and_cells_in_per_cent() -> None:
    assert [row(value)[1:] for value in read("report.xlsx")] == [
        ("02001", "2021-06", 0.9999, "99.99"),
        ("02002", "2021-06", 1.0, "100"),
        ("02001", "2021-05", 0.985, "98.5"),
        ("02002", "2021-05", 0.992, "99.2"),
    ]


# --- what is refused ---------------------------------------------------------------------------------------------
def test_a_row_that_cannot_be_read_says_where_and_what_to_do() -> None:
    desk = Desk()
    replay(FOLDER / "broken" / "rows.csv", desk)
    assert desk.figures == []
    told = {item.place.rsplit(":", 1)[1]: (item.reason, item.detail) for item in desk.rejected}
    expected: dict[str, tuple[Reason, str]] = {
        "2": (Reason.NOT_A_NUMBER, "column 数值: '很多' is no figure"),
        "3": (Reason.BAD_TIME, "column 时期: period '2021-13'"),
        "4": (Reason.UNKNOWN_AREA, "column 镇街: '西渡' is no area of this city; translate it"),
        "5": (Reason.UNKNOWN_INDICATOR, "column 指标: '市民满意率' is no indicator of this city; define it"),
        "6": (Reason.NOT_A_NUMBER, "column 数值: unit '元' where the indicator is in '件次'"),
        "7": (Reason.NOT_A_NUMBER, "column 数值: 万 in the cell and 万 in its unit"),
        "8": (Reason.NOT_A_NUMBER, "column 数值: '1,20' is no figure"),
        "9": (Reason.BAD_FIELD, "column 类型: '预测' is no kind"),
        "10": (Reason.MALFORMED, "a cell stands under no header"),
        "11": (Reason.NOT_A_NUMBER, "a formula's error"),
        "12": (Reason.MISSING_FIELD, "column 指标: empty"),
    }
    assert set(told) == set(expected)
    for line, (reason, words) in expected.items():
        assert told[line][0] == reason
        assert words in told[line][1]
    assert desk.rejected[0].place == "rows.csv:2"
    assert "很多".encode() in desk.rejected[0].payload
    assert not any(item.personal for item in desk.rejected)


def test_a_column_nobody_knows_is_told_once() -> None:
    desk = Desk()
    replay(FOLDER / "broken" / "stranger_columns.csv", desk)
    assert [value.value for value in desk.figures] == [12.0]
    assert [(item.place, item.reason) for item in desk.rejected] == [("stranger_columns.csv:1", Reason.BAD_TIME)] * 2
    assert "column 合计" in desk.rejected[0].detail
    assert "words.unknown: skip" in desk.rejected[0].detail


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_header.csv", "no header in the first 50 rows; missing: 镇街, 时期, 数值, 单位, 类型 (nearest: row 1)"),
        ("wrong_encoding.csv", "set encoding: gb18030"),
        ("half_copied.xlsx", "not an Excel workbook"),
        ("empty.csv", "no header"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(name: str, words: str) -> None:
    with pytest.raises(BadPayload) as told:
        replay(FOLDER / "broken" / name, Desk())
    assert name in str(told.value)
    assert words in str(told.value)


def test_the_first_file_is_waited_for_and_one_that_was_named_must_be_there(tmp_path: Path) -> None:
    desk = Desk()
    replay(tmp_path / "*.csv", desk)
    assert desk.notes == ["note.file: no file matches *.csv; see files"]
    with pytest.raises(Unavailable, match=r"no file matches long\.csv"):
        replay(tmp_path / "long.csv", Desk())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"columns": {"indicator": "指标", "period": "时期"}}, "nothing says where the figures stand"),
        ({"across": "area", "columns": {"area": "镇街"}}, "both a column and across"),
        ({"across": "period", "columns": {}, "fixed": {"indicator": "x_y_z", "source": "s"}}, "names its rows"),
        ({"fixed": {}}, "nothing says the source"),
        ({"columns": {"indicator": "指标", "value": "数值"}}, "nothing says the period"),
        ({"encoding": "gb99"}, "no character set"),
    ],
)
def test_settings_that_leave_something_open_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate(STATED["base"] | changes)


# --- read again --------------------------------------------------------------------------------------------------
@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: Path(shutil.copy(FOLDER / "good" / name, tmp_path / name))


def test_an_unchanged_file_is_not_read_again_but_a_mended_mapping_reads_it(copied: Callable[[str], Path]) -> None:
    path, desk = copied("by_indicator.csv"), Desk()
    replay(path, desk)
    replay(path, desk)
    assert len(desk.figures) == 6
    mended = settings_for(path).model_dump() | {"fixed": {"source": "another paper"}}
    run(Settings.model_validate(mended), desk.context("indicators_table"))
    assert len(desk.figures) == 12


def test_a_row_refused_before_is_not_refused_again(tmp_path: Path) -> None:
    path, desk = tmp_path / "rows.csv", Desk()
    shutil.copy(FOLDER / "broken" / "rows.csv", path)
    replay(path, desk)
    refused = len(desk.rejected)
    mended = settings_for(path).model_dump() | {"fixed": {"source": "another paper"}}
    run(Settings.model_validate(mended), desk.context("indicators_table"))
    assert len(desk.rejected) == refused


def test_a_file_that_is_being_written_keeps_its_last_line_until_it_rests(tmp_path: Path) -> None:
    path, desk = tmp_path / "long.csv", Desk()
    path.write_text("指标,镇街,时期,数值,单位,类型\n派单,东渡,2021,12,件次,\n派单,柳湾,2021,34", encoding="utf-8")
    replay(path, desk)
    assert [value.value for value in desk.figures] == [12.0]
    replay(path, desk)
    assert [value.value for value in desk.figures] == [12.0, 12.0, 34.0]
    replay(path, desk)
    assert len(desk.figures) == 3


def test_one_broken_file_does_not_keep_the_others_away(copied: Callable[[str], Path], tmp_path: Path) -> None:
    copied("long.csv")
    (tmp_path / "a_broken.csv").write_text("nothing\n", encoding="utf-8")
    desk = Desk()
    run(settings_for(tmp_path, "long.csv"), desk.context("indicators_table"))
    assert len(desk.figures) == 6
    assert desk.notes[-1].startswith("note.unread n=1: a_broken.csv")


def test_what_says_nothing_new_is_absorbed_and_a_correction_is_a_revision(
    store: Store, copied: Callable[[str], Path]
) -> None:
    path, desk, kitchen = copied("wide_gb18030.csv"), Desk(), Kitchen(store)
    kitchen.ingest.start()
    desk.sink = kitchen.ingest.sink("hotline", Window.of(settings_for(path)))  # type: ignore[method-assign]
    replay(path, desk)
    before = path.read_bytes()
    path.write_bytes(before.replace(b"1200.10", b"1200.99"))
    os.utime(path, ns=(1, 1))
    desk.now_ms += 60_000
    replay(path, desk)
    kitchen.ingest.stop()
    kept = sorted((r.revision, r.period_text, r.area_id, r.value) for r in kitchen.rows(schema.indicator_value))
    assert len(kept) == 10
    assert kept[-1] == (2, "2021-02", "02001", 12_009_900.0)
    kitchen.health.close()
    (state,) = (row for row in kitchen.rows(schema.feed_state) if row.feed == "hotline")
    assert (state.accepted, state.repeated) == (10, 8)
