"""What feeds name in their settings and the city must know: metrics, states of tickets."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from brain.feed import NameOf, Of

KeyPath = tuple[str | int, ...]


def names_in(settings: BaseModel) -> Iterator[tuple[KeyPath, Of, str]]:
    """(key path, what it is a name of, the name) of all that `settings` and the models within it mark with `NameOf`."""
    for name, field in type(settings).model_fields.items():
        path, value = (field.alias or name,), getattr(settings, name)
        marks = [*_marks(field.metadata), *_marks_within(field.annotation)]
        for step, part in _parts(value):
            if isinstance(part, BaseModel):
                yield from (((*path, *step, *more), what, said) for more, what, said in names_in(part))
            elif isinstance(part, str):
                yield from (((*path, *step), what, part) for what in marks)


def _marks(notes: Iterable[Any]) -> Iterator[Of]:
    return (note.what for note in notes if isinstance(note, NameOf))


def _marks_within(annotation: Any) -> Iterator[Of]:
    yield from _marks(getattr(annotation, "__metadata__", ()))
    for part in get_args(annotation):
        yield from _marks_within(part)


def _parts(value: Any) -> Iterable[tuple[KeyPath, Any]]:
    if isinstance(value, Mapping):
        return [((str(key),), part) for key, part in value.items()]
    if isinstance(value, tuple | list):
        return [((place,), part) for place, part in enumerate(value)]
    return [((), value)]
