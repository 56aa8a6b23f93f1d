"""The city's device register from a table (CSV, JSON, JSON lines or Excel): who may report, and where they stand."""

from collections.abc import Iterator
from pathlib import Path

from brain.feed import BadPayload, Rejected
from brain.model.area import AreaTree
from brain.model.crs import Crs, to_wgs84
from brain.model.reading import Device
from brain.model.reason import Reason
from feeds.payloads.numbers import to_number
from feeds.payloads.refusal import Refusal
from feeds.payloads.table_files import Shape, Table, TableFormat
from feeds.payloads.table_text import Content, fitting
from feeds.payloads.ticket_rows import Row, cell_text, refused
from feeds.payloads.topics import is_device_id

COLUMNS = ("id", "kind", "name", "area", "lon", "lat", "interval_s")
_MAX_BYTES = 67_108_864
_MAX_UPLOADED_BYTES = 6_710_886  # a workbook of 50,000 devices, as they are exported, unpacks to seven times that


def read_devices(
    path: Path, encoding: str, crs: Crs, areas: AreaTree, feed: str, simulated: bool
) -> Iterator[Device | Rejected]:
    """The devices of a table with the columns COLUMNS. `area` may be empty where the place tells it, `lon`/`lat` and
    `interval_s` (60) may be empty. Raises BadPayload for a file that cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadPayload(f"devices {path.name}: {error.strerror}") from error
    yield from _devices(path.name, data, encoding, crs, areas, feed, simulated)


def read_uploaded(name: str, data: bytes, crs: Crs, areas: AreaTree) -> Iterator[Device | Rejected]:
    """The same of a file that somebody handed in, in whatever usual character set; a device that is there twice is
    refused the second time. Of refused rows nothing is kept but the place: who handed the file in has it. Raises
    BadPayload for a file that cannot be read."""
    rows: dict[str, str] = {}
    yield from _devices(name, data, fitting(data) or "utf-8", crs, areas, "", False, rows)


def _devices(
    name: str,
    data: bytes,
    encoding: str,
    crs: Crs,
    areas: AreaTree,
    feed: str,
    simulated: bool,
    once: dict[str, str] | None = None,
) -> Iterator[Device | Rejected]:
    """`once`: where each device was read, to refuse it elsewhere."""
    most = _MAX_BYTES if once is None else _MAX_UPLOADED_BYTES
    shape = Shape(TableFormat.AUTO, encoding, ",", "", 1, "", COLUMNS, ("id", "kind"), most)
    for row in Table(Content(name, data, settled=True), shape).rows():
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            device = _device(row, crs, areas, feed, simulated)
            if once is not None and once.setdefault(device.id, row.place) != row.place:
                raise Refusal(Reason.BAD_FIELD, f"column id: {device.id} is in {once[device.id]} already")
            yield device
        except Refusal as refusal:
            yield refused(refusal, row) if once is None else Rejected(refusal.reason, refusal.detail, row.place)


def _device(row: Row, crs: Crs, areas: AreaTree, feed: str, simulated: bool) -> Device:
    text = {column: _as_meant(cell_text(row.cells.get(column))) for column in COLUMNS}
    if not is_device_id(text["id"]):
        raise Refusal(Reason.BAD_FIELD, "column id: must be 1 to 64 letters, digits or _ . : -")
    if not text["kind"]:
        raise Refusal(Reason.MISSING_FIELD, "column kind: empty; every device needs its kind")
    lon, lat = _place(text["lon"], text["lat"], crs)
    area_id = text["area"]
    if not area_id and lon is not None and lat is not None:
        area_id = areas.locate(lon, lat) or ""
    if area_id not in areas:
        raise Refusal(Reason.UNKNOWN_AREA, "column area: no area of this city, and no place in one")
    name = text["name"] or text["id"]
    return Device(
        text["id"], text["kind"][:32], name[:128], area_id, lon, lat, _interval_s(text["interval_s"]), feed, simulated
    )


def _as_meant(text: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running a text: what was exported comes back as it was."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@＝＋－＠" else text


def _place(lon: str, lat: str, crs: Crs) -> tuple[float | None, float | None]:
    if not (lon and lat):
        return None, None
    try:
        x, y = to_number(lon), to_number(lat)
        return (None, None) if x is None or y is None or (x == 0 and y == 0) else to_wgs84(x, y, crs)
    except ValueError as error:
        raise Refusal(Reason.BAD_FIELD, "columns lon, lat: not a place on earth") from error


def _interval_s(text: str) -> int:
    try:
        number = to_number(text) if text else 60
    except ValueError:
        number = None
    if number is None or not 1 <= number <= 86_400:
        raise Refusal(Reason.BAD_FIELD, "column interval_s: must be 1 to 86400 seconds")
    return int(number)
