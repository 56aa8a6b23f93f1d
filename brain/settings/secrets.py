"""`${NAME}` and `${file:PATH}` in config values: secrets stay out of config.yaml."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brain.settings.lines import Document
from brain.settings.problem import Problem

_HOLE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def fill(document: Document, environment: Mapping[str, str], folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """The document's data with every `${...}` filled, and a problem for each that cannot be.
    Paths begin at `folder`."""
    problems: list[Problem] = []

    def walk(node: Any, path: tuple[str | int, ...]) -> Any:
        if isinstance(node, dict):
            return {key: walk(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value, (*path, i)) for i, value in enumerate(node)]
        if not isinstance(node, str) or "${" not in node:
            return node
        return _HOLE.sub(lambda hole: resolve(hole[1], path), node)

    def resolve(name: str, path: tuple[str | int, ...]) -> str:
        def no(message: str, hint: str) -> str:
            key = ".".join(str(step) for step in path)
            problems.append(Problem(document.file, document.line_of(path), key, message, hint))
            return ""

        if name.startswith("file:"):
            try:
                return (folder / name.removeprefix("file:")).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                return no(f"cannot read the file of ${{{name}}}", "check that it exists and this user may read it")
        if not _NAME.fullmatch(name):
            return no(f"${{{name}}} is not a placeholder", "write ${NAME} in capitals, or ${file:PATH}")
        if name not in environment:
            return no(f"the environment has no {name}", f"export {name} before the start")
        return environment[name]

    return walk(document.data, ()), problems
