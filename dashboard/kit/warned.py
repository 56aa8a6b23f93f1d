"""Weather warnings on the screen: the square of their colour, what they are about, and where."""

from collections.abc import Sequence

from dash import html

from brain.model.alert import Level
from brain.model.query.warnings import WarningRow
from brain.model.warning import Wording
from dashboard.kit.attributes import aria
from dashboard.kit.escape import plain
from dashboard.kit.level import level_square
from dashboard.kit.place import area_label
from dashboard.panel import View

_EVENT_CHARS = 40
_MOST_AREAS = 3


def warning_square(level: Level | None, view: View) -> html.Span:
    """Grey where the issuer gives neither colour nor severity."""
    if level is not None:
        return level_square(level, view)
    word = level_word(level, view)
    mark = view.tr("kit.warned.no_level_mark")
    return html.Span(mark, className="level l-none", title=word, role="img", **aria(label=word))


def level_word(level: Level | None, view: View) -> str:
    return view.tr("kit.warned.no_level") if level is None else view.tr(f"kit.level.{level.word}")


def wording_of(row: WarningRow, view: View) -> Wording:
    """In the view's language, else in the one there is."""
    first, other = (row.en, row.zh) if view.lang == "en" else (row.zh, row.en)
    return first if first.event or first.headline else other


def event_of(row: WarningRow, view: View) -> str:
    words = wording_of(row, view)
    return plain(words.event or words.headline, _EVENT_CHARS)


def areas_of(area_ids: Sequence[str], view: View) -> str:
    """Names of at most three areas and how many there are; 全市 for the whole city."""
    if view.city.areas.root.id in area_ids:
        return view.tr("kit.warned.whole")
    names = view.tr("kit.list_comma").join(area_label(area_id, view) for area_id in area_ids[:_MOST_AREAS])
    return names if len(area_ids) <= _MOST_AREAS else view.tr("kit.warned.areas", names=names, n=str(len(area_ids)))
