"""The simulated warnings are read by the feed of warnings like any others."""

from pathlib import Path

from brain.feed import Cursor
from brain.model.warning import WeatherWarning
from feeds.cap_warnings import Settings, run
from feeds.payloads.demo_warnings import LASTS_MS, SLOT_MS, warning_files
from tests.feeds.desk import NOW_MS, Desk


def test_the_feed_reads_what_is_made(tmp_path: Path) -> None:
    desk = Desk()
    tree, made = desk.facts.tree, 0
    for step in range(24):
        files = warning_files(NOW_MS + step * SLOT_MS // 2, 7, tree)
        assert files == warning_files(NOW_MS + step * SLOT_MS // 2, 7, tree)
        for name, body in files:
            made += not (tmp_path / name).exists()
            (tmp_path / name).write_bytes(body)
    run(Settings(files=tmp_path, simulated=True), desk.context("cap_warnings"))
    warnings = [item for item in desk.items if not isinstance(item, Cursor)]
    assert made == len(warnings) > 4
    for warning in warnings:
        assert isinstance(warning, WeatherWarning)
        assert "模拟" in warning.zh.headline
        assert "Simulated" in warning.en.headline
        assert warning.expires_ms - warning.effective_ms == LASTS_MS
        assert warning.level is not None
    assert len({warning.level for warning in warnings if isinstance(warning, WeatherWarning)}) > 1
