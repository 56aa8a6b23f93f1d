"""Which of its five faces a panel wears: decided from its answers alone, so that no panel shows old or missing data
as if it were fresh."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from brain.model.query.answer import Answer, Query, SourceState
from dashboard.panel import Face, Panel, View

# Gravest first: what of several troubles is said. `starting` and `well` are no trouble.
TROUBLES = ("refused", "broken", "lost", "held", "stopped")


def needs_of(panel: Panel, view: View) -> Mapping[str, Query]:
    return panel.needs(view.options, view.params) if callable(panel.needs) else panel.needs


def trouble(answers: Iterable[Answer[Any]]) -> SourceState | None:
    """The gravest of the sources that are in trouble; None while all are well."""
    found = [s for answer in answers for s in answer.sources if s.status in TROUBLES]
    return min(found, key=lambda s: (TROUBLES.index(s.status), s.since_ms), default=None)


def stale_from_ms(answers: Iterable[Answer[Any]]) -> int | None:
    """When the first of the answers goes stale (city time); None: never. Bytes built before then are wrong after it."""
    moments = []
    for answer in answers:
        if answer.as_of_ms is not None and answer.stale_after_s is not None:
            moments.append(answer.as_of_ms + round(answer.stale_after_s * 1000))
        moments += [ms for ms, _ in _old_from(answer)]
    return min(moments, default=None)


def old_source(answers: Iterable[Answer[Any]], now_ms: int) -> SourceState | None:
    """Of several feeds behind a count the one that has been silent for too long, longest first: what it would have
    brought is missing, however fresh the others are. None: they are all old together, or none is."""
    found = []
    for answer in answers:
        old = [(ms, source) for ms, source in _old_from(answer) if ms < now_ms]
        found += old if len(old) < len(answer.sources) else []
    return min(found, key=lambda each: (each[0], each[1].feed), default=(0, None))[1]


def _old_from(answer: Answer[Any]) -> list[tuple[int, SourceState]]:
    """From when on each source of a count is old."""
    if not answer.counts_all:
        return []
    return [(source.old_from_ms, source) for source in answer.sources if source.old_from_ms is not None]


def changes_from_ms(answers: Iterable[Answer[Any]]) -> int | None:
    """When the first of the answers says something else by time alone (city time): a warning ends, a shift begins."""
    return min((answer.changes_ms for answer in answers if answer.changes_ms is not None), default=None)


def choose_face(panel: Panel, view: View) -> Face:
    """LOADING until every need is answered; FAILED where a value is missing (or nothing is in it) and a source is in
    trouble; then STALE by age, then EMPTY, else NORMAL."""
    needs = needs_of(panel, view)
    answers = [view.answers[name] for name in needs if name in view.answers]
    if len(answers) < len(needs):
        return Face.LOADING
    missing = [answer for answer in answers if answer.value is None]
    if missing:
        if trouble(missing):
            return Face.FAILED
        starting = any(s.status == "starting" for answer in missing for s in answer.sources)
        return Face.LOADING if starting else Face.EMPTY
    stale_ms = stale_from_ms(answers)
    if stale_ms is not None and view.now_ms > stale_ms:
        return Face.STALE
    if panel.is_empty(view):
        return Face.FAILED if trouble(answers) else Face.EMPTY
    return Face.NORMAL


def faced(panel: Panel, view: View) -> View:
    """The view with the face that its answers call for."""
    return replace(view, face=choose_face(panel, view))
