"""From a row of a table to a ticket, or to a refusal that says which column and why without repeating what is in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import tzinfo
from typing import Any

import orjson

from brain.feed import Rejected
from brain.model.area import AreaTree
from brain.model.case import PrivatePart, Ticket
from brain.model.crs import Crs, to_wgs84
from brain.model.reason import Reason
from feeds.payloads.numbers import kind_of, to_number
from feeds.payloads.paths import MISSING, Path, compile_path, pick
from feeds.payloads.refusal import Refusal
from feeds.payloads.ticket_mapping import Columns, TicketWords
from feeds.payloads.times import BadTime, table_time

_JOINT = " / "


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read. `place` is file:row. Cells are text, numbers, dates or None."""

    place: str
    cells: Mapping[str, Any] = dataclass_field(repr=False)


class TicketRows:
    """The compiled mapping of one table."""

    def __init__(
        self,
        columns: Columns,
        words: TicketWords,
        *,
        areas: AreaTree,
        channel: str,
        zone: tzinfo,
        dates: tuple[str, ...] = (),
        crs: Crs = Crs.WGS84,
        simulated: bool = False,
    ) -> None:
        self._columns = columns
        self._words = words
        self._areas = areas
        self._channel = channel
        self._zone = zone
        self._dates = dates
        self._crs = crs
        self._simulated = simulated
        self._urgent = frozenset(word.casefold() for word in words.urgent_words)
        self._area_ids = names_of(areas)
        self._paths = {name: path for name in columns.all_names() if (path := nested(name)) is not None}

    def read(self, row: Row) -> Ticket | Rejected:
        """Never raises."""
        cells = _Cells(row.cells, self._paths)
        try:
            return self._ticket(cells, row.place)
        except Refusal as refusal:
            return refused(refusal, row)

    def _ticket(self, cells: "_Cells", place: str) -> Ticket:
        columns = self._columns
        number = cell_text(cells.get(columns.number))
        if not number:
            raise Refusal(Reason.MISSING_FIELD, f"column {columns.number}: empty; every ticket needs its number")
        created_ms = self._time(cells, columns.created)
        if created_ms is None:
            raise Refusal(Reason.MISSING_FIELD, f"column {columns.created}: empty; every ticket needs its time")
        closed_ms, dispatched_ms = self._time(cells, columns.closed), self._time(cells, columns.dispatched)
        lon, lat, remarks = self._place(cells)
        area_id, area_remarks = self._area(cells, lon, lat)
        return Ticket(
            channel=self._channel,
            number=number,
            created_ms=created_ms,
            category=cells.joined(columns.category),
            title=cells.joined(columns.title),
            state=self._state(cells, closed_ms, dispatched_ms),
            area_id=area_id,
            private=self._private(cells, lon, lat),
            closed_ms=closed_ms,
            dispatched_ms=dispatched_ms,
            due_ms=self._time(cells, columns.due),
            unit=cells.text(columns.unit),
            urgent=cells.text(columns.urgent).casefold() in self._urgent,
            simulated=self._simulated,
            source_row=place,
            remarks=(*remarks, *area_remarks),
        )

    def _private(self, cells: "_Cells", lon: float | None, lat: float | None) -> PrivatePart:
        columns = self._columns
        return PrivatePart(
            name=cells.text(columns.name),
            phone=cell_text(cells.get(columns.phone)),
            id_number=cell_text(cells.get(columns.id_number)),
            address=cells.joined(columns.address),
            text=cells.joined(columns.text),
            lon=lon,
            lat=lat,
        )

    def _time(self, cells: "_Cells", column: str | None) -> int | None:
        try:
            return table_time(cells.get(column), self._dates, self._zone)
        except BadTime as error:
            raise Refusal(Reason.BAD_TIME, f"column {column}: {error}; give its form in dates") from error

    def _state(self, cells: "_Cells", closed_ms: int | None, dispatched_ms: int | None) -> str:
        said = cells.text(self._columns.state)
        if said:
            state = self._words.states.get(said)
            if state is None:
                detail = f"{kind_of(said)} that is not listed in states; add it there"
                raise Refusal(Reason.BAD_FIELD, f"column {self._columns.state}: {detail}")
            return state
        if closed_ms is not None:
            return self._words.closed_state
        return self._words.open_state if dispatched_ms is None else self._words.dispatched_state

    def _place(self, cells: "_Cells") -> tuple[float | None, float | None, tuple[str, ...]]:
        """WGS-84 and remarks. A ticket whose place cannot be read is still a ticket."""
        columns = self._columns
        if columns.lon is None:
            return None, None, ()
        try:
            lon, lat = (_coordinate(cells.get(name)) for name in (columns.lon, columns.lat))
            if lon is None or lat is None or (lon == 0 and lat == 0):
                return None, None, ("no_coordinates",)
            return *to_wgs84(lon, lat, self._crs), ()
        except ValueError:  # NotANumber is one
            return None, None, ("bad_coordinates",)

    def _area(self, cells: "_Cells", lon: float | None, lat: float | None) -> tuple[str | None, tuple[str, ...]]:
        """By code, by name, else by place; None: nothing is said."""
        columns = self._columns
        code, name = cell_text(cells.get(columns.area_code)), cells.text(columns.area_name)
        for said in (code, name):
            if said and (area_id := self._known_area(said)) is not None:
                return area_id, ()
        located = self._areas.locate(lon, lat) if lon is not None and lat is not None else None
        if located is not None and not (code or name):
            return located, ()
        if not (code or name):
            return None, ()
        if self._words.unknown_area == "refuse":
            column = columns.area_code if code else columns.area_name
            detail = f"{kind_of(code or name)} that is no area of this city; translate it in areas"
            raise Refusal(Reason.UNKNOWN_AREA, f"column {column}: {detail}, or set unknown_area: city")
        return located, ("unknown_area",)

    def _known_area(self, said: str) -> str | None:
        area_id = self._words.areas.get(said, said)
        return area_id if area_id in self._areas else self._area_ids.get(said.casefold())


