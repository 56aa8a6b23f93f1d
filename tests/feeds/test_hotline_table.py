"""The table feed on files of our own: every format, every kind of dirt."""

import json
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from brain.feed import BadPayload, Item, Unavailable
from brain.model.case import Ticket
from brain.model.clock import WallClock
from brain.model.crs import Crs, from_wgs84
from brain.model.reason import Reason
from feeds.hotline_table import run
from feeds.payloads.ticket_mapping import Columns
from tests.feeds.desk import NOW_MS, Desk
from tests.feeds.hotline_desk import FOLDER, HEADER, PLAIN, line, numbers, plain, read, settings_for, touch


def replay(path: Path, desk: Desk) -> list[Item]:
    """What the feed makes of a recorded file; the guard of all feeds calls it."""
    read(settings_for(path), desk)
    return desk.items


# --- formats -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["utf8.csv", "gb18030.csv", "report.csv", "records.json", "lines.jsonl", "book.xlsx"])
def test_all_formats_say_the_same(name: str) -> None:
    desk = Desk()
    first, second, third = read(settings_for(FOLDER / "good" / name), desk)
    assert desk.rejected == []
    assert numbers([first, second, third]) == ["0012026001", "0012026002", "0012026003"]
    assert (first.created_ms, first.closed_ms) == (1_772_150_700_000, None)
    assert (second.created_ms, second.closed_ms) == (1_772_154_180_000, 1_772_157_600_000)
    assert third.created_ms == 1_772_035_200_000
    assert third.closed_ms == 1_771_984_800_000  # before it was created: kept, the store remarks it
    assert (first.category, second.category, third.category) == ("噪音 / 施工", "道路 / 积水", "其他")
    assert (first.title, second.title) == ("夜间施工", "")
    assert first.private.text == '楼下工地夜里\n一直施工，"很吵"。'
    assert second.private.text == "=1+1 路口积水，<b>很深</b>"
    assert third.private.text == "退休手续, 怎么办？"
    assert (first.private.name, first.private.phone, first.private.address) == ("张测试", "13900000001", "幸福路 1 号")
    assert (first.private.lon, first.private.lat, first.remarks) == (113.05, 22.05, ())
    assert (second.private.lon, second.private.lat, second.remarks) == (None, None, ("no_coordinates",))
    assert [ticket.area_id for ticket in (first, second, third)] == ["02001", "02002", "02001"]
    assert [ticket.state for ticket in (first, second, third)] == ["handling", "closed", "closed"]
    assert [ticket.urgent for ticket in (first, second, third)] == [False, True, False]
    assert [ticket.unit for ticket in (first, second, third)] == ["城管", "水务", ""]
    assert all(ticket.source_row.startswith(f"{name}:") for ticket in (first, second, third))


def test_rows_are_named_by_the_line_they_begin_in() -> None:
    tickets = read(settings_for(FOLDER / "good" / "utf8.csv"), Desk())
    assert [ticket.source_row for ticket in tickets] == ["utf8.csv:2", "utf8.csv:4", "utf8.csv:5"]


def test_nested_records_are_read_by_paths() -> None:
    desk = Desk()
    first, second = read(settings_for(FOLDER / "good" / "nested.json"), desk)
    assert (first.number, second.number) == ("7", "008")
    assert (first.created_ms, second.created_ms) == (1_772_150_700_000, 1_772_153_100_000)
    assert (first.private.lon, first.private.lat, first.area_id) == (113.05, 22.05, "0200101")
    assert (second.area_id, second.remarks) == (None, ("no_coordinates",))
    assert (first.urgent, second.urgent) == (True, False)


