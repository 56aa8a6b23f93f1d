"""Moments on the screen. Ages and countdowns are spans that the browser keeps going on the city clock; the text put in
here is what they say until then."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dash import html

from dashboard.kit.attributes import data
from dashboard.panel import View

_HOUR_S, _DAY_S = 3600, 86400


def local(ms: int, view: View) -> datetime:
    """The moment in the city's zone."""
    return datetime.fromtimestamp(ms / 1000, ZoneInfo(view.city.tz))


def clock_text(ms: int, view: View, seconds: bool = False) -> str:
    """14:20 or 14:20:02, the city's time."""
    return local(ms, view).strftime("%H:%M:%S" if seconds else "%H:%M")


def day_text(day: date, view: View) -> str:
    """7 月 14 日, 14 Jul."""
    month = view.tr("kit.months").split(",")[day.month - 1]
    return view.tr("kit.date", month=month, day=str(day.day))


def weekday_text(ms: int, view: View) -> str:
    return view.tr("kit.weekdays").split(",")[local(ms, view).weekday()]


def moment_text(ms: int, view: View, seconds: bool = False) -> str:
    """The clock alone today, with the day in front otherwise."""
    day = local(ms, view).date()
    clock = clock_text(ms, view, seconds)
    return clock if day == local(view.now_ms, view).date() else f"{day_text(day, view)} {clock}"


def span_text(seconds: float) -> str:
    """A length of time as hh:mm:ss; hours go on counting beyond a day."""
    whole = max(0, int(seconds))
    return f"{whole // _HOUR_S:02d}:{whole % _HOUR_S // 60:02d}:{whole % 60:02d}"


def length_text(seconds: float, view: View) -> str:
    """A length of time in words, two units at most: 2 天 3 小时, 5 分 47 秒."""
    whole = max(0, int(seconds))
    for size, big, part, small in ((_DAY_S, "day", _HOUR_S, "hour"), (_HOUR_S, "hour", 60, "minute")):
        if whole >= size:
            rest = whole % size // part
            head = view.tr(f"kit.length.{big}", n=str(whole // size))
            return f"{head} {view.tr(f'kit.length.{small}', n=str(rest))}" if rest else head
    if whole >= 60 and whole % 60:
        return f"{view.tr('kit.length.minute', n=str(whole // 60))} {view.tr('kit.length.second', n=str(whole % 60))}"
    return (
        view.tr("kit.length.minute", n=str(whole // 60)) if whole >= 60 else view.tr("kit.length.second", n=str(whole))
    )


def age(ms: int, view: View) -> html.Span:
    """12 秒前: how long ago `ms` was."""
    return html.Span(moment_text(ms, view), className="age", **data(at=ms))


def since(ms: int, view: View) -> html.Span:
    """hh:mm:ss counting up from `ms`."""
    return html.Span(span_text((view.now_ms - ms) / 1000), className="since", **data(since=ms))


def due(ms: int, view: View) -> html.Span:
    """hh:mm:ss counting down to `ms`."""
    return html.Span(span_text(abs(ms - view.now_ms) / 1000), className="due", **data(due=ms))
