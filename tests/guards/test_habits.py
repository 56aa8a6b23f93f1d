"""Habits that a test can hold: no global callback, no private paths, no outside hosts, one lock per promise."""

import ast
import re
import subprocess
from pathlib import Path

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


GROWING = {"list", "dict", "set", "deque", "defaultdict", "Counter", "OrderedDict", "bytearray", "count", "Lock"}


def _is_state(value: ast.expr | None) -> bool:
    """Whether it may change later: a display, a comprehension or a call that makes something to be filled."""
    if isinstance(value, ast.Call):
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return called in GROWING
    return isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)


def module_state(module: ast.Module) -> list[int]:
    """Lines of a module that make state shared by everything. What is named a constant is none; but an empty one is
    there to be filled."""
    lines = []
    for node in module.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not _is_state(node.value):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        constant = all(isinstance(target, ast.Name) and target.id.lstrip("_").isupper() for target in targets)
        if not constant or not _holds_something(node.value):
            lines.append(node.lineno)
    return lines


def _holds_something(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return bool(value.args or value.keywords) and ast.unparse(value.func) in ("list", "dict", "set", "Counter")
    return bool(getattr(value, "elts", None) or getattr(value, "keys", None) or hasattr(value, "generators"))


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_nothing_changes_at_module_level(path):
    lines = module_state(tree(path))
    assert not lines, f"{name(path)}:{lines} has state at module level"


@pytest.mark.parametrize(
    "line",
    [
        "seen = []",
        "seen: dict[str, int] = {}",
        "SEEN: set[int] = set()",
        "_LAST = deque(maxlen=5)",
        "N = itertools.count()",
        "BY = collections.defaultdict(list)",
        "_CACHE = {}",
        "LOCK = threading.Lock()",
        "names = [n for n in 'ab']",
    ],
)
def test_state_is_seen_however_it_is_written(line):
    assert module_state(ast.parse(line)) == [1]


@pytest.mark.parametrize(
    "line", ["NAMES = ['a']", "WORDS: Mapping[str, int] = {'a': 1}", "ONES = {n: 1 for n in 'ab'}", "A = dict(a=1)"]
)
def test_a_constant_is_no_state(line):
    assert module_state(ast.parse(line)) == []


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_time_is_asked_of_a_clock(path):
    """City time comes from the injected clock, real time from a WallClock; only that reads the machine's."""
    if name(path) == "brain/model/clock.py":
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = ast.unparse(node.func)
            assert asked not in (
                *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
                *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "datetime.datetime.now"),
            ), f"{name(path)}:{node.lineno} asks {asked}; take a Clock"
            assert asked != "time.sleep", f"{name(path)}:{node.lineno} sleeps; wait on an event"


LONGEST = 40
# Longer ones from before this was held, with their lines. The list may only shrink, and so may they.
LONGER = {
    "brain/settings/city.py:load_city": 42,
    "dashboard/kit/focusmap.py:focus_map": 42,
    "dashboard/kit/mapmarks.py:pin_traces": 50,
    "dashboard/kit/trend.py:days_in_a_row": 53,
    "dashboard/web/factory.py:create_server": 51,
}


def long_functions(path: Path) -> dict[str, int]:
    """ "file:function" -> lines, decorators aside, of those over the measure."""
    found = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST:
                found[f"{name(path)}:{node.name}"] = lines
    return found


def test_no_function_is_longer_than_can_be_read_at_once():
    # Revisions list tables; they are never touched again.
    held = [path for path in PATHS if "/migrations/" not in name(path)]
    found = {key: lines for path in held for key, lines in long_functions(path).items()}
    assert {key: lines for key, lines in found.items() if lines > LONGER.get(key, 0)} == {}
    assert {key: lines for key, lines in LONGER.items() if lines != found.get(key)} == {}, (
        "shorter now: shrink the list"
    )


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