class _Cells:
    """A row's cells by column name; a name may be a path into nested JSON."""

    def __init__(self, cells: Mapping[str, Any], paths: Mapping[str, Path]) -> None:
        self._cells = cells
        self._paths = paths

    def get(self, column: str | None) -> Any:
        if column is None:
            return None
        path = self._paths.get(column)
        if column in self._cells or path is None:
            return self._cells.get(column)
        found = pick(self._cells, path)
        return None if found is MISSING else found

    def text(self, column: str | None) -> str:
        """As text, without blanks around it; what is no single value is no text."""
        return cell_text(self.get(column))

    def joined(self, columns: tuple[str, ...]) -> str:
        return _JOINT.join(text for column in columns if (text := self.text(column)))


def nested(column: str) -> Path | None:
    """The path into nested JSON that a column's name may mean, None for a plain name."""
    if "." not in column and "[" not in column:
        return None
    try:
        return compile_path(column)
    except ValueError:  # a header such as "No."
        return None


def _coordinate(value: Any) -> float | None:
    return None if isinstance(value, str) and not value.strip() else to_number(value)


def cell_text(value: Any) -> str:
    """A number that a spreadsheet made of a code is written as the code was: 188006.0 -> 188006."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return "" if value is None or isinstance(value, (list, dict)) else str(value).strip()


def names_of(areas: AreaTree) -> dict[str, str]:
    """Names in all their forms -> area id; a form that two areas share names neither."""
    found: dict[str, str | None] = {}
    for area in areas:
        for name in {form.casefold() for form in (area.name, area.name_en, area.short, area.short_en) if form}:
            found[name] = None if name in found else area.id
    return {name: area_id for name, area_id in found.items() if area_id is not None}


def refused(refusal: Refusal, row: Row) -> Rejected:
    """The dead letter of a row. The row itself may hold personal data and is kept encrypted."""
    return Rejected(refusal.reason, refusal.detail, row.place, _kept(row.cells), personal=True)


def _kept(cells: Mapping[str, Any]) -> bytes:
    plain: Callable[[Any], str] = str
    try:
        return orjson.dumps(dict(cells), default=plain, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError):  # text that is no Unicode
        return repr(dict(cells)).encode("utf-8", "backslashreplace")
