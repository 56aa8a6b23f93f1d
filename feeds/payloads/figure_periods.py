"""Periods as tables of departments write them, in the forms of published periods: 2021年12月 -> 2021-12,
2021年二季度 -> 2021Q2, 2021年1—6月 -> 2021-01..2021-06, 截至2021年6月底 -> as of 2021-06."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Literal

from brain.model.period import BadPeriod, Period, parse_period
from feeds.payloads.figure_cells import half_width

DatesMean = Literal["day", "month", "year"]

_QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
_DATE_FORMS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
_TO = "(?:-|\u2014|\u2013|~|至|到)"
_AS_OF = re.compile(r"(?:(?:截至|截止到?|至)(.+?)(?:末|底|止)?|(.+?)(?:末|底))")
_Form = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
_SPANS: tuple[_Form, ...] = (
    (re.compile(r"(\d{4})年?(?:度|全年)?"), lambda m: m[1]),
    (re.compile(r"(\d{4})年?(上|下)半年"), lambda m: f"{m[1]}H{1 if m[2] == '上' else 2}"),
    (re.compile(r"(\d{4})年?第?([一二三四1-4])季度?"), lambda m: f"{m[1]}Q{_QUARTERS.get(m[2], m[2])}"),
    (re.compile(r"(\d{4})年?[Qq]([1-4])"), lambda m: f"{m[1]}Q{m[2]}"),
    (re.compile(r"(\d{4})年?前三季度"), lambda m: f"{m[1]}-01..{m[1]}-09"),
    (re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月份?)?"), lambda m: f"{m[1]}-{m[2]:0>2}"),
    (re.compile(r"(\d{4})(0[1-9]|1[0-2])"), lambda m: f"{m[1]}-{m[2]}"),
    (re.compile(rf"(\d{{4}})年(\d{{1,2}})月?{_TO}(\d{{1,2}})月份?"), lambda m: f"{m[1]}-{m[2]:0>2}..{m[1]}-{m[3]:0>2}"),
    (re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?"), lambda m: f"{m[1]}-{m[2]:0>2}-{m[3]:0>2}"),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), lambda m: f"{m[1]}-{m[2]}-{m[3]}"),
)


def shown_date(cell: object, dates_mean: DatesMean) -> object:
    """A true date as its day, month or year; anything else as it is."""
    return cell.strftime(_DATE_FORMS[dates_mean]) if isinstance(cell, datetime | date) else cell


def table_period(cell: object, tz: str, dates_mean: DatesMean) -> Period:
    """`dates_mean`: how much of a true date of Excel counts, whose day is often only a formality. Raises BadPeriod."""
    cell = shown_date(cell, dates_mean)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | str):
        raise BadPeriod("is no period; write it like 2021-06, 2021年6月 or 2021年二季度")
    text = str(cell).strip()
    return parse_period(_published(half_width(text)) or text, tz)


def _published(text: str) -> str | None:
    for form, made in _SPANS:
        if found := form.fullmatch(text):
            return made(found)
    moment = _AS_OF.fullmatch(text)
    span = _published(moment[1] or moment[2]) if moment else None
    return f"as of {span}" if span and ".." not in span else None
