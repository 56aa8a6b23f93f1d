"""Who may see and do what: a role on a node of the area tree, inherited downwards. Enforced in brain/store."""

from dataclasses import dataclass
from enum import StrEnum

from brain.model.area import AreaTree


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    LEADER = "leader"
    UNIT = "unit"
    WALL = "wall"


class Action(StrEnum):
    VIEW = "view"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    ALERT_CLOSE = "alert.close"
    CASE_READ = "case.read"  # masked text of single tickets
    CASE_PRIVATE = "case.private"  # the encrypted part
    ACCOUNTS = "accounts"
    WALLS = "walls"
    AUDIT_READ = "audit.read"
    DEADLETTER_READ = "deadletter.read"
    DEVICE_EDIT = "device.edit"  # what a device is, all its states, admission, import
    DEVICE_MAINTENANCE = "device.maintenance"  # into maintenance and back into service


_ALLOWED: dict[Role, frozenset[Action]] = {
    Role.ADMINISTRATOR: frozenset(Action),
    Role.OPERATOR: frozenset(
        {
            Action.VIEW,
            Action.ALERT_ACKNOWLEDGE,
            Action.ALERT_CLOSE,
            Action.CASE_READ,
            Action.DEADLETTER_READ,
            Action.DEVICE_MAINTENANCE,
        }
    ),
    Role.LEADER: frozenset({Action.VIEW, Action.CASE_READ}),
    Role.UNIT: frozenset({Action.VIEW, Action.ALERT_ACKNOWLEDGE, Action.CASE_READ}),
    Role.WALL: frozenset({Action.VIEW}),
}


class Forbidden(Exception):
    """The scope does not allow the action or does not hold the area. The message names both."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one visitor may see and do: `area_id` and everything below it, with `role`; `unit` narrows unit staff."""

    actor: str
    role: Role
    area_id: str
    unit: str | None = None

    def can(self, action: Action) -> bool:
        return action in _ALLOWED[self.role]

    def require(self, action: Action) -> None:
        """Raise Forbidden unless the role allows `action`."""
        if not self.can(action):
            raise Forbidden(f"role {self.role} may not {action}")

    def holds(self, tree: AreaTree, area_id: str) -> bool:
        """Whether `area_id` is this scope's area or lies below it."""
        return tree.contains(self.area_id, area_id)

    def require_area(self, tree: AreaTree, area_id: str) -> None:
        """Raise Forbidden unless the scope holds `area_id`."""
        if not self.holds(tree, area_id):
            raise Forbidden(f"area {area_id} is outside the scope {self.area_id}")
