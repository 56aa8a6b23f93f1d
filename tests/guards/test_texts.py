"""Every text that code asks for is in the catalogues, and every text there is asked for. Seen without running: keys are
looked for as they stand in Python, scripts and templates, with their holes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from brain.model.alert import AlertState
from brain.model.query.answer import EXCLUSIONS, FORMULAS
from brain.model.reason import Reason
from dashboard.texts import load_texts
from tests.guards.source import ROOT, files, name, tree

CATALOGUE = load_texts(ROOT / "dashboard" / "text").by_language["zh"]
SECTIONS = frozenset(key.split(".")[0] for key in CATALOGUE)
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
NOT_KEYS = {"bus.js", "devices.html", "waiting.html", "device_files.html"}
HOLE = "\0"
SOURCES = files("dashboard", "panels")
SCRIPTS = sorted((ROOT / "assets").glob("bus*.js")) + sorted((ROOT / "assets" / "bus").glob("*.js"))
TEMPLATES = sorted((ROOT / "dashboard" / "web" / "templates").glob("*.html"))
# Keys put together from parts which stand in different places.
COMPOSED = (
    *(f"reason.{reason}" for reason in Reason),
    *(f"kit.state.{state}" for state in AlertState),
    *FORMULAS,
    *EXCLUSIONS,
    *(f"feed.{path.stem}" for path in files("feeds") if path.parent.name == "feeds"),
    *(f"{path.stem}.{part}" for path in files("panels") for part in ("title", "sub", "unit", "empty")),
)


def asked_in_python(path: Path) -> Iterator[tuple[int, str]]:
    """(line, key with HOLE where code fills something in) of all text that may be a key."""
    nodes = list(ast.walk(tree(path)))
    inside = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else HOLE for part in node.values]
            yield node.lineno, "".join(str(part) for part in parts)


def asked_in_script(path: Path) -> Iterator[tuple[int, str]]:
    """bus.js says `bus.` for itself."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for said in re.findall(r"\bsay\((?:\"([^\"]+)\"|`([^`]+)`)", line):
            yield number, "bus." + re.sub(r"\$\{[^}]*\}", HOLE, said[0] or said[1])


def asked_in_template(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for key, more in re.findall(r"\btr\(\"([^\"]+)\"( ~)?", line):
            yield number, key + (HOLE if more else "")


def found(key: str) -> set[str]:
    """The keys of the catalogue that an asked one may mean. One that others continue is their beginning."""
    pattern = re.compile(re.escape(key).replace(re.escape(HOLE), r"[\w.]+"))
    return {known for known in CATALOGUE if pattern.fullmatch(known)} or {
        known for known in CATALOGUE if HOLE not in key and known.startswith(f"{key}.")
    }


def is_key(text: str) -> bool:
    filled = text.replace(HOLE, "x")
    return KEY.fullmatch(filled) is not None and text.split(".")[0] in SECTIONS and text not in NOT_KEYS


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_key_in_python_is_in_the_catalogues(path: Path) -> None:
    lost = [(line, text) for line, text in asked_in_python(path) if is_key(text) and not found(text)]
    assert lost == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_every_key_in_a_script_is_in_the_catalogues(path: Path) -> None:
    assert [(line, text) for line, text in asked_in_script(path) if not found(text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_key_in_a_template_is_in_the_catalogues(path: Path) -> None:
    assert [(line, text) for line, text in asked_in_template(path) if not found(text)] == []


def test_the_keys_put_together_from_parts_are_there() -> None:
    assert [key for key in COMPOSED if key not in CATALOGUE] == []


def test_no_text_is_left_that_nobody_says() -> None:
    brain = files("brain")  # some answers name the text that says what they mean
    asked = {text for path in (*SOURCES, *brain) for _, text in asked_in_python(path) if is_key(text)}
    asked |= {text for path in SCRIPTS for _, text in asked_in_script(path)}
    asked |= {text for path in TEMPLATES for _, text in asked_in_template(path)}
    page = (ROOT / "dashboard" / "web" / "screens.py").read_text(encoding="utf-8")
    asked |= {f"index.{mark}" for mark in re.findall(r"@(\w+)@", page)}
    said = {key for text in asked for key in found(text)} | set(COMPOSED)
    assert sorted(set(CATALOGUE) - said) == []