# --- refusals ----------------------------------------------------------------------------------------------------
def test_each_bad_row_is_refused_with_place_column_and_reason() -> None:
    desk = Desk()
    assert read(settings_for(FOLDER / "broken" / "rows.csv"), desk) == []
    assert [(item.place, item.reason) for item in desk.rejected] == [
        ("rows.csv:2", Reason.MISSING_FIELD),
        ("rows.csv:3", Reason.MISSING_FIELD),
        ("rows.csv:4", Reason.BAD_TIME),
        ("rows.csv:5", Reason.BAD_TIME),
        ("rows.csv:6", Reason.BAD_TIME),
        ("rows.csv:7", Reason.BAD_FIELD),
        ("rows.csv:8", Reason.UNKNOWN_AREA),
        ("rows.csv:9", Reason.UNKNOWN_AREA),
        ("rows.csv:10", Reason.MALFORMED),
        ("rows.csv:11", Reason.MALFORMED),
    ]
    columns = ["工单编号", "受理时间", "受理时间", "受理时间", "办结时间", "状态", "区划", "镇街", "fields", "fields"]
    for item, column in zip(desk.rejected, columns, strict=True):
        assert column in item.detail
    secrets = ("赵隐私", "13900000002", "昨天下午", "不久", "被遗忘", "火星镇", "999")
    assert not [word for item in desk.rejected for word in secrets if word in item.detail + item.place]
    assert all(item.personal for item in desk.rejected)
    assert "赵隐私" in desk.rejected[5].payload.decode()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing_columns.csv", "missing columns: 受理时间 (is it 受理时刻?)"),
        ("wrong_encoding.csv", "wrong_encoding.csv:1: byte 1 is not utf-8; it can be read as gb18030"),
        ("open_quote.csv", "open_quote.csv:2: a quotation mark is opened and not closed again"),
        ("not_json.json", "not_json.json:2: not JSON"),
        ("no_list.json", "no list of records at the top"),
        ("other_records.json", "missing columns: 工单编号; found: id, time"),
        ("not_a_workbook.xlsx", "not an Excel workbook"),
        ("old.xls", "save it as .xlsx"),
        ("empty.csv", "found: none"),
        ("unknown.dat", "set format"),
    ],
)
def test_an_unreadable_file_is_told_with_place_and_remedy(name: str, words: str) -> None:
    with pytest.raises(BadPayload) as told:
        read(settings_for(FOLDER / "broken" / name), Desk())
    assert str(told.value).startswith(name)
    assert words in str(told.value)


def test_unreadable_files_do_not_keep_the_others_out_and_are_told_while_they_last(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\xfd")
    (tmp_path / "c.csv").write_text("x\n1\n")
    desk = Desk()
    with pytest.raises(BadPayload, match=r"a\.csv:1: byte 1.*; c\.csv: missing columns"):
        run(settings_for(tmp_path), desk.context("hotline_table"))
    shutil.copy(FOLDER / "good" / "utf8.csv", tmp_path / "b.csv")
    for _ in range(2):  # also when the good one is known already
        run(settings_for(tmp_path), desk.context("hotline_table"))
        assert desk.notes[-1].startswith("note.unread n=2: a.csv, c.csv; a.csv:1: byte 1")
        assert "; c.csv: missing columns" in desk.notes[-1]
        assert len(desk.tickets) == 3
    (tmp_path / "a.csv").unlink()
    (tmp_path / "c.csv").unlink()
    run(settings_for(tmp_path), desk.context("hotline_table"))
    assert desk.notes[-1] == ""


def test_a_folder_without_a_file_yet_is_waited_for_and_one_that_was_emptied_is_a_failure(tmp_path: Path) -> None:
    desk = Desk()
    stanza = plain(tmp_path / "*.csv")
    run(stanza, desk.context("hotline_table"))  # as at the very first start: well, with a remark
    assert desk.notes == ["note.file: no file matches *.csv; see files"]
    touch(tmp_path / "a.csv", HEADER + line(1))
    run(stanza, desk.context("hotline_table"))
    assert desk.notes[-1] == ""
    (tmp_path / "a.csv").unlink()
    with pytest.raises(Unavailable, match=r"no file matches \*\.csv"):
        run(stanza, desk.context("hotline_table"))


def test_the_one_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"no file matches report\.csv"):
        run(plain(tmp_path / "report.csv"), Desk().context("hotline_table"))


