"""What people do from a panel: done once, the slower told who won, everything malformed refused with words."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from brain.model.alert import AlertState
from brain.model.scope import Role
from brain.store import schema
from dashboard.web.shell import Shell
from tests.dashboard.cockpit import NOW_MS, SOCKET, add_account, add_session, client
from tests.small_city import CITY, TOWNS

ALERT = "11111111-1111-1111-1111-111111111111"


@pytest.fixture
def alert(shell: Shell) -> str:
    """An open red alert in the first town, of the water unit."""
    row = {
        "id": ALERT,
        "rule_id": "water_red",
        "rule_kind": "threshold",
        "target_kind": "device",
        "target_id": "water-1",
        "area_id": TOWNS[0],
        "level": 4,
        "state": AlertState.OPEN.value,
        "condition": "firing",
        "owner": "water",
        "opened_ms": NOW_MS,
        "last_ms": NOW_MS,
        "times": 1,
        "note": "",
        "simulated": True,
        "version": 1,
    }
    shell.store.write(lambda conn: conn.execute(insert(schema.alert).values(**row))).result(30)
    return ALERT


@pytest.fixture
def seats(shell: Shell, server: FastAPI, alert: str) -> Iterator[dict[str, TestClient]]:
    """One browser per person of one server."""
    people = {
        "wu": (Role.OPERATOR, CITY, None),
        "li": (Role.OPERATOR, CITY, None),
        "mayor": (Role.LEADER, CITY, None),
        "water": (Role.UNIT, CITY, "water"),
        "hotline": (Role.UNIT, CITY, "hotline"),
        "elsewhere": (Role.OPERATOR, TOWNS[1], None),
    }
    tokens = {
        name: add_session(shell, add_account(shell, name, role, area_id, unit))
        for name, (role, area_id, unit) in people.items()
    }
    with client(server) as living:
        found = {}
        for name, token in tokens.items():
            found[name] = client(server, token, "10.1.2.3")
            found[name].portal = living.portal
        yield found


def act(browser: TestClient, verb: str = "alert.acknowledge", **changes: Any) -> Any:
    return browser.post(f"/api/actions/{verb}", json={"target": ALERT, "version": 1, "note": "", **changes})


def test_an_alert_is_acknowledged_once_and_the_slower_is_told_who_won(
    shell: Shell, seats: dict[str, TestClient]
) -> None:
    done = act(seats["wu"])
    assert (done.status_code, done.json()) == (200, {"done": True})
    late = act(seats["li"])
    assert (late.status_code, late.json()["winner"], late.json()["state"]) == (409, "wu", "acknowledged")
    with shell.store.read() as conn:
        row = conn.execute(select(schema.alert)).one()
        assert (row.state, row.acknowledged_by, row.acknowledged_ms) == ("acknowledged", "wu", NOW_MS)
        deeds = conn.execute(select(schema.audit.c.actor, schema.audit.c.result, schema.audit.c.address)).all()
    assert [tuple(deed) for deed in deeds] == [("wu", "done", "10.1.2.3"), ("li", "conflict", "10.1.2.3")]


def test_who_saw_a_milder_level_is_told_to_look_again_and_of_nobody(shell: Shell, seats: dict[str, TestClient]) -> None:
    rise = {"alert_id": ALERT, "seq": 2, "at_ms": NOW_MS, "actor": "rule", "action": "escalate", "level": 4}
    states = {"from_state": "acknowledged", "to_state": "open"}
    shell.store.write(lambda conn: conn.execute(insert(schema.alert_event).values(**rise, **states))).result(30)
    shell.store.write(lambda conn: conn.execute(schema.alert.update().values(version=2))).result(30)
    late = act(seats["wu"], "alert.close")
    assert (late.status_code, late.json()["winner"], late.json()["state"]) == (409, "", "open")


def test_all_viewers_hear_of_it_at_once(seats: dict[str, TestClient]) -> None:
    with seats["li"].websocket_connect(SOCKET) as socket:
        socket.receive_json()
        assert act(seats["wu"]).status_code == 200
        assert socket.receive_json()["versions"] == {"alerts": 1}


@pytest.mark.parametrize("person", ["mayor", "hotline", "elsewhere"])
def test_who_may_not_is_refused_and_nothing_changes(shell: Shell, seats: dict[str, TestClient], person: str) -> None:
    assert act(seats[person]).status_code == 403
    with shell.store.read() as conn:
        assert conn.scalar(select(schema.alert.c.state)) == "open"
        assert conn.scalars(select(schema.audit.c.result)).all() == ["forbidden"]


def test_unit_staff_acknowledge_their_own_and_do_not_close(seats: dict[str, TestClient]) -> None:
    assert act(seats["water"], "alert.close").status_code == 403
    assert act(seats["water"]).status_code == 200


def test_what_is_not_there_is_not_found(seats: dict[str, TestClient]) -> None:
    assert act(seats["wu"], target="nothing").status_code == 404
    assert act(seats["wu"], "alert.explode").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"target": ""},
        {"target": "x" * 65},
        {"target": 1},
        {"version": "1"},
        {"version": -1},
        {"version": 1.5},
        {"version": 2**31},
        {"note": "x" * 513},
        {"note": None},
        {"more": 1},
    ],
)
def test_a_malformed_request_is_refused_with_words(seats: dict[str, TestClient], changes: dict[str, Any]) -> None:
    answer = act(seats["wu"], **changes)
    assert (answer.status_code, answer.json()["error"]) == (422, "malformed")
    assert answer.json()["text"] == "内容不合要求"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"null", b"\xff", b'{"target": NaN}', b"[" * 10_000, b'"' + b"x" * 1000]
)
def test_what_is_no_json_is_refused(seats: dict[str, TestClient], body: bytes) -> None:
    assert seats["wu"].post("/api/actions/alert.close", content=body).status_code == 422
