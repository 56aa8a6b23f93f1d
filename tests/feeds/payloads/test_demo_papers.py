"""The simulated warnings and rosters lie where their feeds look for them."""

from pathlib import Path

from feeds.payloads.demo_duty import roster_file
from feeds.payloads.demo_papers import EVERY_MS, Papers
from feeds.payloads.demo_warnings import warning_files
from tests.small_city import small_city

TZ = "Asia/Shanghai"
NOW_MS = 1_772_161_380_000
DAY_MS = 86_400_000


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_they_are_those_of_the_moment_and_one_that_says_the_same_stays(tmp_path: Path):
    tree = small_city().tree
    papers = Papers(tmp_path, tree, 7, TZ)
    for now_ms in (NOW_MS, NOW_MS + DAY_MS):
        papers.write(now_ms)
        assert names(tmp_path / "warnings") == {name for name, _ in warning_files(now_ms, 7, tree)}
        name, body = roster_file(now_ms, 7, TZ)
        assert names(tmp_path / "duty") == {name}
        assert (tmp_path / "duty" / name).read_bytes() == body
    written = (tmp_path / "duty" / name).stat()
    papers.write(NOW_MS + DAY_MS + EVERY_MS)
    assert (tmp_path / "duty" / name).stat().st_ino == written.st_ino


def test_it_looks_once_a_minute(tmp_path: Path):
    papers = Papers(tmp_path, small_city().tree, 7, TZ)
    papers.write(NOW_MS)
    for path in (tmp_path / "duty").iterdir():
        path.unlink()
    papers.write(NOW_MS + EVERY_MS - 1)
    assert names(tmp_path / "duty") == set()
    papers.write(NOW_MS + EVERY_MS)
    assert len(names(tmp_path / "duty")) == 1
