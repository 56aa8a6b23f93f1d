"""The span or moment a figure speaks of, as published: "2021H1", "as of 2021-06", "launch..2021-06", "2022 batch 1".

The published text is kept word for word; bounds that the text does not give stay None.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class PeriodKind(StrEnum):
    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    DAY = "day"
    RANGE = "range"  # from..to; an end may be an event ("launch") whose date is unknown
    SINCE = "since"  # began then, goes on
    BATCH = "batch"  # the nth round of a year
    AS_OF = "as_of"  # a state at a moment
    BY = "by"  # to be reached by
    PLANNED = "planned"  # planned then, no date promised
    SUGGESTED = "suggested"  # proposed then, not decided
    UNDER_WAY = "under_way"  # in progress then
    EVENT = "event"  # before or after something undated


@dataclass(frozen=True, slots=True)
class Period:
    """Epoch ms in the city's zone. A span is [start_ms, end_ms); `as_of_ms` is the end of the published day, month or
    year (the latest moment the words can mean). None: not said."""

    kind: PeriodKind
    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    as_of_ms: int | None = None

    @property
    def latest_ms(self) -> int | None:
        """For sorting: the newest moment the period is known to touch."""
        return next((ms for ms in (self.as_of_ms, self.end_ms, self.start_ms) if ms is not None), None)


class BadPeriod(ValueError):
    """The text is in none of the known forms; the message says which are."""


_FORMS = (
    "2021, 2021H1, 2021Q2, 2021-06, 2021-06-30, 2021-01..2021-06, launch..2021-06, as of 2021-06, by 2021-12, "
    "since 2021-12, from 2022-03, planned from 2020-10, suggested 2022-02, under way 2022, 2022 batch 1, before <event>"
)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?|H([12])|Q([1-4]))?")
_BATCH = re.compile(r"(\d{4}) batch (\d{1,2})")
_EVENT = re.compile(r"(?:before|after) \S.*")
_PREFIXES: tuple[tuple[str, PeriodKind], ...] = (
    ("as of ", PeriodKind.AS_OF),
    ("by ", PeriodKind.BY),
    ("since ", PeriodKind.SINCE),
    ("from ", PeriodKind.SINCE),
    ("planned from ", PeriodKind.PLANNED),
    ("suggested ", PeriodKind.SUGGESTED),
    ("under way ", PeriodKind.UNDER_WAY),
)
_STARTS = (PeriodKind.SINCE, PeriodKind.PLANNED)
MAX_TEXT = 64


def parse_period(text: str, tz: str) -> Period:
    """Read a published period; `tz` is the city's zone. Raises BadPeriod."""
    words = text.strip()
    if not words or len(words) > MAX_TEXT:
        raise BadPeriod(f"period {words[:MAX_TEXT]!r} must be 1 to {MAX_TEXT} characters; known forms: {_FORMS}")
    zone = ZoneInfo(tz)
    try:
        return _parse(words, lambda day: _midnight_ms(day, zone))
    except ValueError as error:  # not a form, or a date that does not exist
        raise BadPeriod(f"period {words!r}: {error}; known forms: {_FORMS}") from error


def _parse(words: str, ms: Callable[[date], int]) -> Period:
    if batch := _BATCH.fullmatch(words):
        start, end, _ = _calendar_span(batch[1])
        return Period(PeriodKind.BATCH, words, ms(start), ms(end))
    if ".." in words:
        first, last = (part.strip() for part in words.split("..", 1))
        if not first or not last:
            raise ValueError("one side of .. is missing")
        start_span, end_span = _bound(first), _bound(last)
        if start_span and end_span and end_span[1] <= start_span[0]:
            raise ValueError("it ends before it begins")
        return Period(
            PeriodKind.RANGE,
            words,
            ms(start_span[0]) if start_span else None,
            ms(end_span[1]) if end_span else None,
        )
    for prefix, kind in _PREFIXES:
        if words.startswith(prefix):
            start, end, _ = _calendar_span(words.removeprefix(prefix))
            if kind in _STARTS:
                return Period(kind, words, start_ms=ms(start))
            if kind is PeriodKind.BY:
                return Period(kind, words, end_ms=ms(end))
            return Period(kind, words, as_of_ms=ms(end))
    if _EVENT.fullmatch(words):
        return Period(PeriodKind.EVENT, words)
    start, end, kind = _calendar_span(words)
    return Period(kind, words, ms(start), ms(end))


def _bound(words: str) -> tuple[date, date] | None:
    """First day and day after the last of one side of a range; None for an event such as "launch"."""
    if words[0].isdigit():
        start, end, _ = _calendar_span(words)
        return start, end
    return None


def _calendar_span(words: str) -> tuple[date, date, PeriodKind]:
    """First day, day after the last, and the unit. Raises ValueError."""
    match = _DATE.fullmatch(words.strip())
    if not match:
        raise ValueError(f"{words!r} is not a date")
    year = int(match[1])
    month, day, half, quarter = (int(part) if part else None for part in match.groups()[1:])
    if day and month:
        first = date(year, month, day)
        return first, first + timedelta(days=1), PeriodKind.DAY
    if month:
        return date(year, month, 1), _months_on(year, month, 1), PeriodKind.MONTH
    if half:
        return date(year, 6 * half - 5, 1), _months_on(year, 6 * half - 5, 6), PeriodKind.HALF
    if quarter:
        return date(year, 3 * quarter - 2, 1), _months_on(year, 3 * quarter - 2, 3), PeriodKind.QUARTER
    return date(year, 1, 1), date(year + 1, 1, 1), PeriodKind.YEAR


def _months_on(year: int, month: int, months: int) -> date:
    years, index = divmod(month - 1 + months, 12)
    return date(year + years, index + 1, 1)


def _midnight_ms(day: date, zone: ZoneInfo) -> int:
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)
