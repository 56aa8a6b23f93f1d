"""The words of a published period: 2021H1 -> 2021 上半年, "as of 2021-06" -> 截至 2021-06. What has no words stays as
it was published."""

import re

from brain.model.period import Period, PeriodKind
from dashboard.kit.escape import plain
from dashboard.panel import Translate

_SPAN = re.compile(r"(\d{4})(?:H([12])|Q([1-4]))?")
_BATCH = re.compile(r"(\d{4}) batch (\d{1,2})")
_PREFIXED = {
    PeriodKind.AS_OF: ("as of ",),
    PeriodKind.BY: ("by ",),
    PeriodKind.SINCE: ("since ", "from "),
    PeriodKind.PLANNED: ("planned from ",),
    PeriodKind.SUGGESTED: ("suggested ",),
    PeriodKind.UNDER_WAY: ("under way ",),
}


def period_text(period: Period, tr: Translate) -> str:
    words = period.text.strip()
    if period.kind is PeriodKind.RANGE and ".." in words:
        first, last = words.split("..", 1)
        return tr("kit.period.range", start=_side(first, tr), end=_side(last, tr))
    batch = _BATCH.fullmatch(words)
    if period.kind is PeriodKind.BATCH and batch:
        return tr("kit.period.batch", year=batch[1], n=batch[2])
    for prefix in _PREFIXED.get(period.kind, ()):
        if words.startswith(prefix):
            return tr(f"kit.period.{period.kind.value}", span=_span(words.removeprefix(prefix), tr))
    return _span(words, tr)


def _side(words: str, tr: Translate) -> str:
    return tr("kit.period.launch") if words.strip() == "launch" else _span(words, tr)


def _span(words: str, tr: Translate) -> str:
    match = _SPAN.fullmatch(words.strip())
    if not match:
        return plain(words)
    year, half, quarter = match.groups()
    if half:
        return tr(f"kit.period.half{half}", year=year)
    if quarter:
        return tr(f"kit.period.quarter{quarter}", year=year)
    return tr("kit.period.year", year=year)
