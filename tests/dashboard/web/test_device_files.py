"""Import shows before it does, names every bad row and does all or nothing; exports run nothing and come back whole."""

import asyncio
import io
import re
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import openpyxl
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.requests import Request
from starlette.testclient import TestClient

from app import DeviceFiles
from brain.feed import Rejected
from brain.model.crs import Crs
from brain.model.reading import Device
from brain.model.reason import Reason
from brain.model.scope import Role
from brain.store import schema
from brain.store.device_import import MOST
from brain.store.write.readings import store_devices
from dashboard.web.shell import Shell
from dashboard.web.uploads import Upload, read_upload
from tests.dashboard.cockpit import NOW_MS, client, serve
from tests.dashboard.web.test_admin import Desk
from tests.small_city import TOWNS, small_devices, small_tree

HEAD = "id,kind,name,area,lon,lat,interval_s\r\n"
GOOD = HEAD + "w-1,water,一号泵站,,113.05,22.05,60\r\nw-2,water,二号泵站,02002,,,300\r\n"
OLD = replace(small_devices()[0], id="old", kind="water", name="旧站")


@pytest.fixture
def desk(shell: Shell) -> Iterator[Desk]:
    shell = replace(shell, device_tables=DeviceFiles(small_tree()))
    server: FastAPI = serve(shell)
    with client(server) as living:
        yield Desk(shell, server, living)


def rows(desk: Desk) -> dict[str, tuple[str, str, str]]:
    with desk.shell.store.read() as conn:
        return {row.id: (row.kind, row.name, row.area_id) for row in conn.execute(select(schema.device))}


def fill(desk: Desk, *devices: Device) -> None:
    tree = desk.shell.facts.tree
    desk.shell.store.write(lambda conn: store_devices(conn, tree, devices, NOW_MS)).result()


def take(
    browser: TestClient, data: bytes, name: str = "devices.csv", do: str = "try", **fields: str
) -> tuple[int, str]:
    answer = browser.post("/admin/devices", data={"do": do, "crs": "wgs84", **fields}, files={"file": (name, data)})
    return answer.status_code, answer.text


def apply(browser: TestClient, page: str) -> tuple[int, str]:
    """Press the button of a page that showed what would change."""
    held = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    answer = browser.post("/admin/devices", files={k: (None, v) for k, v in {**held, "do": "apply"}.items()})
    return answer.status_code, answer.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_first_shown_then_done(desk: Desk, encoding: str) -> None:
    root = desk.person("root")
    fill(desk, replace(OLD, id="w-2"))
    status, page = take(root, GOOD.encode(encoding))
    assert status == 200
    assert list(rows(desk)) == ["w-2"]
    assert "旧站" in page
    assert "二号泵站" in page
    assert apply(root, page)[0] == 200
    assert rows(desk) == {"w-1": ("water", "一号泵站", "0200101"), "w-2": ("water", "二号泵站", "02002")}
    assert [d[:3] for d in desk.deeds("device.import")] == [("root", "devices:2", "done")]
    assert desk.deeds("device.import")[0][3].startswith("1 new, 1 changed, 0 as before; file ")
    assert take(root, GOOD.encode())[0] == 422  # nothing is left to do


def test_every_bad_row_is_named_and_none_is_written(desk: Desk) -> None:
    root = desk.person("root")
    bad = GOOD + "w-1,water,again,,113.05,22.05,60\r\n, water,x,02002,,,60\r\nw-4,,x,02002,,,60\r\n"
    bad += "w-5,water,x,999,,,60\r\nw-6,water,x,,120.0,30.0,60\r\n"
    bad += "w-7,water,x,02002,,,soon\r\nw-8,submarine,x,02002,,,60\r\n"
    status, page = take(root, bad.encode())
    assert status == 422
    for place in (*(f"devices.csv:{line}" for line in range(4, 10)), "w-8"):
        assert f"<td>{place}</td>" in page, place
    assert "devices.csv:2 already" in page
    assert 'value="apply"' not in page
    assert take(root, bad.encode(), do="apply")[0] == 422
    assert rows(desk) == {}


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.csv", b"\xff\xfe\x00\x00"), ("a.csv", b"a,b\r\n1,2\r\n"), ("a.xls", b"x"), ("a.xlsx", b"PK"), ("a", b"x")],
)
def test_what_is_no_table_is_refused_in_words(desk: Desk, name: str, data: bytes) -> None:
    status, page = take(desk.person("root"), data, name)
    assert status == 422
    assert re.search(r'role="alert">[^<]*a\b', page)


