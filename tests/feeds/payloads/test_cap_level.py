"""The colour of a warning, from what issuers write."""

import pytest

from brain.model.alert import Level
from feeds.payloads.cap_level import level_of


@pytest.mark.parametrize(
    ("codes", "said", "severity", "level"),
    [
        ([("颜色", "红色")], [], "Minor", Level.RED),
        ([("awareness_level", "3; orange; Severe")], [], "Minor", Level.ORANGE),
        ([("HSAS", "ORANGE")], [], "", Level.ORANGE),
        ([("预警级别", "蓝")], [], "", Level.BLUE),
        ([("place", "Yellow River"), ("river", "the blue one")], [], "Minor", Level.BLUE),
        ([("place", "Yellow River")], [], "Unknown", None),
        ([], ["市气象台发布暴雨黄色预警信号"], "Extreme", Level.YELLOW),
        ([], ["Rainstorm"], "Extreme", Level.RED),
        ([], ["红树林大风"], "Unknown", None),
    ],
)
def test_level(codes: list[tuple[str, str]], said: list[str], severity: str, level: Level | None) -> None:
    assert level_of(codes, said, severity) is level
