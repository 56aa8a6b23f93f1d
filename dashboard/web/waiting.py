"""The waiting list: devices that speak and are not in the register, for an administrator to admit or to reject."""

import asyncio
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brain.model.reading import Device
from brain.store.admission import admit, reject
from brain.store.read.desk_lists import WaitingRow, list_waiting
from dashboard.access.visitor import Visitor, visitor_of
from dashboard.web.desk_page import BadForm, form_value, read_form
from dashboard.web.devices import DeviceDesk, wanted_of

PAGE_ROWS = 25
USUAL_INTERVAL_S = 60
_FIELDS = PAGE_ROWS * 8 + 10


def waiting_routes(desk: DeviceDesk) -> APIRouter:
    router = APIRouter()

    show = partial(_show, desk)

    @router.get("/admin/waiting")
    async def waiting(request: Request) -> Response:
        return await show(request)

    @router.post("/admin/waiting")
    async def decide(request: Request) -> Response:
        form = await read_form(request, _FIELDS)
        picked, shell, doing = _picked(form), desk.shell, desk.doing(request)
        if not picked:
            return await show(request, desk.pages.text(request, "waiting.none_picked"), 422)
        if form.get("do") == "reject":
            keys = [(device.feed, device.id) for device in picked]
            error, status = await desk.outcome(request, lambda: reject(shell.store, shell.facts, doing, keys))
        else:
            devices = [_of_feed(desk, device) for device in picked]
            error, status = await desk.outcome(request, lambda: admit(shell.store, shell.facts, doing, devices))
        return await show(request, error, status) if error else RedirectResponse("/admin/waiting", 303)

    return router


async def _show(desk: DeviceDesk, request: Request, error: str = "", status: int = 200) -> Response:
    visitor, asked = visitor_of(request), request.query_params
    tree = desk.shell.facts.tree
    allowed = visitor.scope.holds(tree, tree.root.id)
    rejected = asked.get("rejected") == "yes"
    after = asked.get("feed", "")[:64], asked.get("after", "")[:64]
    rows = await asyncio.to_thread(_rows, desk, visitor, rejected, after) if allowed else ()
    last = rows[-1] if len(rows) == PAGE_ROWS else None
    return desk.show(
        request,
        "waiting.html",
        status,
        rows=rows,
        last=last,
        rejected=rejected,
        feeds=desk.shell.facts.feeds,
        usual_interval_s=USUAL_INTERVAL_S,
        allowed=allowed,
        error=error,
    )


def _rows(desk: DeviceDesk, visitor: Visitor, rejected: bool, after: tuple[str, str]) -> tuple[WaitingRow, ...]:
    shell = desk.shell
    with shell.store.read() as conn:
        return list_waiting(conn, shell.facts.tree, visitor.scope, rejected=rejected, after=after, limit=PAGE_ROWS)


def _picked(form: dict[str, str]) -> list[Device]:
    """The devices whose boxes are ticked, as the fields beside them say. Raises BadForm."""
    found = []
    for number in range(PAGE_ROWS):
        if form.get(f"pick{number}") == "yes":
            device_id, feed = form_value(form, f"id{number}"), form_value(form, f"feed{number}")
            lon, lat = _degrees(form.get(f"lon{number}", "")), _degrees(form.get(f"lat{number}", ""))
            before = Device(device_id, "", "", "", lon, lat, 0, feed)
            found.append(wanted_of(form, before, str(number)))
    return found


def _degrees(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError as error:
        raise BadForm("place") from error


def _of_feed(desk: DeviceDesk, device: Device) -> Device:
    """Where no area is chosen the place says it."""
    tree, feed = desk.shell.facts.tree, desk.shell.facts.feeds.get(device.feed)
    area_id = device.area_id
    if not area_id and device.lon is not None and device.lat is not None:
        area_id = tree.locate(device.lon, device.lat) or ""
    return Device(
        device.id,
        device.kind,
        device.name,
        area_id,
        device.lon,
        device.lat,
        device.interval_s,
        device.feed,
        feed is not None and feed.simulated,
    )
