import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from brain.runtime.discover import FeedContractErrors, discover

GOOD = """
from brain.feed import FeedSettings
MODE = "pull"
INPUT = "tickets"
class Settings(FeedSettings): pass
def run(settings, ctx): pass
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that can be imported and is forgotten afterwards."""
    made = tmp_path / "some_feeds"
    made.mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    yield made
    for name in [name for name in sys.modules if name.split(".")[0] == "some_feeds"]:
        del sys.modules[name]


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)


def test_every_file_is_a_feed_by_its_name_but_those_with_an_underscore(folder: Path) -> None:
    write(folder, one=GOOD, two=GOOD.replace("pull", "subscribe"), _helper="raise RuntimeError")
    found = discover(folder, "some_feeds")
    assert list(found) == ["one", "two"]
    assert found["two"].MODE == "subscribe"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1", "MODE must be one of pull, subscribe, push, found None"),
        (GOOD.replace('"pull"', '"poll"'), "MODE must be one of"),
        (GOOD.replace("tickets", "words"), "INPUT must be one of readings, tickets, indicators"),
        (GOOD.replace("(FeedSettings)", ""), "Settings must be a subclass of brain.feed.FeedSettings"),
        (GOOD.replace("FeedSettings): pass", "FeedSettings):\n    url: str = ''"), "Settings.url needs a description"),
        (GOOD.replace("def run", "def go"), "MODE 'pull' needs a function run"),
        (GOOD.replace("settings, ctx", "settings"), "run must take 2 arguments"),
        (GOOD.replace("pull", "push"), "MODE 'push' needs a function accept"),
        (GOOD.replace("pull", "push"), "Settings must be a subclass of brain.feed.PushSettings"),
        ("import nothing_of_the_kind", "cannot be imported: ModuleNotFoundError"),
        ("def", "cannot be imported: SyntaxError"),
    ],
)
def test_a_broken_contract_is_told_with_the_file(folder: Path, text: str, words: str) -> None:
    write(folder, fine=GOOD, wrong=text)
    with pytest.raises(FeedContractErrors) as told:
        discover(folder, "some_feeds")
    assert any(line.startswith("some_feeds/wrong.py: ") and words in line for line in told.value.problems)
    assert not any("fine.py" in line for line in told.value.problems)


def test_all_faults_are_told_at_once(folder: Path) -> None:
    write(folder, a="x = 1", b="y = 1")
    with pytest.raises(FeedContractErrors) as told:
        discover(folder, "some_feeds")
    assert len(told.value.problems) == 6


def test_our_own_feeds_keep_the_contract() -> None:
    found = discover(Path(__file__).parents[3] / "feeds", "feeds")
    assert "iot_mqtt" in found
