"""What signals make of an alert: its row, what happened to it, and whether it is still the open one. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from brain.model.alert import AlertState, Condition, Rule, RuleKind, Signal, Trip
from brain.model.facts import Facts

ACTOR = "rule"  # who did it, where no person did
TAKEN_UP = (AlertState.ACKNOWLEDGED, AlertState.DISPATCHED, AlertState.HANDLING, AlertState.RESOLVED)


@dataclass(frozen=True, slots=True)
class AlertEvent:
    at_ms: int
    action: str
    from_state: str
    to_state: str
    value: float | None


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


def fold_signals(
    current: FoldedAlert | None, signals: Sequence[Signal], facts: Facts, new_id: Callable[[], str]
) -> list[FoldedAlert]:
    """The alerts of one rule and target after `signals`, the newest last; only that one may be open.

    What no open alert is there for is passed over: an alert that a person closed while the rule still fires stays
    closed until the value has been clear, however briefly, and trips anew.
    """
    alerts = [] if current is None else [current]
    for signal in signals:
        alert = alerts[-1] if alerts and alerts[-1].open else None
        if alert is None:
            if signal.raise_alert:
                alerts.append(_raised(facts.rules[signal.state.rule_id], signal, facts, new_id()))
            continue
        alert.touched = True
        rule = facts.rules[signal.state.rule_id]
        if signal.raise_alert or signal.refresh:
            _seen_again(alert, rule, signal)
        elif signal.recovered:
            _recovered(alert, rule, signal)
        else:
            alert.row["condition"] = str(signal.state.condition)
    return alerts


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
        "limit_value": rule.raise_at if rule.kind is RuleKind.THRESHOLD else None,
        "due_ms": None if rule.respond_s is None else signal.at_ms + rule.respond_s * 1000,
        "recovered_ms": None,
        "acknowledged_by": None,
        "acknowledged_ms": None,
        "closed_by": None,
        "closed_ms": None,
        "note": "",
        "simulated": signal.simulated,
        "version": 1,
    }
    event = AlertEvent(signal.at_ms, "raise", "", AlertState.OPEN, signal.value)
    return FoldedAlert(row, stored=False, events=[event], touched=True)


def _seen_again(alert: FoldedAlert, rule: Rule, signal: Signal) -> None:
    """Count it; who has taken the alert up keeps it. Only a return after recovery is an event of its own."""
    row = alert.row
    if row["recovered_ms"] is not None:
        alert.events.append(AlertEvent(signal.at_ms, "raise", row["state"], row["state"], signal.value))
    row["times"] += 1
    row["last_ms"] = max(row["last_ms"], signal.at_ms)
    row["condition"] = str(Condition.FIRING)
    row["recovered_ms"] = None
    row["value"] = signal.value
    row["peak"] = _worse(rule, row["peak"], signal.value)


def _recovered(alert: FoldedAlert, rule: Rule, signal: Signal) -> None:
    row, before = alert.row, alert.row["state"]
    row["condition"] = str(Condition.NORMAL)
    row["recovered_ms"] = signal.at_ms
    alert.events.append(AlertEvent(signal.at_ms, "recover", before, before, signal.value))
    if rule.auto_close and before not in TAKEN_UP:
        row |= {
            "state": str(AlertState.CLOSED),
            "closed_by": ACTOR,
            "closed_ms": signal.at_ms,
            "due_ms": None,
            "version": row["version"] + 1,
        }
        alert.events.append(AlertEvent(signal.at_ms, "close", before, AlertState.CLOSED, signal.value))


def _worse(rule: Rule, peak: float | None, value: float | None) -> float | None:
    if peak is None or value is None:
        return value if peak is None else peak
    return max(peak, value) if rule.trip is Trip.ABOVE else min(peak, value)
