"""What the panels of devices claim."""

from dataclasses import replace

import pytest

from brain.model.query.devices import KindOnline, OnlineNow
from dashboard.panel import Screen
from tests.panels.shown import by_class, show, text_of, view_of, with_value


@pytest.mark.parametrize("name", ["device_online", "video_points"])
def test_a_share_that_is_not_whole_is_not_rounded_to_100(name: str):
    need = "now"
    view = view_of(name, Screen.LARGE)
    shown: OnlineNow = view.value(need)
    for away, said in ((1, "99.9"), (0, "100.0")):
        kind = KindOnline("camera", "摄像机", "Camera", 39_999 + (1 - away), 0, away, 0)
        drawn = show(with_value(view, need, replace(shown, kinds=(kind,), away=())))
        assert text_of(by_class(drawn, "figure-value")[0]) == said


def test_the_kinds_with_most_missing_are_shown_where_there_is_no_room_for_all():
    view = view_of("device_online", Screen.LARGE)
    kinds = tuple(KindOnline(f"k{n}", f"类{n}", f"k{n}", 100 - n, 0, n, 0) for n in range(9))
    drawn = show(with_value(view, "now", OnlineNow(kinds, ())))
    names = [text_of(row.children[0]) for row in by_class(drawn, "meter-row")]
    assert names == ["类8", "类7", "类6", "类5", "类4"]


@pytest.mark.parametrize("name", ["device_online", "video_points", "extranet_cloud"])
def test_english_screens_show_no_chinese_names_of_devices(name: str):
    drawn = show(view_of(name, Screen.MEDIUM, "en"))
    said = [text_of(row) for row in by_class(drawn, "away-what")]
    assert said
    assert not [text for text in said if any("\u3400" <= letter <= "\u9fff" for letter in text)]
