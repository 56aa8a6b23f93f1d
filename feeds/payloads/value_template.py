"""Value templates as announcements carry them: `{{ value_json.temperature | round(1) }}`.

They are Jinja, and anybody who may publish may write one. So they are parsed by Jinja and never run: of the parsed
template only what follows is understood, and what it costs is bounded by its length. Names `value` and `value_json`,
attributes and items, numbers and texts, + - * /, `if else` between values, comparisons, and the filters float, int,
round, default, is_defined, abs, lower, upper.
"""

import operator
from collections.abc import Callable, Mapping
from math import isfinite
from types import MappingProxyType
from typing import Any

import orjson
from jinja2 import Environment, TemplateSyntaxError, nodes

LONGEST = 1000
Template = Callable[[bytes], object]
"""From a payload to a value; None where it holds none."""

_MATH: Mapping[type[nodes.Node], Callable[[Any, Any], Any]] = MappingProxyType(
    {nodes.Add: operator.add, nodes.Sub: operator.sub, nodes.Mul: operator.mul, nodes.Div: operator.truediv}
)
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "gt": operator.gt,
        "gteq": operator.ge,
        "lt": operator.lt,
        "lteq": operator.le,
    }
)


class NotUnderstood(ValueError):
    """The template asks for more than is read here; the message says what."""


def compile_template(text: str) -> Template:
    """Raises NotUnderstood."""
    if not text:
        return _whole
    if len(text) > LONGEST:
        raise NotUnderstood(f"a template of {len(text)} characters")
    try:
        body = Environment(autoescape=False).parse(text).body  # noqa: S701 - parsed, never rendered
    except (TemplateSyntaxError, RecursionError) as error:
        raise NotUnderstood("a template that is not Jinja") from error
    parts = [part for node in body for part in (node.nodes if isinstance(node, nodes.Output) else [node])]
    said = [part for part in parts if not (isinstance(part, nodes.TemplateData) and not part.data.strip())]
    if len(said) != 1 or isinstance(said[0], nodes.TemplateData):
        raise NotUnderstood("a template that is more than one {{ expression }}")
    expression = said[0]
    _check(expression, 0)

    def read(payload: bytes) -> object:
        try:
            return _value(expression, _names(payload))
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return None

    return read


def _whole(payload: bytes) -> object:
    return payload.decode("utf-8", "replace").strip()


def _names(payload: bytes) -> dict[str, object]:
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        document = None
    return {"value": _whole(payload), "value_json": document}


def _check(node: nodes.Node, depth: int) -> None:
    if depth > 30:
        raise NotUnderstood("a template nested too deep")
    known = isinstance(node, (nodes.Getattr, nodes.Getitem, nodes.Const, nodes.CondExpr, nodes.Compare, nodes.Neg))
    if isinstance(node, nodes.Name):
        known = node.name in ("value", "value_json")
    if isinstance(node, nodes.Filter):
        known = node.name in _FILTERS and node.node is not None and not node.kwargs
    if isinstance(node, nodes.Operand):
        known = node.op in _COMPARED
    if not (known or type(node) in _MATH):
        raise NotUnderstood(f"{type(node).__name__} in a template")
    for inner in node.iter_child_nodes():
        _check(inner, depth + 1)


def _value(node: nodes.Node, names: dict[str, object]) -> Any:
    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, nodes.Name):
        return names[node.name]
    if isinstance(node, nodes.Getattr):
        return _item(_value(node.node, names), node.attr)
    if isinstance(node, nodes.Getitem):
        return _item(_value(node.node, names), _value(node.arg, names))
    if isinstance(node, nodes.CondExpr):
        chosen = node.expr1 if _value(node.test, names) else node.expr2
        return None if chosen is None else _value(chosen, names)
    if isinstance(node, nodes.Compare):
        left = _value(node.expr, names)
        return all(_COMPARED[part.op](left, _value(part.expr, names)) for part in node.ops)
    if isinstance(node, nodes.Neg):
        return -_number(_value(node.node, names))
    if isinstance(node, nodes.BinExpr):
        return _MATH[type(node)](_number(_value(node.left, names)), _number(_value(node.right, names)))
    if isinstance(node, nodes.Filter) and node.node is not None:
        return _FILTERS[node.name](_value(node.node, names), *(_value(part, names) for part in node.args))
    raise LookupError(type(node).__name__)


def _item(holder: object, key: object) -> object:
    """None where there is none: templates ask for what is not in every message."""
    if isinstance(holder, dict):
        return holder.get(key)
    if isinstance(holder, list) and isinstance(key, int) and -len(holder) <= key < len(holder):
        return holder[key]
    return None


def _number(value: object) -> float:
    if isinstance(value, (int, float, str)) and len(str(value)[:65]) <= 64:
        number = float(value)
        if isfinite(number):
            return number
    raise ValueError("no number")


def _float(value: object, default: object = None) -> object:
    try:
        return _number(value)
    except ValueError:
        return default


def _int(value: object, default: object = None) -> object:
    number = _float(value)
    return int(number) if isinstance(number, float) else default


def _round(value: object, digits: object = 0) -> float:
    return round(_number(value), max(-9, min(9, int(_number(digits)))))


_FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "float": _float,
        "int": _int,
        "round": _round,
        "abs": lambda value: abs(_number(value)),
        "default": lambda value, default="", _always=False: default if value is None else value,
        "d": lambda value, default="", _always=False: default if value is None else value,
        "is_defined": lambda value: value,
        "lower": lambda value: str(value).lower(),
        "upper": lambda value: str(value).upper(),
    }
)
