"""What signals make of an alert: its row, what happened to it, and whether it is still the open one. Pure.

The rules of a family (brain/model/family.py) have one open alert of a target. A graver level raises it, and it is to be
taken up anew; a milder one that still holds brings it down only when somebody has taken it up: what nobody saw stays as
grave as it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from brain.model.alert import AlertState, Condition, Rule, RuleKind, Signal, Trip
from brain.model.facts import Facts
from brain.model.family import gravest_holding, moments_of, seen_by_all

ACTOR = "rule"  # who did it, where no person did
TAKEN_UP = (AlertState.ACKNOWLEDGED, AlertState.DISPATCHED, AlertState.HANDLING, AlertState.RESOLVED)


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """`row`: the alert's right after it."""

    at_ms: int
    action: str
    from_state: str
    value: float | None
    note: str
    row: Mapping[str, Any]


@dataclass(slots=True)
class FoldedAlert:
    """`row` has the columns of the table; `events` are to be appended after the `events_stored` ones."""

    row: dict[str, Any]
    stored: bool
    events_stored: int = 0
    events: list[AlertEvent] = field(default_factory=list)
    touched: bool = False

    @property
    def open(self) -> bool:
        return bool(self.row["state"] != AlertState.CLOSED)

    def happened(self, at_ms: int, action: str, before: str, value: float | None, note: str = "") -> None:
        """Note down what brought the row to what it is now, from the state `before`."""
        self.events.append(AlertEvent(at_ms, action, before, value, note, dict(self.row)))


def fold_signals(
    current: Sequence[FoldedAlert],
    signals: Sequence[Signal],
    facts: Facts,
    new_id: Callable[[], str],
    before: Mapping[str, Condition],
) -> list[FoldedAlert]:
    """The alerts of one family and target after `signals`, the newest last; only that one may be open. `before`: what
    the rules of the family saw when the first signal came, if anything.

    What no open alert is there for is passed over: an alert that a person closed while the rule still fires stays
    closed until the value has been clear, however briefly, and trips anew.
    """
    alerts = _made_one(current, signals[0].at_ms)
    seen = dict(before)
    for moment in moments_of(signals):
        held = gravest_holding(facts.rules, seen)
        seen |= {signal.state.rule_id: signal.state.condition for signal in moment}
        alert = alerts[-1] if alerts and alerts[-1].open else None
        raising = _gravest([signal for signal in moment if signal.raise_alert], facts)
        if alert is not None:
            alert.touched = True
            if raising is not None:
                _raised_again(alert, facts.rules[raising.state.rule_id], raising, held)
            _go_on(alert, moment, facts, seen)
        elif raising is not None:
            alerts.append(_raised(facts.rules[raising.state.rule_id], raising, facts, new_id()))
    return alerts


def _gravest(signals: Sequence[Signal], facts: Facts) -> Signal | None:
    return max(signals, key=lambda signal: facts.rules[signal.state.rule_id].level, default=None)


def _made_one(current: Sequence[FoldedAlert], at_ms: int) -> list[FoldedAlert]:
    """Several are open where rules became a family after they had raised them: the gravest stays, and comes last."""
    ordered = sorted(current, key=lambda alert: (alert.row["level"], -alert.row["opened_ms"], alert.row["id"]))
    for alert in ordered[:-1]:
        alert.touched = True
        _close(alert, at_ms, "absorb", alert.row["value"], ordered[-1].row["id"])
    return ordered


def _raised(rule: Rule, signal: Signal, facts: Facts, alert_id: str) -> FoldedAlert:
    unit = signal.owner if signal.owner in facts.units else ""
    row = {
        "id": alert_id,
        "rule_id": rule.id,
        "rule_kind": str(rule.kind),
        "target_kind": str(signal.target_kind),
        "target_id": signal.state.target_id,
        "area_id": signal.area_id,
        "level": int(rule.level),
        "state": str(AlertState.OPEN),
        "condition": str(Condition.FIRING),
        "owner": rule.owner or unit,
        "opened_ms": signal.at_ms,
        "last_ms": signal.at_ms,
        "times": 1,
        "value": signal.value,
        "peak": signal.value,
        "limit_value": _limit(rule),
        "due_ms": _due_ms(rule, signal),
        "recovered_ms": None,
        "acknowledged_by": None,
        "acknowledged_ms": None,
        "closed_by": None,
        "closed_ms": None,
        "note": "",
        "simulated": signal.simulated,
        "version": 1,
    }
    alert = FoldedAlert(row, stored=False, touched=True)
    alert.happened(signal.at_ms, "raise", "", signal.value)
    return alert


