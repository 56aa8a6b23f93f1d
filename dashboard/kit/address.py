"""Addresses within the cockpit. Ids are data: each is quoted, so that none can leave its place in the path."""

from urllib.parse import quote

from dashboard.panel import View


def alert_address(alert_id: str, view: View) -> str:
    return f"/{view.screen.value}/alert/{quote(alert_id, safe='')}"


def alerts_address(view: View) -> str:
    return f"/{view.screen.value}/alerts/{quote(view.area.id, safe='')}"


def area_target(area_id: str, view: View) -> str:
    """What a click leads to: the page one is on, for that area (the browser knows which page); "" for where one is."""
    return "" if area_id == view.area.id else f"area:{area_id}"
