"""Whether a device still speaks: the same limits the silence rules use, so that map, readings and alerts agree."""

from sqlalchemy import ColumnElement, and_, case, or_
from sqlalchemy.sql.elements import SQLColumnExpression

from brain.model.alert import Rule, RuleKind
from brain.store.read.ask import Ask
from brain.store.schema import device

_FACTOR = 3.0  # without a rule: times the device's own interval

IN_SERVICE = device.c.state == "active"


def is_fresh(ask: Ask, at_ms: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Condition on a row of `device`: what it reported `at_ms` is not older than any of its silence rules allows."""
    rules = [rule for rule in ask.facts.rules.values() if rule.kind is RuleKind.SILENT]
    within = [
        _within(ask, at_ms, rule)
        if rule.device_kind is None
        else or_(device.c.kind != rule.device_kind, _within(ask, at_ms, rule))
        for rule in rules
    ]
    if all(rule.device_kind is not None for rule in rules):
        ruled = device.c.kind.in_(sorted({rule.device_kind for rule in rules if rule.device_kind}))
        within.append(or_(ruled, at_ms >= ask.now_ms - device.c.interval_s * (_FACTOR * 1000)))
    return and_(*within)


def _within(ask: Ask, at_ms: SQLColumnExpression[int], rule: Rule) -> ColumnElement[bool]:
    if rule.after_s is not None:
        return at_ms >= ask.now_ms - rule.after_s * 1000
    return at_ms >= ask.now_ms - device.c.interval_s * (rule.factor * 1000)


def device_state(ask: Ask) -> ColumnElement[str]:
    """ "fresh", "old" or "never" of a row of `device`, by anything it reported."""
    reported = device.c.last_reported_ms
    gone = device.c.offline_ms >= reported  # a device that said so is not waited for
    return case((reported.is_(None), "never"), (gone, "old"), (is_fresh(ask, reported), "fresh"), else_="old")