def test_a_file_that_may_not_be_opened_keeps_no_other_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.csv", "b.csv"):
        shutil.copy(FOLDER / "good" / "utf8.csv", tmp_path / name)
    opened = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    desk = Desk()
    run(settings_for(tmp_path), desk.context("hotline_table"))
    assert (len(desk.tickets), desk.notes[-1]) == (3, "note.unread n=1: a.csv: Permission denied")
    (tmp_path / "b.csv").unlink()
    with pytest.raises(Unavailable, match=r"a\.csv: Permission denied"):
        run(settings_for(tmp_path), desk.context("hotline_table"))


def test_nothing_is_waited_for_any_more_while_the_first_files_are_read(tmp_path: Path) -> None:
    desk = Desk()
    run(settings_for(tmp_path), desk.context("hotline_table"))
    shutil.copy(FOLDER / "good" / "utf8.csv", tmp_path / "a.csv")
    context, said = desk.context("hotline_table"), []

    def hear(items: Sequence[Item], done: Callable[[bool], None] | None = None) -> None:
        said.append(desk.notes[-1])
        context.sink(items, done)

    run(settings_for(tmp_path), replace(context, sink=hear))
    assert said[0] == ""


def test_a_file_beyond_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_text("no,at,closed,text\n" + "1,2026-02-27,,x\n" * 100)
    with pytest.raises(BadPayload, match="raise max_bytes or split it"):
        run(plain(path, max_bytes=100), Desk().context("hotline_table"))


def test_an_excel_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 10_000_000)
    assert path.stat().st_size < 20_000
    with pytest.raises(BadPayload, match=r"bomb\.xlsx: unpacks to 10000000 bytes"):
        run(plain(path, max_bytes=20_000), Desk().context("hotline_table"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"encoding": "gbk2312"}, "no character set is called gbk2312"),
        ({"zone": "Mars/Base"}, "no time zone is called Mars/Base"),
        ({"columns": {"number": "a", "created": "b"}}, "at least one of category, title, text"),
        ({"columns": PLAIN | {"lon": "x"}}, "lon and lat belong together"),
        ({"columns": PLAIN | {"colour": "x"}}, "colour"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        plain(Path("x.csv"), **changes)


# --- places ------------------------------------------------------------------------------------------------------
def row_with(tmp_path: Path, cells: dict[str, Any], **changes: Any) -> tuple[list[Ticket], Desk]:
    record = {"no": "1", "at": "2026-02-27", "closed": "", "text": "x"} | cells
    (tmp_path / "one.jsonl").write_text(json.dumps(record) + "\n")
    columns = PLAIN | {"lon": "lon", "lat": "lat", "area_code": "code", "area_name": "area"}
    desk = Desk()
    return read(plain(tmp_path / "one.jsonl", columns=columns, **changes), desk), desk


@pytest.mark.parametrize("crs", list(Crs))
def test_coordinates_are_converted_once(tmp_path: Path, crs: Crs) -> None:
    lon, lat = from_wgs84(113.05, 22.05, crs)
    tickets, _ = row_with(tmp_path, {"lon": lon, "lat": lat}, crs=crs)
    assert [tickets[0].private.lon, tickets[0].private.lat] == pytest.approx([113.05, 22.05], abs=1e-6)
    assert tickets[0].area_id == "0200101"


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        ({"lon": 0, "lat": 0}, "no_coordinates"),
        ({"lon": "0.0", "lat": "0"}, "no_coordinates"),
        ({"lon": "", "lat": ""}, "no_coordinates"),
        ({"lon": 113.05}, "no_coordinates"),
        ({"lon": "东经", "lat": "北纬"}, "bad_coordinates"),
        ({"lon": 999, "lat": 22}, "bad_coordinates"),
    ],
)
def test_a_place_that_is_none_leaves_the_ticket_without_one(tmp_path: Path, cells: dict[str, Any], remark: str) -> None:
    tickets, desk = row_with(tmp_path, cells)
    assert (tickets[0].private.lon, tickets[0].area_id, tickets[0].remarks) == (None, None, (remark,))
    assert desk.rejected == []


