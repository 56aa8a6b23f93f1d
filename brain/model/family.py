"""Families of rules: the levels of one metric in one direction, of which a device has one open alert at a time."""

from collections.abc import Collection, Mapping
from itertools import groupby

from brain.model.alert import Condition, Rule, RuleKind, Signal

# Of what the rules of a family see, the first says what is told of their alert.
_GRAVEST = (Condition.FIRING, Condition.RECOVERING, Condition.PENDING, Condition.NO_DATA, Condition.NORMAL)
_HOLDING = (Condition.FIRING, Condition.RECOVERING)


def family_of(rule: Rule) -> str:
    """The name of a rule's family, which is its own where it has no kin. No rule is called like a family of several."""
    return f"{rule.metric} {rule.trip}" if rule.kind is RuleKind.THRESHOLD else rule.id


def families_of(rules: Mapping[str, Rule]) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, tuple[Rule, ...]] = {}
    for rule in rules.values():
        found[family_of(rule)] = (*found.get(family_of(rule), ()), rule)
    return found


def gravest_holding(rules: Mapping[str, Rule], seen: Mapping[str, Condition]) -> Rule | None:
    """Of the rules that fire, or are not clear for long enough. `seen`: rule id -> what it sees."""
    holding = (rules[rule_id] for rule_id, condition in seen.items() if condition in _HOLDING)
    return max(holding, key=lambda rule: rule.level, default=None)


def seen_by_all(conditions: Collection[Condition]) -> Condition:
    return min(conditions, key=_GRAVEST.index)


def moments_of(signals: Collection[Signal]) -> list[list[Signal]]:
    """What the rules of one family say of the same reading, together: each of them speaks once at a moment."""
    moments: list[list[Signal]] = []
    for _, some in groupby(signals, key=lambda signal: signal.at_ms):
        moment: list[Signal] = []
        for signal in some:
            if any(signal.state.rule_id == other.state.rule_id for other in moment):
                moments.append(moment)
                moment = []
            moment.append(signal)
        moments.append(moment)
    return moments
