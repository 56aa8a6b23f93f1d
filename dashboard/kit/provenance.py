"""Where each number of a panel comes from (来源与口径): how it is counted, from what, without what, as of when."""

from collections.abc import Iterator, Mapping
from typing import Any

from dash import html

from brain.model.query.answer import Answer, Provenance
from dashboard.kit.escape import plain
from dashboard.kit.moment import local
from dashboard.kit.number import grouped
from dashboard.kit.place import source_title
from dashboard.kit.table import places
from dashboard.panel import View


def sources_of(view: View) -> list[str]:
    """The feeds and publications behind all answers, each once, in the order of the answers."""
    found = [
        *(source_title(source, view) for answer in view.answers.values() for source in answer.sources),
        *(text for answer in view.answers.values() for p in answer.provenance for text in _sources(p, answer, view)),
    ]
    return list(dict.fromkeys(found))


def as_of_ms(view: View) -> int | None:
    """The oldest of the answers' moments; None where none has one."""
    return min((a.as_of_ms for a in view.answers.values() if a.as_of_ms is not None), default=None)


def stamp(ms: int, view: View) -> str:
    """2021-07-14 14:26:08, the city's time."""
    return f"{local(ms, view):%Y-%m-%d %H:%M:%S}"


def provenance_block(view: View, names: Mapping[str, str]) -> html.Section:
    """One entry per number that the answers account for, named by `names`; those of one origin share theirs. Where none
    is accounted for, that the brain itself keeps them."""
    entries: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for answer in view.answers.values():
        for origin in answer.provenance:
            name = plain(names.get(origin.key, origin.key), 60)
            entries.setdefault(tuple(_said(origin, answer, view)), []).append(name)
    drawn: list[Any] = [_entry(called, said, view) for said, called in entries.items()]
    title = html.H3(view.tr("provenance.title"), className="section-title")
    body = html.Div(drawn, className="origins") if drawn else html.P(view.tr("provenance.kept"), className="note")
    return html.Section([title, body], className="provenance")


def _entry(called: list[str], said: tuple[tuple[str, str], ...], view: View) -> html.Div:
    pairs: list[Any] = []
    for key, text in said:
        pairs += [html.Dt(view.tr(f"provenance.{key}")), html.Dd(text)]
    name = html.H4(view.tr("kit.list_comma").join(called), className="origin-name")
    return html.Div([name, html.Dl(pairs, className="pairs")], className="origin")


def _said(origin: Provenance, answer: Answer[Any], view: View) -> Iterator[tuple[str, str]]:
    yield "formula", view.tr(origin.formula_key)
    if origin.numerator is not None and origin.denominator is not None:
        yield "share", f"{_count(origin.numerator)} / {_count(origin.denominator)}"
    elif origin.numerator is not None:
        yield "count", _count(origin.numerator)
    sources = list(dict.fromkeys(_sources(origin, answer, view)))
    yield "source", view.tr("kit.list_comma").join(sources) if sources else view.tr("provenance.own")
    if origin.excluded:
        said = (view.tr("provenance.left_out", what=view.tr(key), n=grouped(n)) for key, n in origin.excluded)
        yield "excluded", view.tr("kit.list_comma").join(said)
    if answer.as_of_ms is not None:
        yield "as_of", stamp(answer.as_of_ms, view)
    if origin.refreshed_ms is not None and origin.refreshed_ms != answer.as_of_ms:
        yield "received", stamp(origin.refreshed_ms, view)


def _sources(origin: Provenance, answer: Answer[Any], view: View) -> Iterator[str]:
    """Feeds by their title, publications as they are called."""
    titles = {source.feed: source_title(source, view) for source in answer.sources}
    yield from (titles.get(source) or plain(source, 80) for source in origin.sources if source)


def _count(number: float) -> str:
    return grouped(number, places(number))
