"""Addresses within the cockpit, written and read: /<screen>/<cockpit>/<area> and what may follow behind the question
mark: page=<page>, panel=<placement id>, and the filters of dashboard/filters.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote, urlencode

from dashboard.filters import read_filters
from dashboard.panel import Screen
from dashboard.web.shell import Cockpit

NO_FILTERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the query of an address asks for: a page ("" the first), a panel of it ("" all)."""

    page: str = ""
    panel: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """Raises BadFilter."""
    return Wanted(query.get("page", ""), query.get("panel", ""), read_filters(query))


def address(
    screen: Screen, cockpit: Cockpit, page_id: str, area_id: str, filters: Mapping[str, str] = NO_FILTERS
) -> str:
    """The path of a page; the first page of a cockpit needs no name."""
    pages = cockpit.pages.get(screen, ())
    first = not pages or pages[0].id == page_id
    return _address(screen, cockpit.id, area_id, ({} if first else {"page": page_id}) | dict(filters))


def enlarged_address(screen: Screen, cockpit_id: str, placed_id: str, area_id: str, filters: Mapping[str, str]) -> str:
    """The path of one panel of a page."""
    return _address(screen, cockpit_id, area_id, {"panel": placed_id} | dict(filters))


def csv_address(screen: Screen, cockpit_id: str, placed_id: str, area_id: str, params: Mapping[str, str]) -> str:
    """Where the rows of a panel are taken from; `params` with language and filters."""
    query = {"screen": screen.value, "cockpit": cockpit_id, "area": area_id, **params}
    return f"/api/panels/{quote(placed_id, safe='')}/rows.csv?{urlencode(query)}"


def _address(screen: Screen, cockpit_id: str, area_id: str, query: Mapping[str, str]) -> str:
    path = f"/{screen.value}/{cockpit_id}/{quote(area_id, safe='')}"
    return f"{path}?{urlencode(query)}" if query else path
