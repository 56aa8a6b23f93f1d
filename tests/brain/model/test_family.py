"""Families of rules: which rules are levels of one another, and what they say together."""

from dataclasses import replace

import pytest

from brain.model.alert import Condition, RuleState, Signal, TargetKind, Trip
from brain.model.family import families_of, family_of, gravest_holding, moments_of, seen_by_all
from tests.small_city import small_city

RULES = small_city().rules
YELLOW, RED = RULES["water_yellow"], RULES["water_red"]


def said(rule_id: str, at_ms: int) -> Signal:
    return Signal(RuleState(rule_id, "w", Condition.FIRING, at_ms, at_ms), TargetKind.DEVICE, "", at_ms=at_ms)


def test_levels_of_one_metric_and_direction_are_kin() -> None:
    assert family_of(YELLOW) == family_of(RED)
    assert family_of(replace(RED, trip=Trip.BELOW)) != family_of(RED)
    assert family_of(replace(RED, metric="rain_mm")) != family_of(RED)
    assert [[rule.id for rule in kin] for kin in families_of(RULES).values() if len(kin) > 1] == [[YELLOW.id, RED.id]]


def test_other_rules_stand_for_themselves() -> None:
    others = [rule for rule in RULES.values() if rule.metric is None]
    assert [family_of(rule) for rule in others] == [rule.id for rule in others]


@pytest.mark.parametrize(
    ("yellow", "red", "gravest"),
    [("firing", "pending", "water_yellow"), ("firing", "recovering", "water_red"), ("no_data", "normal", None)],
)
def test_the_gravest_that_holds(yellow: str, red: str, gravest: str | None) -> None:
    found = gravest_holding(RULES, {YELLOW.id: Condition(yellow), RED.id: Condition(red)})
    assert (found.id if found else None) == gravest


def test_what_all_see_is_what_is_worst_of_it() -> None:
    assert seen_by_all([Condition.NORMAL, Condition.PENDING, Condition.RECOVERING]) is Condition.RECOVERING
    assert seen_by_all([Condition.NORMAL, Condition.NO_DATA]) is Condition.NO_DATA


def test_rules_speak_together_of_one_reading_and_each_once() -> None:
    line = [said("a", 1), said("b", 1), said("a", 2), said("a", 2), said("b", 2), said("a", 1)]
    told = [[(signal.state.rule_id, signal.at_ms) for signal in moment] for moment in moments_of(line)]
    assert told == [[("a", 1), ("b", 1)], [("a", 2)], [("a", 2), ("b", 2)], [("a", 1)]]
