"""Addresses within the cockpit. Ids are data: each is quoted, so that none can leave its place in the path."""

from urllib.parse import quote, urlencode

from dashboard.panel import Screen, View


def alert_address(alert_id: str, view: View) -> str:
    return f"/{view.screen.value}/alert/{quote(alert_id, safe='')}"


def alerts_address(view: View) -> str:
    return f"/{view.screen.value}/alerts/{quote(view.area.id, safe='')}"


def late_address(view: View) -> str:
    return f"/{view.screen.value}/late/{quote(view.area.id, safe='')}"


def device_address(device_id: str, view: View, **chosen: str) -> str:
    """The page of a device; `chosen`: filters of it. "" on a wall, which leads nowhere."""
    if view.screen is Screen.LARGE:
        return ""
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"/{view.screen.value}/devices/{quote(device_id, safe='')}" + (f"?{query}" if query else "")


def entry_address(device_id: str) -> str:
    """The entry of a device in the register, which is a form on the medium screen."""
    return f"/medium/devices/{quote(device_id, safe='')}/register"


def area_target(area_id: str, view: View) -> str:
    """What a click leads to: the page one is on, for that area (the browser knows which page); "" for where one is."""
    return "" if area_id == view.area.id else f"area:{area_id}"
