"""Puts components into a sentence of the catalogue, so that each language keeps its own word order."""

from typing import Any

from dashboard.panel import Translate

_FIRST_MARK = 0xF0000  # a private plane: no catalogue and no `plain` text holds these characters


def weave(tr: Translate, key: str, **holes: Any) -> list[Any]:
    """The text of `key` as children: text holes are filled in, component holes stand where their name stood."""
    marks = {chr(_FIRST_MARK + i): name for i, name in enumerate(n for n, v in holes.items() if not isinstance(v, str))}
    text = tr(key, **{n: v for n, v in holes.items() if isinstance(v, str)}, **{n: m for m, n in marks.items()})
    children: list[Any] = []
    run = ""
    for character in text:
        if character in marks:
            children += [run, holes[marks[character]]] if run else [holes[marks[character]]]
            run = ""
        else:
            run += character
    return [*children, run] if run else children
