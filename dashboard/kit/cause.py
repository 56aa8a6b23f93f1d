"""Why a source is in trouble, and what one that is well has to say: a sentence of the catalogue.

The source's own words, which may name hosts and files, are for those who run the system, and never for a wall."""

import re
from typing import Any

from brain.model.query.answer import SourceState
from brain.model.reason import Why
from brain.model.scope import Role
from dashboard.kit.escape import plain
from dashboard.kit.weave import weave
from dashboard.panel import Screen, View

RUNS_IT = (Role.ADMINISTRATOR, Role.OPERATOR)
_CAUSE = re.compile(r"cause\.([a-z]+) ?(.*)", re.DOTALL)
_NOTE = re.compile(r"note\.([a-z]+)((?: [a-z]+=\d{1,18})*)(?:: (.*))?", re.DOTALL)
_HOLES = {
    "history": ("done", "days"),
    "unwatched": (),
    "drops": ("n",),
    "conventions": ("unread", "retained", "gaps"),
    "cut": ("n",),
    "file": (),
    "unread": ("n",),
}


def cause_said(source: SourceState, view: View) -> list[Any]:
    """[] where the source gave no cause."""
    match = _CAUSE.fullmatch(source.cause)
    if source.cause.startswith("note."):
        return []
    known = match is not None and match[1] in {why.value for why in Why}
    said = [view.tr(f"kit.cause.{match[1]}")] if match and known else []
    own = match[2] if match else source.cause
    return _with_own_words(said, own, view)


def note_said(source: SourceState, view: View) -> list[Any]:
    """[] where it has nothing to say, or nothing the catalogue knows."""
    match = _NOTE.fullmatch(source.cause)
    if match is None:
        return []
    holes = dict(pair.split("=") for pair in match[2].split())
    known = _HOLES.get(match[1])
    if known is None or set(known) != set(holes):
        return []
    return _with_own_words([view.tr(f"kit.note.{match[1]}", **holes)], match[3] or "", view)


def is_history(source: SourceState) -> bool:
    """Whether it tells how much of its past it has brought."""
    return source.cause.startswith("note.history ")


def _with_own_words(said: list[Any], own: str, view: View) -> list[Any]:
    if not own or view.screen is Screen.LARGE or view.scope.role not in RUNS_IT:
        return said
    words = weave(view.tr, "kit.cause.own", words=plain(own))
    return [*said, " · ", *words] if said else words
