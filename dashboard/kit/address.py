"""Addresses within the cockpit. Ids are data: each is quoted, so that none can leave its place in the path."""

from urllib.parse import quote

from dashboard.panel import View


def alert_address(alert_id: str, view: View) -> str:
    return f"/{view.screen.value}/alert/{quote(alert_id, safe='')}"


def alerts_address(view: View) -> str:
    return f"/{view.screen.value}/alerts/{quote(view.area.id, safe='')}"
