"""The limits that rules set to what devices measure."""

from brain.model.alert import Level, RuleKind
from brain.model.facts import Facts


def limits_of(facts: Facts, metric: str, kind: str) -> tuple[tuple[Level, float], ...]:
    """(level, value) of the rules that watch a metric on devices of a kind, gravest first."""
    found = {
        (rule.level, rule.raise_at)
        for rule in facts.rules.values()
        if rule.kind is RuleKind.THRESHOLD
        and rule.metric == metric
        and rule.device_kind in (None, kind)
        and rule.raise_at is not None
    }
    return tuple(sorted(found, key=lambda limit: (-limit[0], limit[1])))
