"""What the wall is told of red alerts: how far they reach, who called from there, what is due next."""

from brain.model.query.alerts import RedAlerts
from brain.model.scope import Role
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import HOUR, MINUTE, alert_row, ask, device_rows, fill, ms, ticket_row
from tests.small_city import small_city, small_devices

NOW = ms("2021-07-14 14:26")
RED = {"level": 4, "owner": "emergency"}


def clock_row(number: str, name: str, due_ms: int, **more: object) -> dict[str, object]:
    row = ticket_row(number, NOW)
    given = {"case_id": row["id"], "clock": name, "area_id": row["area_id"], "started_ms": NOW - HOUR, "due_ms": due_ms}
    return given | {"ended_ms": None, "provisional": False} | more


def test_a_red_alert_knows_its_reach(store: Store):
    fill(store, schema.device, device_rows(small_devices()))
    opened_ms = NOW - 10 * MINUTE
    fill(
        store,
        schema.alert,
        [
            alert_row(1, "water_red", opened_ms, **RED, value=0.62),
            alert_row(2, "water_yellow", opened_ms, area_id="0200201", value=0.33),
            alert_row(3, "water_yellow", opened_ms, area_id="0200202", recovered_ms=NOW, value=0.1),
            alert_row(4, "device_silent", opened_ms, area_id="0200301", rule_kind="silent"),
        ],
    )
    fill(
        store,
        schema.case,
        [
            ticket_row("before", opened_ms - 2 * HOUR - 1),
            ticket_row("first", opened_ms - 2 * HOUR),
            ticket_row("there", NOW - MINUTE, "0200201", urgent=True),
            ticket_row("elsewhere", NOW - MINUTE, "0200301", urgent=True),
            ticket_row("calm", NOW - MINUTE),
        ],
    )
    fill(
        store,
        schema.case_clock,
        [
            clock_row("there", "contact", NOW - MINUTE, ended_ms=NOW - 2 * MINUTE),
            clock_row("there", "arrive", NOW + HOUR),
            clock_row("elsewhere", "arrive", NOW + 1),
            clock_row("calm", "close", NOW + 2),
        ],
    )
    answer = ask(store, small_city(), NOW, RedAlerts())
    (red,) = answer.value
    assert answer.changes_ms == NOW + HOUR, "its next clock becomes overdue"
    assert [row.id[-1] for row in red.alike] == ["1", "2"]
    assert red.areas == ("0200101", "0200201")
    assert red.calls == 3
    assert (red.clock.clock, red.clock.due_ms, red.clock_area) == ("arrive", NOW + HOUR, "0200201")
    assert red.detail.row.id[-1] == "1"


def test_the_newest_red_comes_first_and_a_closed_one_is_gone(sqlite_store: Store):
    fill(sqlite_store, schema.device, device_rows(small_devices()))
    rows = [
        alert_row(1, "water_red", NOW - HOUR, **RED),
        alert_row(2, "water_red", NOW - MINUTE, **RED, target_id="water-2"),
        alert_row(3, "water_red", NOW, **RED, target_id="air-1", state="closed", closed_ms=NOW),
        alert_row(4, "water_yellow", NOW),
    ]
    fill(sqlite_store, schema.alert, rows)
    reds = ask(sqlite_store, small_city(), NOW, RedAlerts(), role=Role.WALL).value
    assert [red.detail.row.id[-1] for red in reds] == ["2", "1"]
