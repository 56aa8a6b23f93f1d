"""Tickets counted: today and by day."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.query.answer import Query


@dataclass(frozen=True, slots=True)
class TicketsToday(Query):
    """Answered with DayOfTickets; None when the city never had a ticket."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets",)


@dataclass(frozen=True, slots=True)
class DayOfTickets:
    """Hours are of the city's zone; `by_hour[h]` counts tickets created in hour h, None for hours still to come.

    `usual` is (low, high) per hour over the same weekday of up to four weeks, None with fewer than two such days.
    Days on which the city had not begun to deliver tickets, and the one on which it began, are no days of comparison.
    """

    total: int
    by_hour: tuple[int | None, ...]
    before_by_hour: tuple[int, ...] | None  # same weekday last week, None when there is no such data
    before_same_time: int | None  # last week's count up to the same time of day
    usual: tuple[tuple[float, float] | None, ...]
    closed_today: int
    open_now: int
    day_ms: int  # start of today


@dataclass(frozen=True, slots=True)
class TicketTrend(Query):
    """Today and the days before it. Answered with Trend; None when the city never had a ticket."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets",)
    days: int = 14


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
    time is on_time_n / due_n.
    """

    days: tuple[TrendDay, ...]
    open_now: int
    overdue_now: int  # of open_now
    due_n: int  # had a deadline and reached it, or were closed before
    on_time_n: int  # of due_n, closed in time
    not_yet_due_n: int  # open, deadline to come
    no_deadline_n: int = 0
    excluded_n: int = 0  # closed before created: cannot be judged
