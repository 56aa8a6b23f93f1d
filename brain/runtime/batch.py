"""One batch: what the gate let in, what the rules say to it, and the one transaction that stores it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from brain.feed import Cursor, Rejected
from brain.model.alert import HoldOver, OutOfService, RuleState, Signal, Standing
from brain.model.case import Ticket
from brain.model.drops import Dropped
from brain.model.duty import DutyRoster
from brain.model.event import Event
from brain.model.facts import Facts
from brain.model.indicator import IndicatorValue
from brain.model.judge import RuleFailure, StateKey, States, judge_readings
from brain.model.reading import Availability, Device, DeviceState, Reading
from brain.model.warning import WarningEnd, WeatherWarning
from brain.runtime.acceptance import Gate, Unregistered
from brain.runtime.intake import Offer


@dataclass(slots=True)
class Share:
    """What one feed brought to the batch."""

    readings: list[Reading] = field(default_factory=list)
    availability: list[Availability] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    indicators: list[IndicatorValue] = field(default_factory=list)
    warnings: list[WeatherWarning | WarningEnd] = field(default_factory=list)
    rosters: list[DutyRoster] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    holds: list[Standing] = field(default_factory=list)
    said: dict[str, Device] = field(default_factory=dict)  # of devices that are not in the register
    unregistered: list[Reading] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    cursor: str | None = None
    dropped: Dropped | None = None


@dataclass(slots=True)
class Batch:
    """Ready to be stored. `signals` were judged in memory before the transaction; `states` are adopted after it.
    Events are judged within it, as only the store knows which are new: `seen_by` are their devices by id."""

    devices: dict[str, Device]
    shares: dict[str, Share]
    area_of: dict[str, str]
    signals: Sequence[Signal]
    states: Mapping[StateKey, RuleState]
    failures: Sequence[RuleFailure]
    now_ms: int
    seen_by: Mapping[str, Device] = field(default_factory=dict)


def prepare(
    offers: Sequence[Offer],
    facts: Facts,
    registered: Callable[[str], Device | None],
    states: States,
    now_ms: int,
) -> Batch:
    """Let the items through the gate and judge the readings, in the order they came."""
    devices: dict[str, Device] = {}
    shares: dict[str, Share] = {}
    area_of: dict[str, str] = {}

    def known(device_id: str) -> Device | None:
        return devices.get(device_id) or registered(device_id)

    gate = Gate(facts, known, now_ms)
    for offer in offers:
        share = shares.setdefault(offer.feed, Share())
        for item in offer.items:
            checked = gate.check(item, offer.window)
            if not isinstance(checked, Device):
                _sort_in(checked, share)
            elif checked.state is DeviceState.WAITING:
                if checked.lon is not None or checked.id not in share.said:  # not every message tells the place
                    share.said[checked.id] = checked
            elif (settled := _settled(checked, known(checked.id))) is not None:
                devices[settled.id] = settled
    for feed, share in shares.items():
        if (facts_of := facts.feeds.get(feed)) is not None:
            devices |= _brought(feed, facts_of.simulated, share, known)
    readings = [reading for share in shares.values() for reading in share.readings]
    for reading in readings:
        if reading.device_id not in area_of and (device := known(reading.device_id)) is not None:
            area_of[reading.device_id] = device.area_id
    events = [event for share in shares.values() for event in share.events]
    seen_by = {event.device_id: device for event in events if (device := known(event.device_id)) is not None}
    holds = [hold for share in shares.values() for hold in share.holds]
    judged = judge_readings(facts.rules, states, readings, known, holds)
    return Batch(devices, shares, area_of, judged.signals, judged.states, judged.failures, now_ms, seen_by)


def _settled(said: Device, known: Device | None) -> Device | None:
    """A device as it is to be stored: its state, and all else where people settled that, is not for feeds to say."""
    if known is None:
        return said
    return None if known.kept else replace(said, state=known.state)


def _brought(feed: str, simulated: bool, share: Share, known: Callable[[str], Device | None]) -> dict[str, Device]:
    """Devices that people put into the register before any feed brought them: this one does."""
    said: list[Reading | Event | Availability] = [*share.readings, *share.events, *share.availability]
    heard = (known(device_id) for device_id in {item.device_id for item in said})
    sourceless = (device for device in heard if device is not None and device.kept and not device.feed)
    return {device.id: replace(device, feed=feed, simulated=simulated) for device in sourceless}


def _sort_in(item: object, share: Share) -> None:
    match item:
        case Reading():
            share.readings.append(item)
        case Ticket():
            share.tickets.append(item)
        case Availability():
            share.availability.append(item)
        case IndicatorValue():
            share.indicators.append(item)
        case WeatherWarning() | WarningEnd():
            share.warnings.append(item)
        case DutyRoster():
            share.rosters.append(item)
        case Event():
            share.events.append(item)
        case HoldOver() | OutOfService():
            share.holds.append(item)
        case Cursor():
            share.cursor = item.value
        case Dropped():
            share.dropped = item
        case Unregistered():
            share.unregistered.append(item.reading)
        case Rejected():
            share.rejected.append(item)
        case _:
            raise TypeError(f"a feed handed on {type(item).__name__}, which is no item")


def halves(offers: Sequence[Offer]) -> Iterator[list[Offer]]:
    """The same items, in the same order, as two lists of offers of about equal size."""
    left = sum(len(offer.items) for offer in offers) // 2
    first: list[Offer] = []
    second: list[Offer] = []
    for offer in offers:
        cut = min(left, len(offer.items))
        left -= cut
        if cut:
            first.append(Offer(offer.feed, offer.window, offer.items[:cut]))
        if cut < len(offer.items):
            second.append(Offer(offer.feed, offer.window, offer.items[cut:]))
    yield first
    yield second
