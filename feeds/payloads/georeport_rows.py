"""What the keys of a GeoReport v2 request are of a ticket, and what has to be derived from several of them."""

from collections.abc import Mapping
from typing import Any

from feeds.payloads.ticket_mapping import Columns
from feeds.payloads.ticket_rows import cell_text

_ACCOUNT = ("account_id", "device_id", "email")
_PERSON = ("first_name", "last_name")


def ticket_columns(area: str) -> Columns:
    """GeoReport's keys and those of `ticket_cells`; `area` is the key that names the area, "" for none."""
    return Columns(
        number="service_request_id",
        created="requested_datetime",
        closed="closed",
        due="expected_datetime",
        category=("category",),
        title=("title",),
        text=("description", "status_notes", "service_notice"),
        name="person",
        phone="phone",
        id_number="account",
        address=("address", "address_id", "zipcode"),
        lon="long",
        lat="lat",
        area_name=area or None,
        state="status",
        unit="agency_responsible",
    )


def ticket_cells(record: dict[str, Any], categories: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    """The request with what it says only indirectly. `categories`, `names`: service code -> category of the city, name
    of the service. The standard has no closing time: the last change of what is closed is its closing."""
    code = cell_text(record.get("service_code"))
    name = cell_text(record.get("service_name")) or names.get(code, "")
    status = cell_text(record.get("status")).lower()
    return record | {
        "status": status,
        "closed": record.get("updated_datetime") if status == "closed" else None,
        "category": categories.get(code) or name or code,
        "title": name or code,
        "account": " / ".join(said for key in _ACCOUNT if (said := cell_text(record.get(key)))),
        "person": " ".join(said for key in _PERSON if (said := cell_text(record.get(key)))),
    }
