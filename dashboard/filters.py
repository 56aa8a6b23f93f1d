"""What the address of a page may choose for its panels: how many days, what a day is compared with, of a device which
metric and from when to when. The choices stay in the address, so that it can be bookmarked and sent to somebody."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from brain.model.query.tickets import Compare

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "days": ("1", "7", "30", "90"),
        "compare": tuple(compare.value for compare in Compare),
        "span": ("7", "30", "365"),
        "before": ("yes",),
    }
)
"""Name of the filter, which is the option of a panel that it replaces -> what may be chosen."""

_METRIC = re.compile(r"[A-Za-z0-9_.:-]{1,48}")
_DAY = re.compile(r"(19[7-9]|20\d)\d-\d\d-\d\d")


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_metric(text: str) -> bool:
    return _METRIC.fullmatch(text) is not None


OPEN: Mapping[str, Callable[[str], bool]] = MappingProxyType({"metric": _is_metric, "from": _is_day, "to": _is_day})
"""Name of a filter whose values cannot be listed -> whether a text is one."""

NAMES = (*CHOICES, *OPEN)
INSTEAD: Mapping[str, tuple[str, ...]] = MappingProxyType({"span": ("from", "to")})
"""A choice -> filters that it takes the place of."""


class BadFilter(ValueError):
    """A filter with a value that cannot be chosen."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: may be {', '.join(CHOICES[name])}" if name in CHOICES else f"{name}: not one")
        self.name = name


def read_filters(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of an address; those left out or left empty are not chosen. Raises BadFilter."""
    chosen = {name: query[name] for name in NAMES if query.get(name)}
    for name, value in chosen.items():
        if value not in CHOICES[name] if name in CHOICES else not OPEN[name](value):
            raise BadFilter(name)
    if chosen.get("from", "") > chosen.get("to", "9"):
        raise BadFilter("to")
    return chosen