@pytest.mark.parametrize(
    ("cells", "area_id"),
    [
        ({"code": "02001"}, "02001"),
        ({"code": "02001", "area": "柳湾镇"}, "02001"),
        ({"area": "柳湾镇"}, "02002"),
        ({"area": "柳湾"}, "02002"),
        ({"area": "liuwan town"}, "02002"),
        ({"code": "x1"}, "02003"),  # translated
        ({"code": "none of ours", "area": "柳湾镇"}, "02002"),
        ({"lon": 113.45, "lat": 22.3}, "0200302"),
        ({"lon": 1.0, "lat": 1.0}, None),
        ({}, None),
    ],
)
def test_the_area_is_known_by_code_or_name_or_place(tmp_path: Path, cells: dict[str, Any], area_id: str | None) -> None:
    tickets, _ = row_with(tmp_path, cells, words={"areas": {"x1": "02003"}})
    assert tickets[0].area_id == area_id


def test_an_unknown_area_may_count_to_the_whole_city(tmp_path: Path) -> None:
    words = {"unknown_area": "city"}
    tickets, desk = row_with(tmp_path, {"area": "火星镇"}, words=words)
    assert (tickets[0].area_id, tickets[0].remarks) == (None, ("no_coordinates", "unknown_area"))
    assert desk.rejected == []


def test_a_number_that_a_spreadsheet_made_of_a_code_is_written_as_before(tmp_path: Path) -> None:
    for said, number in (("007", "007"), (7, "7"), (7.0, "7"), (7.5, "7.5")):
        tickets, _ = row_with(tmp_path, {"no": said})
        assert tickets[0].number == number


# --- hostile text ------------------------------------------------------------------------------------------------
hostile = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "=HYPERLINK(1)",
        "\x00\x1b[31m",
        "'; DROP TABLE case_; --",
        '"',
        "a\rb",
        "\ufeff",
        "{}",
    ]
)


@given(st.lists(st.tuples(hostile, hostile, hostile), min_size=1, max_size=10))
@settings(deadline=None, max_examples=60)
def test_whatever_people_write_each_row_is_a_ticket_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("hostile") / "a.jsonl"
    records = [{"no": no, "at": at or "2026-02-27", "text": text} for no, at, text in rows]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    desk = Desk()
    read(plain(path), desk)
    assert len(desk.tickets) + len(desk.rejected) == len(rows)
    for ticket in desk.tickets:
        assert ticket.private.text == rows[int(ticket.source_row.split(":")[1]) - 1][2].strip()


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.json", "a.jsonl", "a.xlsx"]))
@settings(deadline=None, max_examples=100)
def test_any_bytes_give_tickets_refusals_or_one_clear_line(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(data)
    desk = Desk()
    told = ""
    try:
        read(plain(path), desk)
    except BadPayload as error:
        told = str(error)
    assert told == "" or told.startswith(name)


# --- replay ------------------------------------------------------------------------------------------------------
def test_a_replay_lets_rows_happen_on_the_citys_clock(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = ["1,2026-02-27 08:00,2026-02-27 10:00,x", "2,2026-02-27 09:00,,x", "3,2026-02-27 11:00,,x", "4,soon,,x"]
    touch(path, HEADER + "\n".join(rows) + "\n")
    now = [NOW_MS]
    desk = Desk(clock=WallClock(lambda: now[0]))
    stanza = plain(path, replay=True)

    def pull(at_ms: int) -> list[tuple[str, str]]:
        now[0] = at_ms
        before = len(desk.tickets)
        run(stanza, desk.context("hotline_table"))
        return [(ticket.number, ticket.state) for ticket in desk.tickets[before:]]

    eight_ms = 1_772_150_400_000
    assert pull(eight_ms - 1) == []
    assert pull(eight_ms + 60_000) == [("1", "received")]
    assert pull(eight_ms + 60_000) == []
    assert pull(eight_ms + 3_700_000) == [("2", "received")]
    assert pull(eight_ms + 7_300_000) == [("1", "closed")]
    assert pull(eight_ms + 86_400_000) == [("3", "received")]
    assert [item.place for item in desk.rejected] == ["a.csv:5"]


def test_every_column_can_be_named() -> None:
    columns = Columns.model_validate({name: name for name in Columns.model_fields})
    assert set(columns.all_names()) == set(Columns.model_fields)
