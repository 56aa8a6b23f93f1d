"""Which device a message is about: a known one, or a new one described by topic and payload."""

from collections.abc import Callable
from dataclasses import dataclass

from brain.model.area import AreaTree
from brain.model.crs import Crs, to_wgs84
from brain.model.reading import Device, DeviceState
from brain.model.reason import Reason
from feeds.payloads.json_mapping import DeviceMapping, TopicMapping
from feeds.payloads.numbers import NotANumber, to_number
from feeds.payloads.paths import MISSING, compile_path, pick
from feeds.payloads.refusal import Refusal

MAX_NEW = 100_000  # devices one feed may take up between two starts: ids are cheap to invent


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What an unknown device is taken up as. The place is WGS-84."""

    kind: str
    name: str
    area_id: str | None
    lon: float | None
    lat: float | None
    interval_s: int


class Register:
    """Remembers what it handed on since the feed started, as known devices become known only after the commit;
    from then on the register says what they are."""

    def __init__(
        self, areas: AreaTree, known_device: Callable[[str], Device | None], feed: str, simulated: bool
    ) -> None:
        self._areas = areas
        self._known = known_device
        self._feed = feed
        self._simulated = simulated
        self._handed_on: dict[str, Device] = {}

    def find(self, mapping: TopicMapping, device_id: str, names: dict[str, str], document: object) -> Device:
        """The device; one that is not known and cannot be taken up is WAITING. Raises Refusal for one that speaks for
        another place."""
        known = self.known(device_id)
        if known is not None:
            self._check_area(known, names.get("area"))
            return known
        return self._new(mapping.device, device_id, names, document, self._state(mapping.device.register_new))

    def find_described(self, device_id: str, topic_area: str | None, new: NewDevice, register_new: bool) -> Device:
        """The same for a device that is described by `new`."""
        known = self.known(device_id)
        if known is not None:
            self._check_area(known, topic_area)
            return known
        return self._made(device_id, new, self._state(register_new))

    def known(self, device_id: str) -> Device | None:
        return self._known(device_id) or self._handed_on.get(device_id)

    def _state(self, register_new: bool) -> DeviceState:
        return DeviceState.ACTIVE if register_new and len(self._handed_on) < MAX_NEW else DeviceState.WAITING

    def is_news(self, device: Device) -> bool:
        """True once for a device that ingest does not know as it is, each time for one that waits."""
        if device.state is DeviceState.WAITING:
            return True
        if device.id in self._handed_on or self._known(device.id) == device:
            return False
        self._handed_on[device.id] = device
        return True

    def _check_area(self, known: Device, area_id: str | None) -> None:
        """A topic may name the device's area or one above or below it, nothing else: else one device could speak for
        another place."""
        if area_id is None or self._areas.contains(area_id, known.area_id):
            return
        if not self._areas.contains(known.area_id, area_id):
            raise Refusal(Reason.TOPIC, "the device belongs to another area than the topic says")

    def _new(
        self, mapping: DeviceMapping, device_id: str, names: dict[str, str], document: object, state: DeviceState
    ) -> Device:
        lon, lat = self._place(mapping, document)
        name = _at(document, mapping.name)
        interval_s = mapping.interval_s
        if mapping.interval is not None:
            interval_s = _seconds(_at(document, mapping.interval), interval_s)
        new = NewDevice(
            mapping.kind or names.get("kind", ""),
            name if isinstance(name, str) else "",
            mapping.area or names.get("area"),
            lon,
            lat,
            interval_s,
        )
        return self._made(device_id, new, state)

    def _made(self, device_id: str, new: NewDevice, state: DeviceState) -> Device:
        area_id = self._area(new.area_id, new.lon, new.lat)
        if area_id is None:
            state = DeviceState.WAITING  # for somebody who knows where it stands
        return Device(
            device_id,
            new.kind[:32],
            new.name[:128] if new.name.strip() else device_id,
            area_id or "",
            new.lon,
            new.lat,
            new.interval_s,
            self._feed,
            self._simulated,
            state,
        )

    def _place(self, mapping: DeviceMapping, document: object) -> tuple[float | None, float | None]:
        """WGS-84, or (None, None) for none, for 0,0 and for what is not a place on earth."""
        try:
            lon, lat = to_number(_at(document, mapping.lon)), to_number(_at(document, mapping.lat))
        except ValueError:
            return None, None
        return place_of(lon, lat, mapping.crs)

    def _area(self, area_id: str | None, lon: float | None, lat: float | None) -> str | None:
        """The named area, or the deepest one below it that holds the place."""
        located = self._areas.locate(lon, lat) if lon is not None and lat is not None else None
        if area_id is None:
            return located
        if area_id not in self._areas:
            return None
        return located if located is not None and self._areas.contains(area_id, located) else area_id


def place_of(lon: float | None, lat: float | None, crs: Crs) -> tuple[float | None, float | None]:
    """WGS-84, or (None, None) for none, for 0,0 and for what is not a place on earth."""
    if lon is None or lat is None or (lon == 0 and lat == 0):
        return None, None
    try:
        return to_wgs84(lon, lat, crs)
    except ValueError:
        return None, None


def _at(document: object, path: str | None) -> object:
    found = MISSING if path is None else pick(document, compile_path(path))
    return None if found is MISSING else found


def _seconds(value: object, otherwise: int) -> int:
    try:
        number = to_number(value)
    except NotANumber:
        return otherwise
    return int(number) if number is not None and 1 <= number <= 86_400 else otherwise
