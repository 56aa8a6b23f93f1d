"""Tickets counted: today and by day."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from brain.model.query.answer import Query


class Compare(StrEnum):
    """Which day a day is compared with. The same weekday is the same kind of day, make-up working days apart."""

    WEEK = "week"  # the same weekday last week
    YESTERDAY = "yesterday"
    YEAR = "year"  # the same date last year; of 29 February the 28th
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TicketsToday(Query):
    """Answered with DayOfTickets; None when the city never had a ticket."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets",)
    compare: Compare = Compare.WEEK


@dataclass(frozen=True, slots=True)
class DayOfTickets:
    """Hours are of the city's zone; `by_hour[h]` counts tickets created in hour h, None for hours still to come and
    for those before the city's first ticket.

    `usual` is (low, high) per hour over the same weekday of up to four weeks, None with fewer than two such days.
    Days on which the city had not begun to deliver tickets, and the one on which it began, are no days of comparison.
    `before_*` are of the day compared with, None where there is none; `same_kind` False: one of the two days is
    a working day and the other is not.
    """

    total: int
    by_hour: tuple[int | None, ...]
    before_by_hour: tuple[int, ...] | None
    before_same_time: int | None  # its count up to the same time of day
    usual: tuple[tuple[float, float] | None, ...]
    closed_today: int
    open_now: int
    day_ms: int  # start of today
    before_day_ms: int | None = None
    same_kind: bool = True


@dataclass(frozen=True, slots=True)
class TicketTrend(Query):
    """Today and the days before it. Answered with Trend; None when the city never had a ticket."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets",)
    days: int = 14
    compare: Compare = Compare.NONE


@dataclass(frozen=True, slots=True)
class TrendDay:
    """`whole` False: today, or the first day of the data."""

    day_ms: int
    received: int
    closed: int
    workday: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """`days`, oldest first, begin with the first day of the city's data: days before it are absent, not 0.

    The tickets received in the span fall into due_n + not_yet_due_n + no_deadline_n + excluded_n; the share closed in
    time is on_time_n / due_n. `before`: received on the day that each of `days` is compared with, of today's up to the
    same time; None for days before the data, empty without comparison.
    """

    days: tuple[TrendDay, ...]
    open_now: int
    overdue_now: int  # of open_now
    due_n: int  # had a deadline and reached it, or were closed before
    on_time_n: int  # of due_n, closed in time
    not_yet_due_n: int  # open, deadline to come
    no_deadline_n: int = 0
    excluded_n: int = 0  # closed before created: cannot be judged
    before: tuple[int | None, ...] = ()
