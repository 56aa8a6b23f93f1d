"""The pages of the register: who sees and does what, filtered and paged on the server, hostile text as text."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from brain.model.reading import Device, Metric, Reading
from brain.model.scope import Role
from brain.store import schema
from brain.store.write.readings import store_devices, store_readings
from brain.store.write.waiting import hold
from dashboard.web.devices import PAGE_ROWS
from dashboard.web.factory import create_server
from dashboard.web.shell import Shell
from tests.dashboard.cockpit import NOW_MS, client
from tests.dashboard.web.test_admin import HOSTILE, Desk
from tests.small_city import TOWNS, small_devices


@pytest.fixture
def desk(shell: Shell, server: FastAPI) -> Iterator[Desk]:
    with client(server) as living:
        yield Desk(shell, server, living)


def fill(desk: Desk, *devices: Device) -> None:
    tree = desk.shell.facts.tree
    desk.shell.store.write(lambda conn: store_devices(conn, tree, devices, NOW_MS - 86_400_000)).result()


def listed(browser: TestClient, address: str = "/medium/devices") -> list[str]:
    return re.findall(r'<a href="/medium/devices/([^"?]+)"', browser.get(address).text)


def held(desk: Desk, *ids: str) -> None:
    readings = [Reading(i, "water_level_m", NOW_MS - 1000, 0.1, NOW_MS) for i in ids]
    desk.shell.store.write(lambda conn: hold(conn, "iot", {}, readings, NOW_MS)).result()


def states(desk: Desk) -> dict[str, str]:
    with desk.shell.store.read() as conn:
        return {row.id: row.state for row in conn.execute(select(schema.device))}


def test_the_list_is_of_the_own_area_and_filtered(desk: Desk) -> None:
    water, air = replace(small_devices()[0], id="a", kind="water"), replace(small_devices()[0], id="b", kind="air")
    fill(desk, water, replace(air, area_id="0200301"))
    desk.shell.store.write(
        lambda conn: store_readings(
            conn,
            desk.shell.facts.tree,
            [Reading("a", "water_level_m", NOW_MS - 1000, 0.1, NOW_MS)],
            {"a": water.area_id},
            tz="Asia/Shanghai",
        )
    ).result()
    root, local = desk.person("root", Role.LEADER), desk.person("town", Role.OPERATOR, TOWNS[2])
    assert listed(root) == ["a", "b"]
    assert listed(local) == ["b"]
    assert listed(root, f"/medium/devices?area={TOWNS[0]}") == ["a"]
    assert local.get(f"/medium/devices?area={TOWNS[0]}").status_code == 403
    assert local.get("/medium/devices/a/register").status_code == 404
    assert listed(root, "/medium/devices?kind=air") == ["b"]
    assert listed(root, "/medium/devices?state=retired") == []
    assert listed(root, "/medium/devices?silent=yes") == ["b"]
    assert listed(root, "/medium/devices?state=gold&area=nowhere&kind=%00") == ["a", "b"]


def test_a_device_is_found_by_a_part_of_its_name_or_id(desk: Desk) -> None:
    pump, gauge = replace(small_devices()[0], id="Pump-1", name="东区泵站"), replace(small_devices()[0], id="g_2")
    fill(desk, pump, gauge)
    root = desk.person("root")
    assert listed(root, "/medium/devices?words=泵") == ["Pump-1"]
    assert listed(root, "/medium/devices?words=+pump+") == ["Pump-1"]
    assert listed(root, "/medium/devices?words=_") == ["g_2"]
    assert listed(root, "/medium/devices?words=%25") == []
    assert listed(root, "/medium/devices?words=%00") == ["Pump-1", "g_2"]
    page = root.get("/medium/devices?words=%22%3E%3Cb%3E").text
    assert "<b>" not in page
    assert "&#34;&gt;&lt;b&gt;" in page


def test_what_is_simulated_says_so_in_the_list(desk: Desk) -> None:
    fill(desk, replace(small_devices()[0], id="a", simulated=False))
    root = desk.person("root")
    assert "模拟" not in root.get("/medium/devices").text
    fill(desk, replace(small_devices()[0], id="b", simulated=True))
    assert root.get("/medium/devices").text.count(">模拟<") == 1


def test_on_an_english_page_devices_have_english_names(desk: Desk) -> None:
    fill(desk, replace(small_devices()[0], id="g-0417", name="东区水位计"))
    page = desk.person("root").get("/medium/devices?lang=en").text
    assert "东区水位计" not in page
    assert re.search(r'devices/g-0417">[A-Za-z ]+ 0417</a>', page)


def test_what_a_device_measures_has_the_units_of_the_language(shell: Shell) -> None:
    dust = Metric("dust", "扬尘", "Dust", "微克/立方米", 1, 0, 1000)
    shell = replace(shell, facts=replace(shell.facts, metrics={"dust": dust}))
    server, device = create_server(shell), replace(small_devices()[0], id="a")
    readings = [Reading("a", "dust", NOW_MS - 1000, 0.5, NOW_MS)]
    with client(server) as living:
        desk = Desk(shell, server, living)
        fill(desk, device)
        areas = {"a": device.area_id}
        shell.store.write(
            lambda conn: store_readings(conn, shell.facts.tree, readings, areas, tz="Asia/Shanghai")
        ).result()
        root = desk.person("root")
        assert "0.5 微克/立方米" in root.get("/medium/devices/a/register?lang=zh").text
        assert "0.5 µg/m³" in root.get("/medium/devices/a/register?lang=en").text


def test_pages_are_made_on_the_server_and_meet(desk: Desk) -> None:
    fill(desk, *(replace(small_devices()[0], id=f"d-{n:04}") for n in range(2 * PAGE_ROWS + 1)))
    root, address, seen = desk.person("root"), f"/medium/devices?kind={small_devices()[0].kind}", []
    for _ in range(3):
        page = root.get(address).text
        seen += listed(root, address)
        following = re.search(r'href="(/medium/devices\?[^"]*after=[^"]*)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"d-{n:04}" for n in range(2 * PAGE_ROWS + 1)]
    assert address == ""


def test_an_operator_sets_maintenance_on_the_page(desk: Desk) -> None:
    fill(desk, replace(small_devices()[0], id="a", name=HOSTILE))
    duty = desk.person("li", Role.OPERATOR)
    form = {"state": "maintenance", "until": "2021-07-14T18:00", "why": HOSTILE}
    assert duty.post("/medium/devices/a/state", data=form).status_code == 303
    page = duty.get("/medium/devices/a/register").text
    assert "<script>" not in page
    assert "img src=x" not in page.replace("&lt;img src=x", "")
    assert "2021-07-14 18:00:00" in page
    assert states(desk) == {"a": "maintenance"}
    assert duty.post("/medium/devices/a/state", data={**form, "state": "retired"}).status_code == 403
    assert duty.post("/medium/devices/a/state", data={**form, "why": ""}).status_code == 422
    assert duty.post("/medium/devices/a/state", data={**form, "until": "2021-07-14T00:00"}).status_code == 422
    for bad in ({"state": "gold"}, {"state": "waiting"}, {"state": "maintenance", "until": "noon"}):
        assert duty.post("/medium/devices/a/state", data=bad).status_code == 422
    assert duty.post("/medium/devices/nobody/state", data=form).status_code == 404
    assert desk.person("wu", Role.LEADER).post("/medium/devices/a/state", data=form).status_code == 403
    assert states(desk) == {"a": "maintenance"}


def test_an_administrator_edits_what_a_device_is(desk: Desk) -> None:
    fill(desk, replace(small_devices()[0], id="a"))
    root = desk.person("root")
    form = {"name": "一号泵站", "kind": "water", "area": "0200202", "interval_s": "300"}
    assert root.post("/medium/devices/a", data=form).status_code == 303
    with desk.shell.store.read() as conn:
        row = conn.execute(select(schema.device)).one()
    assert (row.name, row.area_id, row.interval_s, row.kept) == ("一号泵站", "0200202", 300, True)
    for bad in ({"kind": "submarine"}, {"area": "999"}, {"interval_s": "x"}):
        assert root.post("/medium/devices/a", data={**form, **bad}).status_code == 422
    assert root.post("/medium/devices/nobody", data=form).status_code == 404
    assert desk.deeds("device.edit")[0][:3] == ("root", "device:a", "done")


def test_one_or_many_are_admitted_and_rejected(desk: Desk) -> None:
    held(desk, "a", "b", "c", "d")
    root = desk.person("root")
    page = root.get("/admin/waiting").text
    assert re.findall(r'name="id\d+" value="([^"]+)"', page) == ["a", "b", "c", "d"]
    row = {"kind": "water", "area": "", "name": "", "interval_s": "60", "lon": "113.05", "lat": "22.05"}

    def form(do: str, *ids: str, **changes: str) -> dict[str, str]:
        said = {f"{k}{n}": v for n in range(len(ids)) for k, v in {**row, **changes}.items()}
        picked = {f"pick{n}": "yes" for n in range(len(ids))}
        return {
            "do": do,
            **said,
            **picked,
            **{f"id{n}": i for n, i in enumerate(ids)},
            **{f"feed{n}": "iot" for n in range(len(ids))},
        }

    assert root.post("/admin/waiting", data=form("admit", "a", "b", area="nowhere")).status_code == 422
    assert root.post("/admin/waiting", data=form("admit", "a", "gone")).status_code == 404
    assert root.post("/admin/waiting", data=form("admit", lon="")).status_code == 422
    assert states(desk) == {}
    assert root.post("/admin/waiting", data=form("admit", "a", "b")).status_code == 303
    with desk.shell.store.read() as conn:
        found = [(r.id, r.name, r.area_id, r.feed) for r in conn.execute(select(schema.device).order_by("id"))]
    assert found == [("a", "a", "0200101", "iot"), ("b", "b", "0200101", "iot")]  # where the place is
    assert root.post("/admin/waiting", data=form("reject", "c")).status_code == 303
    assert "root" in root.get("/admin/waiting?rejected=yes").text
    assert re.findall(r'name="id\d+" value="([^"]+)"', root.get("/admin/waiting?feed=iot&after=c").text) == ["d"]
    local = desk.person("town", area_id=TOWNS[0])
    assert 'name="id0"' not in local.get("/admin/waiting").text
    assert local.post("/admin/waiting", data=form("admit", "d")).status_code == 403
    assert desk.person("li", Role.OPERATOR).post("/admin/waiting", data=form("admit", "d")).status_code == 403
