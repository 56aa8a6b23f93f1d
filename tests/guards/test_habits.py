"""Habits that a test can hold: no global callback, no private paths, no outside hosts, one lock per promise."""

import ast
import re
import subprocess

import pytest

from tests.guards.source import ROOMS, ROOT, files, name, tree

PATHS = files(*ROOMS) + files()


@pytest.mark.parametrize("path", files("dashboard", "panels"), ids=name)
def test_no_global_callback(path):
    """In Dash 4.4 a module-level callback goes to the first app of the process only."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module == "dash":
            taken = {alias.name for alias in node.names} & {"callback", "register_page"}
            assert not taken, f"{name(path)}:{node.lineno} imports {taken}: use the app's own"


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_nothing_changes_at_module_level(path):
    """A module-level list, dict or set display that is not a constant by name would be shared by everything."""
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Dict | ast.Set):
            for target in node.targets:
                constant = isinstance(target, ast.Name) and target.id.lstrip("_").isupper()
                assert constant, f"{name(path)}:{node.lineno} has state at module level"


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_time_is_asked_of_a_clock(path):
    """City time comes from the injected clock; only the clock itself and real-time housekeeping read the machine's."""
    if name(path) == "brain/model/clock.py":
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = ast.unparse(node.func)
            assert asked not in ("datetime.now", "datetime.utcnow", "datetime.today", "date.today"), (
                f"{name(path)}:{node.lineno} asks {asked}; take a Clock"
            )
            assert asked != "time.sleep", f"{name(path)}:{node.lineno} sleeps; wait on an event"


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [line for line in listing.stdout.splitlines() if (ROOT / line).is_file()]


TEXT = (".py", ".js", ".css", ".md", ".yaml", ".yml", ".toml", ".txt", ".sh", ".html", ".jinja")
PRIVATE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/")
OUTSIDE = re.compile(r"https?://(?:cdn|unpkg|fonts\.g|basemaps|registry|pypi|files\.pythonhosted)|jsdelivr|plot\.ly")


def test_no_path_of_a_machine_and_no_outside_host():
    for path in tracked():
        if not path.endswith(TEXT) or path.startswith(("assets/vendor/", "tests/guards/")):
            continue
        text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
        assert not PRIVATE_PATH.search(text), f"{path} names a path of one machine"
        if path.endswith((".py", ".js", ".css", ".html", ".jinja")):
            assert not OUTSIDE.search(text), f"{path} names an outside host: {OUTSIDE.search(text)}"