class Endless:
    """A reader that counts the rows it was asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def read(self, name: str, data: bytes, crs: Crs) -> Iterator[Device | Rejected]:
        for _ in range(MOST + 100):
            self.asked += 1
            yield Rejected(Reason.BAD_FIELD, "no place on earth", f"{name}:{self.asked}")

    def workbook(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
        return b""


def test_a_file_of_too_many_rows_is_not_read_on(shell: Shell) -> None:
    reader = Endless()
    shell = replace(shell, device_tables=reader)
    server: FastAPI = serve(shell)
    with client(server) as living:
        status, page = take(Desk(shell, server, living).person("root"), b"x")
    assert (status, reader.asked) == (422, MOST + 1)
    assert re.search(r'role="alert">[^<]*5 万', page)


def test_bad_rows_beyond_the_shown_are_counted(desk: Desk) -> None:
    status, page = take(desk.person("root"), (HEAD + "w 1,water,x,02001,,,60\r\n" * 300).encode())
    assert (status, page.count("<td>devices.csv:")) == (422, 200)
    assert "300" in re.findall(r"<h2[^>]*>([^<]*)</h2>", page)[1]


def test_a_form_takes_no_more_memory_than_a_few_times_its_size() -> None:
    body = b'--xx\r\nContent-Disposition: form-data; name="file"; filename="d.csv"\r\n\r\n'
    data = b"ab\n" * 300_000

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body + data + b"\r\n--xx--\r\n", "more_body": False}

    kind = (b"content-type", b"multipart/form-data; boundary=xx")
    request = Request({"type": "http", "method": "POST", "headers": [kind]}, receive)
    tracemalloc.start()
    try:
        fields, upload = asyncio.run(read_upload(request))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (fields, upload) == ({}, Upload("d.csv", data))
    assert peak < 6 * len(data)


def test_a_form_that_is_none_is_no_bug(desk: Desk) -> None:
    root = desk.person("root")
    assert root.post("/admin/devices", data={"do": "try"}).status_code == 422
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (
        b"",
        b"--x",
        b"--x\r\n\r\n\r\n--x--\r\n",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n",
    ):
        assert root.post("/admin/devices", content=body, headers=kind).status_code == 422
    for content in ("???", "AAAA", "eJw="):
        files = {"do": (None, "apply"), "name": (None, "a.csv"), "content": (None, content)}
        assert root.post("/admin/devices", files=files).status_code == 422
    assert root.post("/admin/devices", files={"do": (None, "try")}).status_code == 422


@pytest.mark.parametrize("form", ["csv", "gb18030", "xlsx"])
def test_what_is_exported_runs_nothing_and_comes_back_as_it_was(desk: Desk, form: str) -> None:
    formula = "=HYPERLINK(1)"
    fill(desk, OLD, replace(OLD, id="-x", name=formula, lon=113.123456789, lat=-0.5 + 22.6))
    root = desk.person("root")
    answer = root.get(f"/admin/devices/export?form={form}")
    assert desk.deeds("export")[0][:3] == ("root", "devices", "done")
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
        assert formula in {cell.value for cell in cells}
    else:
        text = answer.content.decode("gb18030" if form == "gb18030" else "utf-8-sig")
        assert f"'{formula}" in text
        assert f",{formula}" not in text
    before = rows(desk)
    status, page = take(root, answer.content, "devices." + ("xlsx" if form == "xlsx" else "csv"))
    assert status == 422
    assert "2" in re.findall(r"<h2[^>]*>([^<]*)</h2>", page)[1]  # both as they are, none bad
    assert "devices.csv:" not in page
    assert rows(desk) == before


def test_nobody_changes_devices_of_another_area(desk: Desk) -> None:
    fill(desk, replace(OLD, id="w-1", area_id="0200301"))
    local = desk.person("town", area_id=TOWNS[0])
    status, _ = take(local, (HEAD + "w-1,water,mine,02001,,,60\r\n").encode(), do="apply")
    assert status == 422
    assert take(local, (HEAD + "w-9,water,mine,02001,,,60\r\n").encode(), do="apply")[0] == 200
    assert rows(desk)["w-1"][2] == "0200301"
    assert local.get(f"/admin/devices/export?area={TOWNS[2]}").status_code == 403
    assert "w-1" not in local.get("/admin/devices/export").text
    assert take(desk.person("li", Role.OPERATOR), GOOD.encode())[0] == 403


def test_twenty_thousand_devices_at_once(desk: Desk) -> None:
    table = HEAD + "".join(f"d-{n:05},water,站 {n},02001,,,60\r\n" for n in range(20_000))
    root = desk.person("root")
    status, page = take(root, table.encode())
    assert status == 200
    assert len(page) < 1_000_000
    assert apply(root, page)[0] == 200
    assert len(rows(desk)) == 20_000
