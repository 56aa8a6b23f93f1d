"""Turns pydantic's findings into problems with line, key path and a hint in plain words."""

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from brain.settings.lines import Document
from brain.settings.problem import Problem

_HINTS = {
    "missing": "add the key; config.yaml shows its form",
    "int_parsing": "write a whole number",
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "float_parsing": "write a number",
    "float_type": "write a number",
    "finite_number": "write a number",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "string_type": "write text; put numbers in quotes",
    "dict_type": "write keys below it, indented",
    "model_type": "write keys below it, indented",
    "model_attributes_type": "write keys below it, indented",
    "list_type": "write a list, each entry after a dash",
    "tuple_type": "write a list, each entry after a dash",
}


def problems_of(
    error: ValidationError, document: Document, model: type[BaseModel], prefix: Sequence[str | int] = ()
) -> list[Problem]:
    """One problem per finding of `error` over the part of `document` under `prefix`."""
    found = []
    for finding in error.errors(include_url=False):
        path = [*prefix, *(_step(step) for step in finding["loc"])]
        kind, message = finding["type"], finding["msg"]
        hint = _HINTS.get(kind, "")
        if kind == "extra_forbidden":
            message, hint = "unknown key", _nearest(str(path[-1]), _fields_at(model, finding["loc"][:-1]))
        elif kind == "value_error":
            message = message.removeprefix("Value error, ")
            message, _, hint = message.partition(" | ")
        elif kind == "missing":
            message = "missing"
        key = ".".join(str(step) for step in path)
        found.append(Problem(document.file, document.line_of(path), key, message, hint))
    return found


def _step(step: Any) -> str | int:
    return step if isinstance(step, int) else str(step)


def _fields_at(model: type[BaseModel], loc: Sequence[Any]) -> list[str]:
    """Names allowed where an unknown key stood, following plain nested models only."""
    current: Any = model
    for step in loc:
        field = current.model_fields.get(step) if isinstance(current, type) and issubclass(current, BaseModel) else None
        current = field.annotation if field is not None else current
    if isinstance(current, type) and issubclass(current, BaseModel):
        return list(current.model_fields)
    return []


def _nearest(word: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(word, allowed, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"allowed here: {', '.join(allowed)}" if allowed else "remove it"
