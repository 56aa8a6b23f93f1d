"""A scope holds its area and what lies below, and allows what its role may do."""

import pytest

from brain.model.scope import Action, Forbidden, Role, Scope
from tests.small_city import CITY, small_tree

TREE = small_tree()


@pytest.mark.parametrize(
    ("area_id", "held"),
    [("02001", True), ("0200102", True), (CITY, False), ("02002", False), ("0200201", False), ("nowhere", False)],
)
def test_a_scope_holds_its_area_and_below(area_id: str, held: bool) -> None:
    scope = Scope("li", Role.OPERATOR, "02001")
    assert scope.holds(TREE, area_id) is held
    if held:
        scope.require_area(TREE, area_id)
    else:
        with pytest.raises(Forbidden, match=f"area {area_id} is outside the scope 02001"):
            scope.require_area(TREE, area_id)


def test_a_scope_on_an_area_the_city_no_longer_has_holds_nothing() -> None:
    assert not any(Scope("li", Role.ADMINISTRATOR, "gone").holds(TREE, area.id) for area in TREE)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.ADMINISTRATOR, set(Action)),
        (
            Role.OPERATOR,
            {
                Action.VIEW,
                Action.ALERT_ACKNOWLEDGE,
                Action.ALERT_CLOSE,
                Action.CASE_READ,
                Action.DEADLETTER_READ,
                Action.DEVICE_MAINTENANCE,
            },
        ),
        (Role.LEADER, {Action.VIEW, Action.CASE_READ}),
        (Role.UNIT, {Action.VIEW, Action.ALERT_ACKNOWLEDGE, Action.CASE_READ}),
        (Role.WALL, {Action.VIEW}),
    ],
)
def test_what_roles_may_do(role: Role, allowed: set[Action]) -> None:
    scope = Scope("li", role, CITY)
    assert {action for action in Action if scope.can(action)} == allowed
    for action in set(Action) - allowed:
        with pytest.raises(Forbidden, match=f"role {role} may not {action}"):
            scope.require(action)
