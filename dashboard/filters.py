"""What the address of a page may choose for its panels: how many days, and what a day is compared with. The
choices stay in the address, so that it can be bookmarked and sent to somebody."""

from collections.abc import Mapping
from types import MappingProxyType

from brain.model.query.tickets import Compare

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"days": ("1", "7", "30", "90"), "compare": tuple(compare.value for compare in Compare)}
)
"""Name of the filter, which is the option of a panel that it replaces -> what may be chosen."""


class BadFilter(ValueError):
    """A filter with a value that cannot be chosen."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: may be {', '.join(CHOICES[name])}")
        self.name = name


def read_filters(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of an address; those left out or left empty are not chosen. Raises BadFilter."""
    chosen = {name: query[name] for name in CHOICES if query.get(name)}
    for name, value in chosen.items():
        if value not in CHOICES[name]:
            raise BadFilter(name)
    return chosen
