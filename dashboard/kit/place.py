"""What places and things are called on the screen, in the view's language."""

from brain.model.query.alerts import AlertRow, ClockRow
from brain.model.query.answer import SourceState
from brain.model.query.clocks import ClockedCase
from brain.model.query.devices import AwayDevice
from brain.model.query.map import MapDevice
from brain.model.reading import Device, english_device_name
from brain.model.scope import Role
from dashboard.kit.escape import plain
from dashboard.panel import View

_TOWN = "town"
_CASE_CHARS, _CLOCK_CHARS = 30, 20


def area_label(area_id: str, view: View) -> str:
    """The short name; an area that the city no longer knows keeps its id."""
    return view.city.areas.get(area_id).label(view.lang) if area_id in view.city.areas else plain(area_id)


def town_label(area_id: str, view: View) -> str:
    """The short name of the town the area lies in; the area's own where there is no town above it."""
    if area_id not in view.city.areas:
        return plain(area_id)
    above = view.city.areas.ancestors(area_id)
    return next((area for area in above if area.level == _TOWN), above[0]).label(view.lang)


def parts_are_towns(view: View) -> bool:
    """Whether the areas below the viewed one are towns."""
    below = view.city.areas.children(view.area.id)
    return all(area.level == _TOWN for area in below) if below else view.area.level == _TOWN


def area_name(area_id: str, view: View) -> str:
    if area_id not in view.city.areas:
        return plain(area_id)
    area = view.city.areas.get(area_id)
    return area.name_en if view.lang == "en" and area.name_en else area.name


def device_label(device: Device | MapDevice | AwayDevice, view: View) -> str:
    """Its name in the register, else its id; on English screens a Chinese name gives way to kind and number."""
    device_id = device.id if isinstance(device, Device) else device.device_id
    kind = view.city.device_kinds.get(device.kind)
    return plain(device_name(device.name, device_id, kind.en if kind else device.kind, view.lang), 60)


def device_name(name: str, device_id: str, kind_en: str, lang: str) -> str:
    return english_device_name(name, kind_en, device_id) if lang == "en" else name or device_id


def device_place(device: Device | MapDevice | AwayDevice, view: View) -> str:
    """Area and number, where the words beside say of what kind it is: its name without the kind it begins with."""
    kind = view.city.device_kinds.get(device.kind)
    name = device_label(device, view)
    if kind is None:
        return name
    if view.lang == "en":
        return f"{area_label(device.area_id, view)} {name.removeprefix(kind.en).strip()}"
    return name.removeprefix(kind.zh).strip() or name


def what_of(row: AlertRow, view: View) -> str:
    return plain(row.what_en if view.lang == "en" and row.what_en else row.what)


def owner_of(row: AlertRow, view: View) -> str:
    return plain(row.owner_en if view.lang == "en" and row.owner_en else row.owner)


def case_name(row: ClockedCase, view: View) -> str:
    """What a ticket is about: its category."""
    english = view.lang == "en" and row.category_name_en
    return plain(row.category_name_en if english else row.category_name, _CASE_CHARS)


def clock_name(clock: ClockRow, view: View) -> str:
    return plain(clock.name_en if view.lang == "en" and clock.name_en else clock.name, _CLOCK_CHARS)


def target_of(row: AlertRow, view: View) -> str:
    """The device, the ticket's category or the feed."""
    return plain(row.target_name_en if view.lang == "en" and row.target_name_en else row.target_name, 60)


def where_of(row: AlertRow, view: View) -> str:
    """Area, then what it is about, unless that is the area again."""
    area, target = area_label(row.area_id, view), target_of(row, view)
    return f"{area} {target}" if target and target != area else area


def own_unit(text: str, view: View) -> str:
    """Lists of unit staff hold what is their unit's alone: `text` says so then."""
    return f"{text} · {view.tr('kit.own_unit')}" if view.scope.role is Role.UNIT else text


def source_title(source: SourceState, view: View) -> str:
    return plain(source.title_en if view.lang == "en" and source.title_en else source.title)
