"""Times as devices and tables write them, to epoch milliseconds UTC."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from math import isfinite

_EXCEL_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's days have no zone; 1900 counts as a leap year there
_UNPADDED = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]\s*(\d{1,2})\s*[:：时点]\s*(\d{1,2})\s*分?(?:\s*[:：]?\s*(\d{1,2})(?:[.,](\d{1,9}))?\s*秒?)?)?"
)
_LOW_MS, _HIGH_MS = 0, 4_102_444_800_000  # 1970 to 2100: outside it is no time of a city


class BadTime(ValueError):
    """The message gives the class of what was found and what was expected, never the value itself."""


class TimeForm(StrEnum):
    """How a device writes time. AUTO tells seconds from milliseconds by size and reads ISO text."""

    AUTO = "auto"
    SECONDS = "s"
    MILLISECONDS = "ms"
    ISO = "iso"


def device_time(value: object, form: TimeForm, zone: tzinfo) -> int:
    """A device's timestamp. `zone` is for ISO text without one. Raises BadTime."""
    if isinstance(value, str) and form in (TimeForm.AUTO, TimeForm.ISO):
        if form is TimeForm.ISO or not _is_plain_number(value):
            return _iso(value, zone)
        return _epoch(float(value), form)
    if isinstance(value, str) and _is_plain_number(value):
        return _epoch(float(value), form)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or form is TimeForm.ISO:
        raise BadTime(f"the time is not in the declared form {form.value!r}")
    return _epoch(float(value), form)


def _is_plain_number(text: str) -> bool:
    return len(text) <= 24 and text.isascii() and text.replace(".", "", 1).isdigit()


def _epoch(number: float, form: TimeForm) -> int:
    if not isfinite(number):
        raise BadTime("the time is not a finite number")
    # Until the year 5138 seconds stay below 1e11, which as milliseconds is March 1973.
    milliseconds = form is TimeForm.MILLISECONDS or (form is TimeForm.AUTO and abs(number) >= 1e11)
    return _in_range(number if milliseconds else number * 1000)


def _iso(text: str, zone: tzinfo) -> int:
    if len(text) > 40:
        raise BadTime("the time is not ISO 8601 text")
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadTime("the time is not ISO 8601 text") from error
    return _ms(at, zone)


def table_time(value: object, forms: tuple[str, ...], zone: tzinfo) -> int | None:
    """A cell of a table: text in ISO form, unpadded (2019/1/7 3:05), Chinese (2019年1月7日 3时5分) or one of `forms`
    (strptime), an Excel date, or an Excel serial day number. None for an empty cell. Raises BadTime."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, datetime):
        return _ms(value, zone)
    if isinstance(value, bool):
        raise BadTime("true or false where a time belongs")
    if isinstance(value, (int, float)):
        return _serial_day(float(value), zone)
    if isinstance(value, str):
        return _text_time(value.strip(), forms, zone)
    raise BadTime(f"{type(value).__name__} where a time belongs")


def _serial_day(days: float, zone: tzinfo) -> int:
    """Excel's count of days; only what falls in 1970..2100 is taken for one."""
    if not isfinite(days) or not 25_569 <= days < 73_051:
        raise BadTime("a number that is not an Excel day where a time belongs")
    # Rounded to the second: the fraction of a day in binary is a few microseconds off.
    return _ms(_EXCEL_DAY_0 + timedelta(seconds=round(days * 86_400)), zone)


def _text_time(text: str, forms: tuple[str, ...], zone: tzinfo) -> int:
    if len(text) > 64:
        raise BadTime(f"a text of {len(text)} characters where a time belongs")
    for form in forms:
        try:
            return _ms(datetime.strptime(text, form), zone)  # noqa: DTZ007 - the zone is the table's
        except ValueError:
            continue
    if match := _UNPADDED.fullmatch(text):
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        micro = int((match[7] or "0").ljust(6, "0")[:6])
        try:
            return _ms(datetime(year, month, day, hour, minute, second, micro, zone), zone)
        except ValueError as error:
            raise BadTime("a date that does not exist") from error
    try:
        return _ms(datetime.fromisoformat(text), zone)
    except ValueError as error:
        known = ", ".join(forms) or "ISO 8601, 2019/1/7 3:05, 2019年1月7日"
        raise BadTime(f"a text of {len(text)} characters is no time in the known forms ({known})") from error


def _ms(at: datetime, zone: tzinfo) -> int:
    try:
        placed = at if at.tzinfo is not None else at.replace(tzinfo=zone)
        return _in_range((placed - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    except OverflowError as error:
        raise BadTime("a date outside 1970 to 2100") from error


def _in_range(ms: float) -> int:
    if not _LOW_MS <= ms < _HIGH_MS:
        raise BadTime("a date outside 1970 to 2100")
    return round(ms)
