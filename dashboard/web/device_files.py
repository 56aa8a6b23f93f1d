"""The register as a file: taken in after a look at what it would change, handed out with nothing in it that runs."""

import asyncio
import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from brain.feed import BadPayload, Rejected
from brain.model.crs import Crs
from brain.model.reading import Device
from brain.model.scope import Forbidden
from brain.store.admission import BadDevice
from brain.store.audit import Result
from brain.store.device_import import MOST, Plan, import_devices, plan_import
from brain.store.read.device_list import ListedDevice, each_device
from dashboard.access.auditor import Auditor
from dashboard.access.visitor import visitor_of
from dashboard.push.rows_csv import inert
from dashboard.web.desk_page import BadForm
from dashboard.web.devices import DeviceDesk, chosen_of
from dashboard.web.uploads import Upload, packed, read_upload, unpacked

FILES = "/admin/devices"
COLUMNS = ("id", "kind", "name", "area", "lon", "lat", "interval_s")
_MORE = ("area_name", "state", "state_since", "state_until", "state_by", "state_why", "feed")
_TIMES = ("last_reported", "last_changed")
_SHOWN = 200  # rows of each list on the page; all are counted
_FORMS = {"csv": "text/csv; charset=utf-8", "gb18030": "text/csv; charset=gb18030"}
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def device_file_routes(desk: DeviceDesk, auditor: Auditor) -> APIRouter:
    router = APIRouter()
    show = partial(_show, desk)

    @router.get(FILES)
    async def form(request: Request) -> Response:
        return show(request)

    @router.post(FILES)
    async def take(request: Request) -> Response:
        fields, fresh = await read_upload(request)
        upload = fresh or await asyncio.to_thread(unpacked, fields)
        if upload is None:
            return show(request, error=desk.pages.text(request, "device_files.none"), status=422)
        try:
            crs = Crs(fields.get("crs", Crs.WGS84))
            return await asyncio.to_thread(_take, desk, request, upload, crs, fields.get("do") == "apply")
        except BadPayload as error:
            return show(request, error=str(error), status=422)
        except ValueError as error:
            raise BadForm("crs") from error

    @router.get(FILES + "/export")
    async def hand_out(request: Request) -> Response:
        visitor, chosen = visitor_of(request), chosen_of(desk, request)
        form = request.query_params.get("form", "csv")
        try:
            rows = await asyncio.to_thread(_rows, desk, request)
        except Forbidden:
            return show(request, error=desk.pages.text(request, "people.outside"), status=403)
        detail = f"{len(rows)} devices, area {chosen.area_id or visitor.scope.area_id}"
        # Before the file leaves: what cannot be written down is not handed out.
        deed = auditor.deed(visitor.scope, "export", "devices", Result.DONE, visitor.address, detail)
        await auditor.note(deed)
        return await asyncio.to_thread(_file, desk, form, rows)

    return router


def _show(desk: DeviceDesk, request: Request, status: int = 200, error: str = "", **more: Any) -> Response:
    empty: dict[str, Any] = {
        "plan": None,
        "bad": (),
        "bad_n": 0,
        "done": False,
        "held": {},
        "crs": Crs.WGS84,
        "fits": False,
    }
    values = {**empty, **more, "systems": tuple(Crs), "shown": _SHOWN, "columns": COLUMNS, "error": error}
    return desk.show(request, "device_files.html", status, query=str(request.url.query), **values)


# --- in ----------------------------------------------------------------------------------------------------------
def _take(desk: DeviceDesk, request: Request, upload: Upload, crs: Crs, apply: bool) -> Response:
    """Raises BadPayload for a file that cannot be read at all."""
    shell, doing = desk.shell, desk.doing(request)
    if shell.device_tables is None:
        raise BadPayload("no reader of tables is there")
    rows = islice(shell.device_tables.read(upload.name, upload.data, crs), MOST + 1)
    devices, bad, bad_n = _sorted(rows)
    if len(devices) + bad_n > MOST:
        return _show(desk, request, 422, desk.pages.text(request, "device_files.too_many"))
    held = {**packed(upload), "crs": crs.value}
    common: dict[str, Any] = {"bad": bad, "bad_n": bad_n, "crs": crs}
    try:
        if apply and not bad:
            digest = hashlib.sha256(upload.data).hexdigest()[:16]
            plan = import_devices(shell.store, shell.facts, doing, devices, digest)
            return _show(desk, request, plan=plan, done=True, **common)
        with shell.store.read() as conn:
            plan = plan_import(conn, shell.facts, doing.scope, devices)
    except Forbidden:
        return _show(desk, request, 403, desk.pages.text(request, "people.outside"))
    except BadDevice as error:
        said = desk.pages.text(request, f"devices.bad.{error.field}")
        return _show(desk, request, 422, f"{error.device_id}: {said}")
    except ValueError:
        return _show(desk, request, 422, desk.pages.text(request, "device_files.too_many"))
    fits = _fits(plan, bad)
    return _show(desk, request, 200 if fits else 422, plan=plan, held=held if fits else {}, fits=fits, **common)


def _sorted(rows: Iterable[Device | Rejected]) -> tuple[list[Device], list[Rejected], int]:
    """The devices, and of the refused rows those that are shown and how many there are."""
    devices: list[Device] = []
    bad: list[Rejected] = []
    bad_n = 0
    for row in rows:
        if isinstance(row, Device):
            devices.append(row)
            continue
        bad_n += 1
        if bad_n <= _SHOWN:
            bad.append(row)
    return devices, bad, bad_n


def _fits(plan: Plan, bad: Sequence[Rejected]) -> bool:
    return not bad and not plan.refused and bool(plan.new or plan.changed)


# --- out ---------------------------------------------------------------------------------------------------------
def _rows(desk: DeviceDesk, request: Request) -> list[ListedDevice]:
    shell = desk.shell
    with shell.store.read() as conn:
        now_ms = shell.clock.now_ms()
        return list(each_device(conn, shell.facts, visitor_of(request).scope, chosen_of(desk, request), now_ms))


def _file(desk: DeviceDesk, form: str, rows: Sequence[ListedDevice]) -> Response:
    head, cells = (*COLUMNS, *_MORE, *_TIMES), _cells(desk, rows)
    if form == "xlsx" and desk.shell.device_tables is not None:
        return _answer(desk.shell.device_tables.workbook(head, cells), _EXCEL, "xlsx")
    form = form if form in _FORMS else "csv"
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([[inert(cell) for cell in row] for row in cells])
    text = out.getvalue()
    data = text.encode("gb18030") if form == "gb18030" else f"\ufeff{text}".encode()
    return _answer(data, _FORMS[form], "csv")


def _cells(desk: DeviceDesk, rows: Sequence[ListedDevice]) -> Iterator[list[str]]:
    zone, label = ZoneInfo(desk.shell.city.tz), desk.pages.area_label
    for row in rows:
        device = row.device
        place = ["" if degrees is None else repr(degrees) for degrees in (device.lon, device.lat)]
        own = [device.id, device.kind, device.name, device.area_id, *place, str(device.interval_s)]
        until = [_time(row.since_ms, zone), _time(row.until_ms, zone), row.by, row.why, device.feed]
        times = [_time(row.reported_ms, zone), _time(row.changed_ms, zone)]
        yield [*own, label(device.area_id, "zh"), str(device.state), *until, *times]


def _time(ms: int | None, zone: ZoneInfo) -> str:
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")


def _answer(data: bytes, media_type: str, ending: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="devices.{ending}"'}
    return Response(data, media_type=media_type, headers=headers)
