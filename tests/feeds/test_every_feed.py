"""Guards that find new feeds by themselves: each has recorded payloads, good and broken, and survives the broken ones.

A feed's test file `tests/feeds/test_<slug>.py` offers `replay(path, desk) -> items`: what the feed makes of one
recorded file in `tests/data/feeds/<slug>/good` or `broken`.
"""

import importlib
from pathlib import Path
from typing import Any

import pytest

from brain.feed import FeedError, Rejected
from brain.runtime.discover import discover
from tests.feeds.desk import Desk

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "data" / "feeds"
MAKE_THEIR_OWN = {"demo_city"}  # take nothing from outside
SLUGS = sorted(discover(ROOT / "feeds", "feeds"))


def recorded(kind: str) -> list[Any]:
    return [
        pytest.param(slug, path, id=f"{slug}/{path.name}")
        for slug in SLUGS
        for path in sorted((RECORDED / slug / kind).glob("*"))
    ]


def replay(slug: str, path: Path) -> list[Any]:
    module = importlib.import_module(f"tests.feeds.test_{slug}")
    return list(module.replay(path, Desk()))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_feed_has_tests_and_recorded_payloads(slug: str) -> None:
    assert (ROOT / "tests" / "feeds" / f"test_{slug}.py").is_file(), "a feed needs a test file of its name"
    if slug in MAKE_THEIR_OWN:
        return
    for kind in ("good", "broken"):
        folder = RECORDED / slug / kind
        assert any(folder.glob("*")), f"record payloads in {folder.relative_to(ROOT)}"


@pytest.mark.parametrize(("slug", "path"), recorded("good"))
def test_good_payloads_are_taken(slug: str, path: Path) -> None:
    items = replay(slug, path)
    assert items
    assert [item for item in items if isinstance(item, Rejected)] == []


@pytest.mark.parametrize(("slug", "path"), recorded("broken"))
def test_broken_payloads_are_refused_with_a_reason_and_never_break_the_feed(slug: str, path: Path) -> None:
    try:
        items = replay(slug, path)
    except FeedError as error:
        told = [str(error)]
    else:
        told = [item.detail for item in items if isinstance(item, Rejected)]
    assert told
    assert all(len(detail) > 10 for detail in told)
