"""What a browser asks a panel for, and whom it may be shared with."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from brain.model.scope import Scope
from dashboard.panel import Screen, Theme
from dashboard.web.pages import Placed


@dataclass(frozen=True)
class Asked:
    """One placed panel as one kind of viewer sees it. `hour` is the city's hour since 1970: what counts "today" changes
    with it although nothing was written."""

    cockpit_id: str
    placed: Placed
    screen: Screen
    theme: Theme
    lang: str
    area_id: str
    scope: Scope
    hour: int
    params: Mapping[str, str] = field(default_factory=dict)
    enlarge: str = ""  # address of the panel's own page; follows from the rest

    @property
    def subject(self) -> Hashable:
        """Equal for all who may share the bytes. The actor is not in it: no panel may show who is looking."""
        return (
            self.cockpit_id,
            self.placed.id,
            self.screen,
            self.theme,
            self.lang,
            self.area_id,
            (self.scope.role, self.scope.area_id, self.scope.unit),
            tuple(sorted(self.params.items())),
        )
