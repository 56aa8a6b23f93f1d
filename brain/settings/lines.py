"""YAML with the line of every key, so that a mistake can be shown where it was written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from brain.settings.problem import Problem, SettingsError

MOST_BYTES = 1_000_000
_TWICE = re.compile(r'found duplicate key "(.*?)"', re.DOTALL)


@dataclass(frozen=True)
class Document:
    """`data`: plain dicts, lists and scalars. `line_of(path)` is 1-based; the nearest known parent's when unknown."""

    file: str
    data: dict[str, Any]
    tree: CommentedMap

    def line_of(self, path: Sequence[str | int]) -> int | None:
        node: Any = self.tree
        line: int | None = 1
        for step in path:
            try:
                if isinstance(node, CommentedMap):
                    line = node.lc.key(step)[0] + 1
                elif isinstance(node, CommentedSeq) and isinstance(step, int):
                    line = node.lc.item(step)[0] + 1
                else:
                    return line
                node = node[step]
            except (KeyError, IndexError, TypeError):
                return line
        return line


def read_document(file: str, text: bytes) -> Document:
    """Parse `text`. Raises SettingsError naming the line when it is not UTF-8, not YAML or not a mapping."""
    if len(text) > MOST_BYTES:
        raise SettingsError([Problem(file, None, "", f"larger than {MOST_BYTES} bytes", "a settings file is small")])
    try:
        source = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise SettingsError([Problem(file, line, "", "not UTF-8", "save the file as UTF-8")]) from None
    try:
        tree = YAML(typ="rt").load(source)
    except DuplicateKeyError as error:
        raise SettingsError([_stands_twice(file, error)]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line_no = None if mark is None else mark.line + 1
        hint = "indent with spaces" if "'\\t'" in str(error.problem) else "check indents and quotes"
        raise SettingsError([Problem(file, line_no, "", str(error.problem), hint)]) from None
    except (YAMLError, RecursionError):
        raise SettingsError([Problem(file, None, "", "cannot be read as YAML", "check indents and quotes")]) from None
    if not isinstance(tree, CommentedMap):
        raise SettingsError([Problem(file, 1, "", "not a mapping", "the file must hold keys, as config.yaml does")])
    return Document(file, _plain(tree), tree)


def _stands_twice(file: str, error: DuplicateKeyError) -> Problem:
    """The second of the two, which is where somebody pasted; ruamel names the key in the midst of its sentence."""
    named = _TWICE.search(str(error.problem))
    key = named[1] if named else "a key"
    hint = "keep one of them; a feed may run twice as <feed>:<label>"
    return Problem(file, error.problem_mark.line + 1, "", f"{key} stands twice", hint)


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):  # ruamel's scalars subclass these to keep their spelling
        if isinstance(node, kind):
            return kind(node)
    return node