def _limit(rule: Rule) -> float | None:
    return rule.raise_at if rule.kind is RuleKind.THRESHOLD else None


def _due_ms(rule: Rule, signal: Signal) -> int | None:
    return None if rule.respond_s is None else signal.at_ms + rule.respond_s * 1000


def _raised_again(alert: FoldedAlert, rule: Rule, signal: Signal, held: Rule | None) -> None:
    """A graver level, or a return after recovery (of this level too), is an event of its own."""
    row, before = alert.row, alert.row["state"]
    if rule.level > row["level"]:
        due_ms = _due_ms(rule, signal)
        row |= {
            "rule_id": rule.id,
            "level": int(rule.level),
            "limit_value": _limit(rule),
            "owner": rule.owner or row["owner"],
            "state": str(AlertState.OPEN),
            "due_ms": row["due_ms"] if due_ms is None else due_ms,
            # Also without another state: who looks at the milder one must not close the graver.
            "version": row["version"] + 1,
        }
        alert.happened(signal.at_ms, "escalate", before, signal.value)
    elif row["recovered_ms"] is not None or (held is not None and held.level < rule.level):
        alert.happened(signal.at_ms, "raise", before, signal.value)


def _go_on(alert: FoldedAlert, moment: Sequence[Signal], facts: Facts, seen: Mapping[str, Condition]) -> None:
    """Count what is seen again, note what is over; who has taken the alert up keeps it."""
    row = alert.row
    row["condition"] = str(seen_by_all(seen.values()))
    for signal in [signal for signal in moment if signal.raise_alert or signal.refresh][:1]:
        row["times"] += 1
        row["last_ms"] = max(row["last_ms"], signal.at_ms)
        row["recovered_ms"] = None
        row["value"] = signal.value
        row["peak"] = _worse(facts.rules[signal.state.rule_id], row["peak"], signal.value)
    holding = gravest_holding(facts.rules, seen)
    if holding is not None:
        if holding.level < row["level"] and row["state"] in TAKEN_UP:
            row |= {"rule_id": holding.id, "level": int(holding.level), "limit_value": _limit(holding)}
            alert.happened(moment[-1].at_ms, "ease", row["state"], moment[-1].value)
        return
    if row["recovered_ms"] is not None:
        return
    for signal in [signal for signal in moment if signal.recovered][:1]:
        _recovered(alert, facts.rules.get(row["rule_id"]), signal)


def _recovered(alert: FoldedAlert, rule: Rule | None, signal: Signal) -> None:
    alert.row["recovered_ms"] = signal.at_ms
    action = "out_of_service" if signal.out_of_service else "recover"
    alert.happened(signal.at_ms, action, alert.row["state"], signal.value)
    taken_up = alert.row["state"] in TAKEN_UP or alert.row["acknowledged_ms"] is not None
    if rule is not None and rule.auto_close and not taken_up:
        _close(alert, signal.at_ms, "close", signal.value)


def _close(alert: FoldedAlert, at_ms: int, action: str, value: float | None, note: str = "") -> None:
    before = alert.row["state"]
    alert.row |= {
        "state": str(AlertState.CLOSED),
        "closed_by": ACTOR,
        "closed_ms": at_ms,
        "due_ms": None,
        "version": alert.row["version"] + 1,
    }
    alert.happened(at_ms, action, before, value, note)


def _worse(rule: Rule, peak: float | None, value: float | None) -> float | None:
    if peak is None or value is None:
        return value if peak is None else peak
    return max(peak, value) if rule.trip is Trip.ABOVE else min(peak, value)
