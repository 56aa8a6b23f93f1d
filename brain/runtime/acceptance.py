"""What ingest lets in: the acceptance window on the city clock, bounds of metrics, known devices, areas, indicators.

A value outside its metric's bounds is kept as "measured but bad"; everything else that does not fit is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from brain.feed import FeedSettings, Item, Rejected
from brain.model.case import Ticket
from brain.model.duty import DutyRoster
from brain.model.event import Event
from brain.model.facts import Facts
from brain.model.indicator import IndicatorValue
from brain.model.reading import Device, DeviceState, Reading
from brain.model.reason import Reason
from brain.model.warning import WarningEnd, WeatherWarning
from brain.runtime.refused import refused
from brain.store.write.case_fold import BadTicket, check
from brain.store.write.cases import TYPE

KnownDevice = Callable[[str], Device | None]


@dataclass(frozen=True, slots=True)
class Window:
    """How far an item's time may lie before and after city time, in milliseconds."""

    past_ms: int
    future_ms: int

    @classmethod
    def of(cls, settings: FeedSettings) -> "Window":
        return cls(round(settings.accept_past_s * 1000), round(settings.accept_future_s * 1000))


@dataclass(frozen=True, slots=True)
class Unregistered:
    """A reading that could be stored, were its device in the register."""

    reading: Reading


@dataclass(frozen=True, slots=True)
class Gate:
    """The checks for one moment of city time. `known` must already know the devices earlier in the same batch."""

    facts: Facts
    known: KnownDevice
    now_ms: int

    def check(self, item: Item, window: Window) -> Item | Unregistered:
        """The item as it is to be stored or to wait, or why it is refused."""
        if isinstance(item, Reading):
            return self._reading(item, window)
        if isinstance(item, Ticket):
            return self._ticket(item, window)
        if isinstance(item, Device):
            return self._device(item)
        if isinstance(item, IndicatorValue):
            return self._indicator(item, window)
        if isinstance(item, WeatherWarning | WarningEnd):
            return self._warning(item, window)
        if isinstance(item, DutyRoster):
            return self._roster(item)
        if isinstance(item, Event):
            return self._event(item, window)
        return item

    def _reading(self, reading: Reading, window: Window) -> Reading | Rejected | Unregistered:
        place = f"{reading.device_id} {reading.metric}"
        if (outside := self._outside(reading.at_ms, window)) is not None:
            return refused(reading, *outside, place)
        metric = self.facts.metrics.get(reading.metric)
        if metric is None:
            detail = "no metric of this city: add it to metrics in config.yaml"
            return refused(reading, Reason.UNKNOWN_METRIC, detail, place)
        if self.known(reading.device_id) is None:
            return Unregistered(reading)
        if reading.value is None:
            return reading
        too_low = metric.low is not None and reading.value < metric.low
        too_high = metric.high is not None and reading.value > metric.high
        return replace(reading, value=None) if too_low or too_high else reading

    def _ticket(self, ticket: Ticket, window: Window) -> Ticket | Rejected:
        if (outside := self._outside(ticket.created_ms, window)) is not None:
            return refused(ticket, *outside, ticket.source_row)
        if ticket.area_id is None:
            # A call without a place is still a call to the city.
            ticket = replace(ticket, area_id=self.facts.tree.root.id, remarks=(*ticket.remarks, "no_area"))
        place = ticket.private
        if place.lon is not None and place.lat is not None and self.facts.tree.is_far(place.lon, place.lat):
            # A slip of the source, such as the coordinates of its own office: no call is lost for it.
            ticket = replace(ticket, private=replace(place, lon=None, lat=None), remarks=(*ticket.remarks, "far_away"))
        if ticket.area_id not in self.facts.tree:
            return refused(ticket, Reason.UNKNOWN_AREA, "the area is not one of this city", ticket.source_row)
        try:
            check(ticket, self.facts.case_types[TYPE], self.facts.tree)
        except BadTicket as error:
            return refused(ticket, Reason.BAD_FIELD, str(error), ticket.source_row)
        for done, at_ms in (("dispatched", ticket.dispatched_ms), ("closed", ticket.closed_ms)):
            if at_ms is not None and at_ms > self.now_ms + window.future_ms:
                detail = f"{done} later than now: check the source's clock"
                return refused(ticket, Reason.FUTURE, detail, ticket.source_row)
        return ticket

    def _device(self, device: Device) -> Device | Rejected:
        if device.area_id in self.facts.tree:
            return device
        if device.state is DeviceState.WAITING:
            return replace(device, area_id="")
        return refused(device, Reason.UNKNOWN_AREA, "the device's area is not one of this city", device.id)

    def _indicator(self, value: IndicatorValue, window: Window) -> IndicatorValue | Rejected:
        place = f"{value.indicator_id} {value.area_id} {value.period.text}"
        if value.indicator_id not in self.facts.indicators:
            return refused(value, Reason.UNKNOWN_INDICATOR, "not in the catalogue of indicators", place)
        if value.area_id not in self.facts.tree:
            return refused(value, Reason.UNKNOWN_AREA, "the area is not one of this city", place)
        # A figure may speak of any time past; only its arrival is checked.
        outside = self._outside(value.received_ms, window)
        return value if outside is None else refused(value, *outside, place)

    def _warning(self, warning: WeatherWarning | WarningEnd, window: Window) -> WeatherWarning | WarningEnd | Rejected:
        place = f"{warning.sender} {warning.identifier}"
        if (outside := self._outside(warning.sent_ms, window)) is not None:
            return refused(warning, *outside, place)
        if isinstance(warning, WeatherWarning) and any(i not in self.facts.tree for i in warning.area_ids):
            return refused(warning, Reason.UNKNOWN_AREA, "an area of the warning is not one of this city", place)
        return warning

    def _roster(self, roster: DutyRoster) -> DutyRoster | Rejected:
        # Rosters speak of days to come and of days long past: they have no window.
        unknown = next((shift for shift in roster.shifts if shift.area_id not in self.facts.tree), None)
        if unknown is None:
            return roster
        return refused(roster, Reason.UNKNOWN_AREA, "the area of a shift is not one of this city", roster.table)

    def _event(self, event: Event, window: Window) -> Event | Rejected:
        place = f"{event.device_id} {event.kind}"
        if (outside := self._outside(event.at_ms, window)) is not None:
            return refused(event, *outside, place)
        if self.known(event.device_id) is None:
            return refused(event, Reason.UNKNOWN_DEVICE, "the device is not in the register", place)
        return event

    def _outside(self, at_ms: int, window: Window) -> tuple[Reason, str] | None:
        ahead_ms = at_ms - self.now_ms
        if ahead_ms > window.future_ms:
            detail = f"{ahead_ms / 1000:.0f} s ahead of the city's clock, at most {window.future_ms / 1000:.0f} s"
            return Reason.FUTURE, f"{detail} are accepted: check the source's clock"
        if -ahead_ms > window.past_ms:
            detail = f"{-ahead_ms / 3_600_000:.1f} h old, at most {window.past_ms / 3_600_000:.1f} h"
            return Reason.TOO_OLD, f"{detail} are accepted"
        return None
