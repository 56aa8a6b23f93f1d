"""Drops of a broker: which are new, and what is raised."""

import pytest

from brain.model.alert import Condition, Level, Rule, RuleKind, TargetKind
from brain.model.drops import judge_drops, newly_dropped

RULE = Rule("drops", RuleKind.DROPS, "丢弃", "Drops", Level.ORANGE, quiet_for_s=600)


@pytest.mark.parametrize(
    ("before", "total", "fresh"), [(None, 7, 0), (0, 7, 7), (7, 7, 0), (7, 9, 2), (7, 3, 3), (7, 0, 0)]
)
def test_new_is_what_was_dropped_since_it_was_looked_at_last(before: int | None, total: int, fresh: int) -> None:
    assert newly_dropped(before, total) == fresh


def test_new_drops_raise_an_alert_on_the_feed_and_none_raise_nothing() -> None:
    other = Rule("other", RuleKind.EVENT, "", "", Level.RED, event_kind="smoke")
    rules = {rule.id: rule for rule in (RULE, other)}
    (signal,) = judge_drops(rules, "iot_mqtt", "02", 5, 1000, simulated=False)
    assert (signal.raise_alert, signal.target_kind, signal.value, signal.area_id) == (True, TargetKind.FEED, 5.0, "02")
    assert (signal.state.target_id, signal.state.condition) == ("iot_mqtt", Condition.FIRING)
    assert judge_drops(rules, "iot_mqtt", "02", 0, 1000, simulated=False) == []
