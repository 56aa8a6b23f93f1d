"""Texts of feed settings that must name something there is: a character set, a time zone."""

import codecs
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator


def _known_encoding(encoding: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise ValueError(f"no character set is called {encoding} | for example utf-8 or gb18030") from error
    return encoding


def _known_zone(zone: str) -> str:
    try:
        return zone and ZoneInfo(zone).key
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"no time zone is called {zone} | for example Asia/Shanghai") from error


Encoding = Annotated[str, AfterValidator(_known_encoding)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
"""May be empty: then it is the city's."""
