"""Rows for the tests of reading, put straight into the tables, so that what is compared does not depend on writers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table

from brain.model.case import case_id
from brain.model.facts import Facts
from brain.model.query.answer import Query
from brain.model.reading import Device
from brain.model.scope import Role, Scope
from brain.store.engine import Store
from brain.store.read.answers import Answers
from tests.brain.store.rows import put
from tests.small_city import CITY, VILLAGES

Rows = Sequence[Mapping[str, Any]]

MINUTE = 60_000
HOUR = 3_600_000
DAY = 86_400_000


@dataclass(frozen=True)
class StillClock:
    """City time stands at `ms`."""

    ms: int
    replay: bool = False
    speed: float = 1.0

    def now_ms(self) -> int:
        return self.ms


def ms(text: str, tz: str = "Asia/Shanghai") -> int:
    """Epoch ms of a local time such as "2021-07-14 14:26"."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz)).timestamp() * 1000)


def fill(store: Store, table: Table, rows: Rows) -> None:
    if rows:
        store.write(lambda conn: put(conn, table, rows)).result()


def ask(
    store: Store,
    facts: Facts,
    now_ms: int,
    query: Query,
    area_id: str = CITY,
    *,
    role: Role = Role.OPERATOR,
    unit: str | None = None,
    scope_area: str = CITY,
) -> Any:
    return Answers(store, facts, StillClock(now_ms)).answer(query, Scope("duty", role, scope_area, unit), area_id)


def inside(facts: Facts, area_id: str) -> set[str]:
    return {area.id for area in facts.tree.descendants(area_id)}


def ticket_row(number: str, created_ms: int, area_id: str = "0200101", **more: Any) -> dict[str, Any]:
    return {
        "id": case_id("12345", number),
        "type": "ticket",
        "channel": "12345",
        "number": number,
        "state": "closed" if more.get("closed_ms") else "received",
        "area_id": area_id,
        "category": "noise",
        "title": f"masked text {number}",
        "unit": "hotline",
        "urgent": False,
        "created_ms": created_ms,
        "dispatched_ms": None,
        "due_ms": None,
        "closed_ms": None,
        "grid_lon": None,
        "grid_lat": None,
        "feed": "hotline",
        "simulated": False,
        "remarks": "",
        "received_ms": created_ms,
        "fingerprint": number,
        "version": 1,
    } | more


def clock_row(case: Mapping[str, Any], clock: str, due_ms: int, ended_ms: int | None = None) -> dict[str, Any]:
    """A clock of the case that started when it was created."""
    return {
        "case_id": case["id"],
        "clock": clock,
        "area_id": case["area_id"],
        "started_ms": case["created_ms"],
        "due_ms": due_ms,
        "ended_ms": ended_ms,
        "provisional": False,
    }


def random_tickets(seed: int, first_ms: int, last_ms: int, n: int = 600) -> list[dict[str, Any]]:
    """Tickets of all villages with closings and deadlines of every kind: absent, to come, passed, before creation; some
    exactly on the hour, some of another case type, which no ticket count may include."""
    chance = Random(seed)
    rows = []
    for k in range(n):
        created_ms = chance.randrange(first_ms, last_ms)
        if k % 10 == 0:
            created_ms -= created_ms % HOUR
        rows.append(
            ticket_row(
                str(k),
                created_ms,
                chance.choice(VILLAGES),
                closed_ms=chance.choice([None, created_ms + chance.randrange(-2 * HOUR, 5 * DAY)]),
                due_ms=chance.choice([None, created_ms + chance.randrange(4 * DAY)]),
                type="ticket" if k % 20 else "inspection",
                unit=chance.choice(["hotline", "water"]),
            )
        )
    return rows


def device_rows(devices: Iterable[Device], reported: Mapping[str, int] | None = None) -> list[dict[str, Any]]:
    """`reported`: device id -> last_reported_ms."""
    return [
        {
            **asdict(device),
            "state": device.state.value,
            "created_ms": 0,
            "last_reported_ms": (reported or {}).get(device.id),
            "last_changed_ms": None,
        }
        for device in devices
    ]


def latest_row(device_id: str, metric: str, at_ms: int, value: float | None) -> dict[str, Any]:
    return {"device_id": device_id, "metric": metric, "at_ms": at_ms, "value": value, "received_ms": at_ms}


def alert_row(number: int, rule_id: str, opened_ms: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-0000-0000-{number:012}",
        "rule_id": rule_id,
        "rule_kind": "threshold",
        "target_kind": "device",
        "target_id": "water-1",
        "area_id": "0200101",
        "level": 2,
        "state": "open",
        "condition": "firing",
        "owner": "water",
        "opened_ms": opened_ms,
        "last_ms": opened_ms,
        "times": 1,
        "value": None,
        "peak": None,
        "limit_value": None,
        "due_ms": None,
        "recovered_ms": None,
        "acknowledged_by": None,
        "acknowledged_ms": None,
        "closed_by": None,
        "closed_ms": None,
        "note": "",
        "simulated": False,
        "version": 1,
    } | more


def feed_row(feed: str, input_name: str, status: str = "well", **more: Any) -> dict[str, Any]:
    return {
        "feed": feed,
        "input": input_name,
        "status": status,
        "since_ms": 0,
        "last_well_ms": None,
        "last_item_ms": None,
        "accepted": 0,
        "refused": 0,
        "repeated": 0,
        "failures": 0,
        "cause": "",
        "next_try_ms": None,
        "stale_after_s": 300.0,
        "simulated": False,
        "cursor": None,
    } | more
