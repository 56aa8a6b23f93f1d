"""The file: opens in a spreadsheet as it is, says what it is of, and runs nothing."""

import csv
import io
from dataclasses import replace

import pytest

from brain.model.query.answer import Answer, SourceState
from dashboard.panel import Column, Face, Kind, Screen, Table
from dashboard.push.rows_csv import MOST_ROWS, inert, rows_csv
from tests.panels.samples import HOSTILE, NOW_MS, source
from tests.panels.shown import bare_view

COLUMNS = (Column("名称"), Column("变化", "%", Kind.NUMBER, 1), Column("时间", kind=Kind.MOMENT))


def read(body: bytes) -> list[list[str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in body
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def file_of(table: Table | None, *sources: SourceState) -> list[list[str]]:
    answer: Answer[int] = Answer(1, NOW_MS - 12_000, sources, True)
    view = bare_view("hotline_today", Screen.MEDIUM, answers={"n": answer}, face=Face.STALE)
    return read(rows_csv("今日来电", table, view))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+A1",
        "-A1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        "＝1",
        "＋1+1",
        "－A1",
        "＠A1",
        "  =1",
        "-1+2",
        "--1",
    ],
)
def test_no_text_is_a_formula(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert file_of(Table(COLUMNS, ((text, None, None),)))[-1][0][0] not in "=+-@\t\r＝＋－＠"


@pytest.mark.parametrize("text", ["-5", "-5.25", "+3", "0", "2021-07-14", "a=b", "岐江", ""])
def test_plain_numbers_and_words_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


def test_numbers_stay_numbers_and_what_is_not_known_is_empty() -> None:
    rows = file_of(Table(COLUMNS, (("a", -5.25, NOW_MS), ("b", None, None), ("c", 0, None))))
    assert rows[-4] == ["名称", "变化 (%)", "时间"]
    assert rows[-3:] == [["a", "-5.2", "2021-07-14 14:26:08"], ["b", "", ""], ["c", "0", ""]]


def test_its_first_lines_say_what_it_is_of() -> None:
    table = Table(COLUMNS, (), beside=(("在办", "=642"),), period="2021-07-14")
    lines = dict(row[:2] for row in file_of(table, source("lost")) if len(row) == 2)
    assert lines["标题"] == "今日来电"
    assert (lines["区域"], lines["时段"], lines["截至"]) == ("澄州市", "2021-07-14", "2021-07-14 14:25:56")
    assert (lines["来源"], lines["数据性质"], lines["状态"]) == ("12345 工单", "模拟", "陈旧")
    assert lines["导出时间"].startswith("2021-07-14 14:26:08 Asia/Shanghai")
    assert ["附", "在办", "'=642"] in file_of(table)


def test_what_is_too_long_is_cut_and_says_so() -> None:
    rows = file_of(Table(COLUMNS, tuple((f"r{i}", i, None) for i in range(MOST_ROWS + 5))))
    assert rows[-1][0] == f"r{MOST_ROWS - 1}"
    assert ["行数", f"文件只含前 {MOST_ROWS} 行，共 {MOST_ROWS + 5} 行"] in rows


def test_without_data_there_is_a_head_alone() -> None:
    answer: Answer[int] = Answer(None, None, (replace(source(), title=HOSTILE),))
    view = bare_view("hotline_today", Screen.MEDIUM, answers={"n": answer})
    rows = read(rows_csv(HOSTILE, None, view))
    assert ["截至", "尚无数据"] in rows
    assert all(len(row) == 2 and row[1][0] not in "=+-@" and "\u202e" not in row[1] for row in rows)
