import io
import zipfile
from pathlib import Path

import pytest

from brain.feed import BadPayload, Rejected
from brain.model.crs import Crs, from_wgs84
from brain.model.reading import Device
from brain.model.reason import Reason
from feeds.iot_mqtt import Settings, hand_on_devices
from feeds.payloads.device_sheet import workbook
from feeds.payloads.device_table import COLUMNS, read_devices, read_uploaded
from tests.feeds.desk import Desk
from tests.small_city import small_tree

HEADER = "id,kind,name,area,lon,lat,interval_s\n"


def table(tmp_path: Path, *rows: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "devices.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding=encoding)
    return path


def devices(path: Path, encoding: str = "utf-8", crs: Crs = Crs.WGS84) -> list[Device | Rejected]:
    return list(read_devices(path, encoding, crs, small_tree(), "iot", simulated=False))


def test_devices_with_all_and_with_little(tmp_path: Path) -> None:
    lon, lat = from_wgs84(113.05, 22.05, Crs.GCJ02)
    path = table(tmp_path, f"w-1,water,水位计一号,02001,{lon},{lat},300", "007,air,,,113.25,22.05,", encoding="gb18030")
    first, second = devices(path, "gb18030", Crs.GCJ02)
    assert isinstance(first, Device)
    assert isinstance(second, Device)
    assert (first.id, first.kind, first.name, first.area_id, first.interval_s) == (
        "w-1",
        "water",
        "水位计一号",
        "02001",
        300,
    )
    assert [first.lon, first.lat] == pytest.approx([113.05, 22.05], abs=1e-6)
    assert (second.id, second.name, second.area_id, second.interval_s) == ("007", "007", "0200201", 60)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a/b,water,x,02001,,,", Reason.BAD_FIELD),
        (",water,x,02001,,,", Reason.BAD_FIELD),
        ("w-1,,x,02001,,,", Reason.MISSING_FIELD),
        ("w-1,water,x,999,,,", Reason.UNKNOWN_AREA),
        ("w-1,water,x,,,,", Reason.UNKNOWN_AREA),
        ("w-1,water,x,,1,1,", Reason.UNKNOWN_AREA),
        ("w-1,water,x,02001,east,north,", Reason.BAD_FIELD),
        ("w-1,water,x,02001,999,1,", Reason.BAD_FIELD),
        ("w-1,water,x,02001,,,0", Reason.BAD_FIELD),
        ("w-1,water,x,02001,,,often", Reason.BAD_FIELD),
        ("w-1,water", Reason.MALFORMED),
    ],
)
def test_a_bad_row_is_refused_with_its_place(tmp_path: Path, row: str, reason: Reason) -> None:
    (item,) = devices(table(tmp_path, row))
    assert isinstance(item, Rejected)
    assert (item.place, item.reason) == ("devices.csv:2", reason)


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadPayload, match=r"devices devices\.csv: No such file"):
        devices(tmp_path / "devices.csv")


def test_the_feed_hands_on_what_is_new_once(tmp_path: Path) -> None:
    path = table(tmp_path, "w-1,water,x,02001,,,", "w-2,water,x,999,,,")
    settings = Settings(devices=path)
    desk = Desk()
    hand_on_devices(settings, desk.context("iot"))
    hand_on_devices(settings, desk.context("iot", generation=1))
    assert [type(item) for item in desk.items] == [Device, Rejected]
    table(tmp_path, "w-1,water,new name,02001,,,")
    hand_on_devices(settings, desk.context("iot", generation=2))
    assert desk.known["w-1"].name == "new name"


def test_a_workbook_that_somebody_hands_in_may_unpack_to_little() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(68_000_000))
    with pytest.raises(BadPayload, match=r"a\.xlsx: unpacks to 68000000 bytes, at most 67108860 are read"):
        list(read_uploaded("a.xlsx", made.getvalue(), Crs.WGS84, small_tree()))


def test_a_refused_row_that_somebody_handed_in_is_not_kept() -> None:
    data = (HEADER + "w-1,water,x,999,,,\n").encode()
    (item,) = read_uploaded("a.csv", data, Crs.WGS84, small_tree())
    assert isinstance(item, Rejected)
    assert (item.place, item.payload) == ("a.csv:2", b"")


@pytest.mark.parametrize("cell", ['t="n"><v>abc', 't="s"><v>99'])
def test_a_damaged_sheet_is_told_and_is_no_bug(cell: str) -> None:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(COLUMNS, []))) as whole,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as torn,
    ):
        for name in whole.namelist():
            row = f'<row r="2"><c r="A2" {cell}</v></c></row></sheetData>'.encode()
            torn.writestr(name, whole.read(name).replace(b"</sheetData>", row))
    with pytest.raises(BadPayload, match=r"a\.xlsx: not a readable Excel workbook"):
        list(read_uploaded("a.xlsx", made.getvalue(), Crs.WGS84, small_tree()))
