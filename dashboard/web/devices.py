"""The register of devices: the list, and the entry of one device with its facts, its state and what it measures. The
page of a device, with its history, is a panel's (panels/device_history.py)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brain.model.clock import utc_ms
from brain.model.facts import Name
from brain.model.reading import Device, DeviceState, Metric
from brain.model.scope import Action, Forbidden
from brain.store.admission import BadDevice, edit
from brain.store.audited import Doing
from brain.store.device_states import WHY_MAX, NewState, set_state
from brain.store.read.device_list import Chosen, DevicePage, ListedDevice, MeasuredNow, find_device, list_devices
from dashboard.access.visitor import Visitor, visitor_of
from dashboard.kit.figure import unit_word
from dashboard.kit.measure import measured
from dashboard.kit.number import grouped
from dashboard.kit.place import device_name
from dashboard.web.choices import chosen_lang
from dashboard.web.desk_page import BadForm, DeskPages, form_value, read_form
from dashboard.web.shell import Shell

PAGE_ROWS = 100
LIST = "/medium/devices"
_STATES = tuple(state for state in DeviceState if state is not DeviceState.WAITING)
_OPERATORS = (DeviceState.ACTIVE, DeviceState.MAINTENANCE)


@dataclass(frozen=True)
class DeviceDesk:
    shell: Shell
    pages: DeskPages

    def doing(self, request: Request) -> Doing:
        visitor = visitor_of(request)
        return Doing(visitor.scope, visitor.address, self.shell.clock.now_ms(), self.shell.real_ms())

    def areas(self, visitor: Visitor) -> list[tuple[str, int]]:
        """(area id, depth below the visitor's own) of all areas of the visitor's."""
        tree = self.shell.facts.tree
        own = visitor.scope.area_id
        found: list[tuple[str, int]] = []
        waiting = [own] if own in tree else []
        while waiting:
            area_id = waiting.pop()
            found.append((area_id, tree.depth(area_id) - tree.depth(own)))
            waiting.extend(child.id for child in reversed(tree.children(area_id)))
        return found

    def kinds(self) -> dict[str, Name]:
        return dict(self.shell.facts.device_kinds)

    def name_of(self, lang: str, device: Device) -> str:
        kind = self.shell.facts.device_kinds.get(device.kind)
        return device_name(device.name, device.id, kind.en if kind else device.kind, lang)

    def show(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        visitor = visitor_of(request)
        may = visitor.scope.can
        return self.pages.show(
            request,
            template,
            status,
            kinds=self.kinds(),
            name_of=partial(self.name_of, chosen_lang(request, self.shell.lang)),
            areas=self.areas(visitor),
            may_edit=may(Action.DEVICE_EDIT),
            may_maintain=may(Action.DEVICE_MAINTENANCE),
            address_of=address_of,
            **values,
        )

    async def outcome(self, request: Request, act: Callable[[], object]) -> tuple[str, int]:
        """What to tell of something attempted: ("", 200) when it was done."""
        try:
            await asyncio.to_thread(act)
        except Forbidden:
            return self.pages.text(request, "people.outside"), 403
        except LookupError:
            return self.pages.text(request, "devices.gone"), 404
        except BadDevice as error:
            fault = self.pages.text(request, f"devices.bad.{error.field}")
            return f"{error.device_id}: {fault}", 422
        except ValueError as error:
            return self.pages.text(request, f"devices.bad.{error}"), 422
        return "", 200


def address_of(device_id: str) -> str:
    return f"{LIST}/{quote(device_id, safe='')}"


def entry_of(device_id: str) -> str:
    """Its entry in the register."""
    return f"{address_of(device_id)}/register"


def device_routes(desk: DeviceDesk) -> APIRouter:
    router = APIRouter()
    _add_list(router, desk)
    _add_device(router, desk)
    return router


def _add_list(router: APIRouter, desk: DeviceDesk) -> None:
    @router.get(LIST)
    async def devices(request: Request) -> Response:
        visitor, asked = visitor_of(request), request.query_params
        chosen, after = chosen_of(desk, request), asked.get("after", "")[:64]
        try:
            page = await asyncio.to_thread(_page, desk, visitor, chosen, after)
        except Forbidden:
            return desk.show(request, "devices.html", 403, **_listed(chosen, DevicePage((), 0, None), ""))
        return desk.show(request, "devices.html", **_listed(chosen, page, after))


def chosen_of(desk: DeviceDesk, request: Request) -> Chosen:
    """What an address asks for; what does not exist is left out."""
    asked = request.query_params
    kind, area_id, state, words = (asked.get(name, "")[:64].strip() for name in ("kind", "area", "state", "words"))
    return Chosen(
        kind=kind if kind.isprintable() else "",
        area_id=area_id if area_id in desk.shell.facts.tree else "",
        state=next((known for known in _STATES if known == state), None),
        silent=asked.get("silent") == "yes",
        words=words if words.isprintable() else "",
    )


def _listed(chosen: Chosen, page: DevicePage, after: str) -> dict[str, Any]:
    said = {"words": chosen.words, "kind": chosen.kind, "area": chosen.area_id, "state": chosen.state}
    query = {name: str(value) for name, value in {**said, "silent": chosen.silent and "yes"}.items() if value}
    further = urlencode({**query, "after": page.after}) if page.after is not None else ""
    return {
        "chosen": chosen,
        "page": page,
        "total": grouped(page.total),
        "states": _STATES,
        "next": f"{LIST}?{further}" if further else "",
        "first": f"{LIST}?{urlencode(query)}" if after else "",
        "query": urlencode(query),
    }


def _page(desk: DeviceDesk, visitor: Visitor, chosen: Chosen, after: str) -> DevicePage:
    shell = desk.shell
    with shell.store.read() as conn:
        return list_devices(conn, shell.facts, visitor.scope, chosen, after, PAGE_ROWS, shell.clock.now_ms())


# --- one device --------------------------------------------------------------------------------------------------
def _add_device(router: APIRouter, desk: DeviceDesk) -> None:
    show = partial(_show_device, desk)

    @router.get(LIST + "/{device_id}/register")
    async def device(device_id: str, request: Request) -> Response:
        return await show(request, device_id)

    @router.post(LIST + "/{device_id}/state")
    async def state(device_id: str, request: Request) -> Response:
        form = await read_form(request)
        new = _new_state(form, ZoneInfo(desk.shell.city.tz))
        doing, shell = desk.doing(request), desk.shell
        act = lambda: set_state(shell.store, shell.facts, doing, [device_id], new)  # noqa: E731
        error, status = await desk.outcome(request, act)
        return await show(request, device_id, error, status) if error else RedirectResponse(entry_of(device_id), 303)

    @router.post(LIST + "/{device_id}")
    async def change(device_id: str, request: Request) -> Response:
        form = await read_form(request)
        found = await asyncio.to_thread(_find, desk, visitor_of(request), device_id)
        if found is None:
            return await show(request, device_id)
        doing, shell, wanted = desk.doing(request), desk.shell, wanted_of(form, found[0].device)
        error, status = await desk.outcome(request, lambda: edit(shell.store, shell.facts, doing, wanted))
        return await show(request, device_id, error, status) if error else RedirectResponse(entry_of(device_id), 303)


async def _show_device(
    desk: DeviceDesk, request: Request, device_id: str, error: str = "", status: int = 200
) -> Response:
    visitor = visitor_of(request)
    found = await asyncio.to_thread(_find, desk, visitor, device_id)
    if found is None:
        said = desk.pages.text(request, "devices.gone")
        return desk.show(request, "device.html", 404, row=None, measured=(), metrics={}, states=(), error=said)
    row, measures = found
    states = _STATES if visitor.scope.can(Action.DEVICE_EDIT) else _OPERATORS
    metrics, lang = desk.shell.facts.metrics, chosen_lang(request, desk.shell.lang)
    return desk.show(
        request,
        "device.html",
        status,
        row=row,
        measured=[(now, _value(now, metrics.get(now.metric), lang)) for now in measures],
        metrics=metrics,
        states=states,
        error=error,
    )


def _find(desk: DeviceDesk, visitor: Visitor, device_id: str) -> tuple[ListedDevice, tuple[MeasuredNow, ...]] | None:
    shell = desk.shell
    with shell.store.read() as conn:
        return find_device(conn, shell.facts, visitor.scope, device_id, shell.clock.now_ms())


def _value(now: MeasuredNow, metric: Metric | None, lang: str) -> str:
    """ "" for a bad one."""
    if now.value is None:
        return ""
    if metric is None:
        return f"{now.value:g}"
    return f"{measured(metric, now.value)} {unit_word(metric.unit, lang)}".strip()


def _new_state(form: dict[str, str], zone: ZoneInfo) -> NewState:
    """Raises BadForm."""
    try:
        state = DeviceState(form.get("state", ""))
        until = form_value(form, "until")
        until_ms = utc_ms(datetime.fromisoformat(until).replace(tzinfo=zone)) if until else None
    except (ValueError, OverflowError) as error:
        raise BadForm("state or until") from error
    if state is DeviceState.WAITING:
        raise BadForm("state")
    return NewState(state, form_value(form, "why", WHY_MAX), until_ms)


def wanted_of(form: dict[str, str], before: Device, suffix: str = "") -> Device:
    """The device as a form wants it; an interval that is no number is 0, which no device may have."""
    interval = form_value(form, f"interval_s{suffix}", 8)
    return replace(
        before,
        kind=form_value(form, f"kind{suffix}", 32),
        name=form_value(form, f"name{suffix}", 128) or before.id,
        area_id=form_value(form, f"area{suffix}"),
        interval_s=int(interval) if interval.isascii() and interval.isdigit() else 0,
    )
